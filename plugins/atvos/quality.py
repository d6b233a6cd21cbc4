"""Checks of a batch: what was found, and whether it may be published."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from atvos.batch import BatchStats
from atvos.contract import Feed, LoadMode, Severity


class CheckState(StrEnum):
    """``failed`` says something of the data, ``errored`` of the check itself."""

    PASSED = "passed"
    FAILED = "failed"
    ERRORED = "errored"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The outcome of one check. ``observed`` and ``expected`` are for people."""

    name: str
    state: CheckState
    severity: Severity
    observed: str
    expected: str
    columns: tuple[str, ...] = ()

    @property
    def blocks(self) -> bool:
        """Whether the batch must not be published: an error is no proof of quality."""
        return self.state is not CheckState.PASSED and self.severity is Severity.ERROR

    def to_dict(self) -> dict[str, Any]:
        """The form that is kept beside the batch."""
        return asdict(self)

    def __str__(self) -> str:
        columns = f" ({', '.join(self.columns)})" if self.columns else ""
        return (
            f"{self.state.value:<7} {self.severity.value:<7} {self.name}{columns}: "
            f"observed {self.observed}; expected {self.expected}"
        )


def batch_results(feed: Feed, stats: BatchStats) -> list[CheckResult]:
    """The checks that the curate job's counts decide, without a query."""
    read, valid = stats.rows_read, stats.rows_valid + stats.rows_duplicate
    valid_ratio = valid / read if read else 1.0
    duplicate_ratio = stats.rows_duplicate / read if read else 0.0
    snapshot = feed.load_mode is LoadMode.REPLACE_SNAPSHOT
    return [
        _result(
            "valid_ratio",
            valid_ratio >= feed.min_valid_ratio,
            Severity.ERROR,
            f"{valid} of {read} rows valid ({valid_ratio:.2%})",
            f"at least {feed.min_valid_ratio:.2%}",
        ),
        _result(
            "duplicate_ratio",
            duplicate_ratio <= feed.max_duplicate_ratio,
            Severity.WARNING,
            f"{stats.rows_duplicate} of {read} rows duplicate ({duplicate_ratio:.2%})",
            f"at most {feed.max_duplicate_ratio:.2%}",
        ),
        _result(
            "objects_readable",
            not stats.unreadable_objects,
            # Half a snapshot would delete the other half; of events, the rest can follow.
            Severity.ERROR if snapshot else Severity.WARNING,
            f"{stats.unreadable_objects} unreadable",
            "0 unreadable",
        ),
    ]


def blocking(results: Iterable[CheckResult]) -> list[CheckResult]:
    """Those of the results that stop the publish."""
    return [result for result in results if result.blocks]


def _result(name: str, ok: bool, severity: Severity, observed: str, expected: str) -> CheckResult:
    state = CheckState.PASSED if ok else CheckState.FAILED
    return CheckResult(name, state, severity, observed, expected)
