"""What is counted as lost, as doubled and as wrong."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from atvos.contract import LoadMode
from local.faults.sample import Answer, Landing, content
from local.faults.verdict import Found, judge

NOW = datetime(2026, 6, 2, 12, tzinfo=UTC)
BATCH = "0" * 20


@pytest.fixture
def answer() -> Answer:
    """Two objects that overlap in one meter."""
    landed = [Landing(f"f/{n}.ndjson", 100 + n, content(n, NOW)) for n in range(2)]
    return Answer(LoadMode.APPEND_FIRST, landed)


@pytest.fixture
def right(answer: Answer) -> Found:
    """Tables as they must be."""
    return Found(
        entries=[
            {
                "object": item.name,
                "generation": item.generation,
                "state": "published",
                "rows_read": item.content.read,
                "rows_valid": 6,
                "rows_rejected": 2,
                "rows_duplicate": item.content.read - 8,
                "batch_id": BATCH,
            }
            for item in answer.landed
        ],
        rows=list(answer.rows.items()),
        rejects=[(i.name, i.generation, place) for i in answer.landed for place in (10, 20)],
        changes=[BATCH],
        staging=[f"f__{BATCH}", f"f__{BATCH}__objects"],
        batches={BATCH},
    )


def test_tables_as_they_must_be_are_right(answer: Answer, right: Found) -> None:
    assert judge(right, answer).is_right


def test_nothing_at_all_is_lost(answer: Answer) -> None:
    found = judge(Found(), answer)
    assert len(found.lost) == 2 + 12 + 4
    assert found.doubled == []


def test_the_first_value_of_a_meter_stays_in_an_append_feed(answer: Answer) -> None:
    assert answer.rows["m000-0"] == 0
    assert answer.rows["m000-1"] == 1


def test_the_last_value_of_a_meter_stays_in_an_upsert_feed(answer: Answer) -> None:
    assert replace(answer, mode=LoadMode.UPSERT_LATEST).rows["m000-1"] == 80_001


def test_a_snapshot_is_the_newest_object_alone(answer: Answer) -> None:
    rows = replace(answer, mode=LoadMode.REPLACE_SNAPSHOT).rows
    assert sorted(rows) == ["m000-1", *(f"m001-{place}" for place in range(6))]


@pytest.mark.parametrize(
    ("part", "line"),
    [
        ("entries", "generation f/0.ndjson#100"),
        ("rows", "row m000-0"),
        ("rejects", "reject f/0.ndjson#100#10"),
        ("changes", f"change {BATCH}"),
    ],
)
def test_what_is_there_twice_is_doubled(answer: Answer, right: Found, part: str, line: str) -> None:
    getattr(right, part).append(getattr(right, part)[0])
    found = judge(right, answer)
    assert (found.lost, found.doubled) == ([], [line])


@pytest.mark.parametrize(
    ("part", "line"),
    [
        ("entries", "generation f/0.ndjson#100#published"),
        ("rows", "row m000-0"),
        ("rejects", "reject f/0.ndjson#100"),
    ],
)
def test_what_is_not_there_is_lost(answer: Answer, right: Found, part: str, line: str) -> None:
    del getattr(right, part)[0]
    found = judge(right, answer)
    assert (found.lost, found.doubled) == ([line], [])


def test_another_value_is_wrong(answer: Answer, right: Found) -> None:
    found = judge(replace(right, rows=[("m000-0", 7), *right.rows[1:]]), answer)
    assert found.wrong == ["row m000-0: found 7, expected 0"]


def test_an_object_that_nobody_landed_is_wrong(answer: Answer, right: Found) -> None:
    other = {**right.entries[0], "object": "f/9.ndjson"}
    found = judge(replace(right, entries=[*right.entries, other]), answer)
    assert "generation f/9.ndjson#100#published" in found.wrong


def test_counts_that_do_not_add_up_are_wrong(answer: Answer, right: Found) -> None:
    other = {**right.entries[0], "rows_valid": 5}
    found = judge(replace(right, entries=[other, *right.entries[1:]]), answer)
    assert len(found.wrong) == 1


def test_a_staging_table_that_no_batch_owns_is_wrong(answer: Answer, right: Found) -> None:
    found = judge(replace(right, staging=[*right.staging, "f__1111"]), answer)
    assert found.wrong == ["staging table f__1111: no batch owns it"]


def test_of_a_generation_that_is_gone_one_reject_is_expected(answer: Answer) -> None:
    gone = replace(answer.landed[0], is_gone=True)
    changed = Answer(answer.mode, [gone, answer.landed[1]])
    assert changed.rejects[gone.name, gone.generation] == 1
    assert changed.rows["m000-1"] == 80_001
    assert "m000-0" not in changed.rows
