"""What is known of a dataset at one moment: its freshness, rows, batches, checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from atvos.contract import Table
from atvos.ledger import Published
from atvos.quality import CheckResult, CheckState


class Freshness(StrEnum):
    """Whether the data is as new as its contract promises, as ``ops.freshness`` says it.

    ``paused`` is old data outside the contract's SLO calendar, when nothing is promised.
    """

    FRESH = "fresh"
    STALE = "stale"
    UNKNOWN = "unknown"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class BatchRecord:
    """A batch as the ledger has it; ``detail`` says why it is held."""

    batch_id: str
    state: str
    detail: str | None
    recorded_at: datetime
    landed_at: datetime
    """When its first object landed."""
    objects: int
    valid: int
    rejected: int
    duplicate: int
    pending: int

    @property
    def read(self) -> int:
        """Records in the batch's objects."""
        return self.valid + self.rejected + self.duplicate + self.pending

    @property
    def is_held(self) -> bool:
        """Whether a failed check holds it back."""
        return self.state == "held"

    @property
    def valid_ratio(self) -> float:
        """The share that its contract bounds: what is no reject, 1 of an empty batch."""
        return 1 - self.rejected / self.read if self.read else 1.0


@dataclass(frozen=True, slots=True)
class Waiting:
    """Objects that have landed and are not in the ledger; ``oldest`` is None where none is."""

    objects: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Audit:
    """The checks of a batch or build; ``run_id`` is its id."""

    run_id: str
    checked_at: datetime
    results: tuple[CheckResult, ...]

    def count(self, state: CheckState) -> int:
        """How many checks ended so."""
        return sum(result.state is state for result in self.results)


@dataclass(frozen=True, kw_only=True)
class DatasetState:
    """A table as it is at ``now``. What only feeds have is empty or None of models.

    ``landed`` has records by outcome, ``rejected`` by reason, ``gaps`` differences by kind;
    all of them are totals over the ledger. ``batches`` are the latest, newest first.
    """

    table: Table
    now: datetime
    published: Published | None = None
    rows: int | None = None
    landed: Mapping[str, int] = field(default_factory=dict)
    rejected: Mapping[str, int] = field(default_factory=dict)
    last_landed_at: datetime | None = None
    waiting: Waiting | None = None
    batches: tuple[BatchRecord, ...] = ()
    held_batches: int = 0
    audit: Audit | None = None
    gaps: Mapping[str, int] = field(default_factory=dict)

    @property
    def data_as_of(self) -> datetime | None:
        """The newest event, not later than now: a clock ahead must not look fresh."""
        if self.published is None or self.published.last_event_at is None:
            return None
        return min(self.published.last_event_at, self.now)

    @property
    def age(self) -> timedelta | None:
        """How old the data is, None while nobody knows."""
        return None if self.data_as_of is None else self.now - self.data_as_of

    @property
    def freshness(self) -> Freshness:
        """The age against what is promised now."""
        if self.age is None:
            return Freshness.UNKNOWN
        if self.age <= self.table.freshness_slo:
            return Freshness.FRESH
        calendar = self.table.calendar
        is_promised = calendar is None or calendar.is_active(self.now)
        return Freshness.STALE if is_promised else Freshness.PAUSED
