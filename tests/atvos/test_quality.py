"""The counts of a batch decide whether it may be published."""

from dataclasses import replace

import pytest

from atvos.batch import BatchStats
from atvos.contract import Feed, LoadMode, Severity
from atvos.quality import CheckResult, CheckState, batch_results, blocking
from tests.atvos.examples import positions, stats

FEED = replace(positions(), min_valid_ratio=0.95, max_duplicate_ratio=0.01)


def counted(read: int, valid: int, duplicate: int = 0) -> BatchStats:
    return stats(
        rows_read=read,
        rows_valid=valid,
        rows_duplicate=duplicate,
        rows_rejected=read - valid - duplicate,
    )


def one(name: str, found: BatchStats, feed: Feed = FEED) -> CheckResult:
    return {result.name: result for result in batch_results(feed, found)}[name]


def result(state: CheckState, severity: Severity) -> CheckResult:
    return CheckResult("km_is_known", state, severity, "3 of 10 rows", "nullValues mustBe 0", ())


@pytest.mark.parametrize(
    ("valid", "state"),
    [
        (1000, CheckState.PASSED),
        (951, CheckState.PASSED),
        (950, CheckState.PASSED),
        (949, CheckState.FAILED),
        (0, CheckState.FAILED),
    ],
)
def test_a_batch_has_at_least_the_valid_rows_that_its_contract_asks_for(
    valid: int, state: CheckState
) -> None:
    found = one("valid_ratio", counted(1000, valid))
    assert (found.state, found.blocks) == (state, state is CheckState.FAILED)


def test_a_duplicate_is_a_valid_row_that_came_twice() -> None:
    found = one("valid_ratio", counted(1000, 900, duplicate=50))
    assert (found.state, found.observed, found.expected) == (
        CheckState.PASSED,
        "950 of 1000 rows valid (95.00%)",
        "at least 95.00%",
    )


@pytest.mark.parametrize(
    ("duplicate", "state"), [(0, "passed"), (10, "passed"), (11, "failed"), (999, "failed")]
)
def test_too_many_duplicates_are_reported_and_stop_nothing(duplicate: int, state: str) -> None:
    found = one("duplicate_ratio", counted(1000, 1000 - duplicate, duplicate))
    assert (found.state.value, found.blocks) == (state, False)


def test_a_batch_of_empty_objects_passes() -> None:
    assert blocking(batch_results(FEED, counted(0, 0))) == []


@pytest.mark.parametrize(
    ("mode", "blocks"),
    [
        (LoadMode.APPEND_FIRST, False),
        (LoadMode.UPSERT_LATEST, False),
        (LoadMode.REPLACE_SNAPSHOT, True),
    ],
)
def test_an_unreadable_object_stops_a_snapshot_and_is_a_warning_elsewhere(
    mode: LoadMode, blocks: bool
) -> None:
    found = one("objects_readable", stats(unreadable_objects=1), positions(mode))
    assert (found.state, found.observed, found.blocks) == (
        CheckState.FAILED,
        "1 unreadable",
        blocks,
    )


@pytest.mark.parametrize(
    ("state", "severity", "blocks"),
    [
        (CheckState.PASSED, Severity.ERROR, False),
        (CheckState.FAILED, Severity.ERROR, True),
        (CheckState.ERRORED, Severity.ERROR, True),
        (CheckState.FAILED, Severity.WARNING, False),
        (CheckState.ERRORED, Severity.WARNING, False),
    ],
)
def test_what_is_not_proven_good_blocks_unless_it_is_a_warning(
    state: CheckState, severity: Severity, blocks: bool
) -> None:
    found = result(state, severity)
    assert (found.blocks, blocking([found])) == (blocks, [found] if blocks else [])


def test_a_result_reads_as_a_line_with_columns_observed_and_expected() -> None:
    found = replace(result(CheckState.FAILED, Severity.ERROR), columns=("device", "km"))
    assert str(found) == (
        "failed  error   km_is_known (device, km): "
        "observed 3 of 10 rows; expected nullValues mustBe 0"
    )


def test_a_result_is_kept_as_plain_values() -> None:
    assert result(CheckState.FAILED, Severity.ERROR).to_dict() == {
        "name": "km_is_known",
        "state": "failed",
        "severity": "error",
        "observed": "3 of 10 rows",
        "expected": "nullValues mustBe 0",
        "columns": (),
    }
