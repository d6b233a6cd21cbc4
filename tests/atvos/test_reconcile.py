"""Bucket, ledger and table are compared, and what differs is counted by kind."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from atvos import reconcile, settings, snapshot
from atvos.contract import LoadMode
from atvos.reconcile import GRACE, Entry, Gap, compare
from tests.atvos.desk import Desk, Staged, row
from tests.atvos.examples import DAY, LANDED, positions, version

NOW = LANDED + timedelta(days=1)
A, B = version("positions/a", 1), version("positions/b", 2)
NONE = {"missed": 0, "vanished": 0, "doubled": 0, "rows": 0}


def entry(name: str = "positions/a", generation: int = 1, **other: object) -> Entry:
    values = {
        "bucket": "landing",
        "object": name,
        "generation": generation,
        "landed_at": LANDED + timedelta(seconds=generation),
        "state": "published",
        "rows_valid": 10,
        "recorded_at": LANDED + timedelta(minutes=1),
        "batch_id": "0a",
    }
    return Entry(**{**values, **other})  # type: ignore[arg-type]


def found(gaps: list[Gap]) -> dict[str, int]:
    return {gap.kind: gap.found for gap in gaps}


def gap(kind: str, gaps: list[Gap]) -> Gap:
    return next(item for item in gaps if item.kind == kind)


def test_what_agrees_has_every_kind_with_none() -> None:
    assert found(compare(positions(), [A], [entry()], 10, NOW)) == NONE


def test_an_object_is_missed_when_it_has_waited_longer_than_grace() -> None:
    late = replace(B, created_at=NOW - GRACE - timedelta(seconds=1))
    young = replace(B, name="positions/c", created_at=NOW - GRACE)
    gaps = compare(positions(), [A, late, young], [entry()], 10, NOW)
    assert gap("missed", gaps) == Gap("missed", 1, "positions/b")
    assert found(gaps) == {**NONE, "missed": 1}


def test_an_object_has_vanished_when_no_generation_of_it_is_left() -> None:
    gaps = compare(positions(), [], [entry(), entry("positions/b", 2)], 20, NOW)
    assert gap("vanished", gaps) == Gap("vanished", 2, "positions/a")
    overwritten = compare(positions(), [replace(A, generation=9)], [entry()], 10, NOW)
    assert gap("vanished", overwritten).found == 0


def test_an_object_past_its_retention_is_expected_to_be_gone() -> None:
    feed = replace(positions(), retention=timedelta(hours=1))
    assert found(compare(feed, [], [entry()], 10, NOW)) == NONE


def test_a_generation_that_is_twice_in_the_ledger_is_doubled() -> None:
    gaps = compare(positions(), [A], [entry(), entry(batch_id="0b")], 20, NOW)
    assert gap("doubled", gaps) == Gap("doubled", 1, "positions/a")


@pytest.mark.parametrize(("rows", "difference"), [(10, 0), (9, 1), (12, 2), (None, 10)])
def test_rows_are_those_of_the_published_objects(rows: int | None, difference: int) -> None:
    held = entry("positions/b", 2, state="held", rows_valid=5)
    gaps = compare(positions(), [A, B], [entry(), held], rows, NOW)
    assert gap("rows", gaps).found == difference


def test_a_snapshot_has_the_rows_of_its_last_batch() -> None:
    later = entry("positions/b", 2, rows_valid=7, recorded_at=NOW, batch_id="0b")
    feed = positions(LoadMode.REPLACE_SNAPSHOT)
    assert found(compare(feed, [A, B], [entry(), later], 7, NOW)) == NONE
    assert gap("rows", compare(feed, [A, B], [entry(), later], 17, NOW)) == Gap(
        "rows", 10, "17 rows in the table, 7 in the ledger"
    )


def test_of_an_upsert_feed_nobody_can_tell_the_rows() -> None:
    feed = positions(LoadMode.UPSERT_LATEST)
    assert found(compare(feed, [A], [entry()], 3, NOW)) == NONE


def test_a_feed_that_never_ran_has_no_differences() -> None:
    assert found(compare(positions(), [], [], None, NOW)) == NONE


def test_the_ledger_and_the_rows_of_a_publish_agree_and_are_recorded(append: Desk) -> None:
    bq, name = append.client.bigquery, append.feed.name
    now = datetime.now(UTC)
    landed = version("a", 1, created_at=now - timedelta(hours=2))
    append.publish(Staged(landed, [row("A", f"{now:%Y-%m-%d} 00:00")]))
    entries = reconcile.entries_of(bq, settings.load({}), name)
    assert [(item.key, item.rows_valid, item.state) for item in entries] == [
        (landed.key, 1, "published")
    ]
    gaps = compare(append.feed, [], entries, 1, now)
    reconcile.record(bq, settings.load({}), name, gaps, now)
    states = snapshot.read(
        bq, append.client.storage, settings.load({}), {name: append.feed}, {}, now
    )
    assert states[name].gaps == {**NONE, "vanished": 1}


class TestExpiry:
    """A partition that has expired takes its rows with it, and the ledger keeps its entry."""

    FEED = replace(positions(), retention=timedelta(days=60))
    TODAY = NOW.date()

    def aged(self, first: int, last: int, rows: int = 10) -> Entry:
        """An entry whose rows are from ``first`` to ``last`` days old."""
        days = (self.TODAY - timedelta(days=first), self.TODAY - timedelta(days=last))
        name = f"positions/{first}-{last}"
        return entry(name, rows_valid=rows, first_day=days[0], last_day=days[1])

    @pytest.mark.parametrize(
        ("entries", "rows", "difference"),
        [
            ([(5, 1)], 10, 0),
            ([(5, 1)], 9, 1),
            ([(90, 80)], 0, 0),
            ([(90, 80)], 3, 3),
            ([(70, 40)], 0, 0),
            ([(70, 40)], 10, 0),
            ([(70, 40)], 11, 1),
            ([(90, 80), (5, 1)], 10, 0),
            ([(90, 80), (5, 1)], 20, 10),
            ([(61, 61), (5, 1)], 20, 0),
        ],
    )
    def test_rows_are_expected_where_their_partition_is(
        self, entries: list[tuple[int, int]], rows: int, difference: int
    ) -> None:
        made = [self.aged(*days) for days in entries]
        listed = [version(item.object) for item in made]
        assert gap("rows", compare(self.FEED, listed, made, rows, NOW)).found == difference

    def test_the_detail_names_both_ends(self) -> None:
        made = [self.aged(70, 40), self.aged(5, 1)]
        listed = [version(item.object) for item in made]
        assert gap("rows", compare(self.FEED, listed, made, 25, NOW)) == Gap(
            "rows", 5, "25 rows in the table, 10 to 20 in the ledger"
        )


def test_what_landed_years_ago_is_in_the_ledger_still(append: Desk) -> None:
    old = version("a", 1, created_at=datetime.now(UTC) - timedelta(days=800))
    append.publish(Staged(old, [row("A")]))
    entries = reconcile.entries_of(append.client.bigquery, settings.load({}), append.feed.name)
    assert [(e.key, e.first_day, e.last_day) for e in entries] == [(old.key, DAY, DAY)]
    feed = replace(append.feed, retention=timedelta(days=3650))
    assert found(compare(feed, [old], entries, 1, datetime.now(UTC))) == NONE
