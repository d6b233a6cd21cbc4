"""Late data: within the contract's window only its days change, beyond it is quarantine."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from atvos import builds, ledger, names, settings
from atvos.batch import Batch
from tests.atvos.examples import model
from tests.curate.helpers import ndjson
from tests.replays.conftest import Open, open_house
from tests.replays.house import House

__all__ = ["open_house"]

TODAY = datetime.now(UTC).date()
WINDOW = 30


def day(age: int) -> date:
    return TODAY - timedelta(days=age)


def visit(number: int, age: int, note: str | None = None) -> dict[str, Any]:
    """A record that is ``age`` days old."""
    return {"id": number, "day": day(age).isoformat(), "kind": "bus", "note": note}


def on_time_then(house: House, *late: dict[str, Any]) -> Batch:
    """Publish visits of three days, and after them what comes late; the batch of that."""
    house.land("a.ndjson", ndjson(visit(1, 1), visit(2, 2), visit(3, WINDOW - 1)))
    house.ingest()
    house.land("b.ndjson", ndjson(*late))
    (batch,) = house.ingest()
    return batch


def changed_days(house: House, batch: Batch) -> list[date]:
    """The days that models are told of."""
    change = f"change_id = '{batch.batch_id}'"
    rows = house.rows(names.TABLE_CHANGES, "days", change)
    return [each for row in rows for each in row[0]]


def rows_by_batch(house: House) -> list[tuple[Any, ...]]:
    return house.curated("id, day, batch_id, published_at")


@pytest.mark.parametrize("mode", ["append_first", "upsert_latest"])
def test_a_late_row_changes_its_own_day_and_is_all_that_models_are_told_of(
    mode: str, open_house: Open
) -> None:
    house = open_house("bus", loadMode=mode, maxLateDays=WINDOW)
    house.land("a.ndjson", ndjson(visit(1, 1), visit(2, 2)))
    house.ingest()
    before = rows_by_batch(house)
    house.land("b.ndjson", ndjson(visit(9, WINDOW - 1)))
    (batch,) = house.ingest()
    after = rows_by_batch(house)
    assert [row for row in after if row[2] != batch.batch_id] == before
    assert [row[:2] for row in after if row[2] == batch.batch_id] == [(9, day(WINDOW - 1))]
    assert changed_days(house, batch) == [day(WINDOW - 1)]
    assert house.rows(
        names.OBJECT_LEDGER, "event_dates, rows_rejected", f"batch_id = '{batch.batch_id}'"
    ) == [([day(WINDOW - 1)], 0)]


def test_a_late_correction_replaces_its_row_in_the_old_day_alone(open_house: Open) -> None:
    house = open_house("bus", loadMode="upsert_latest", maxLateDays=WINDOW)
    batch = on_time_then(house, visit(3, WINDOW - 1, "corrected"))
    assert house.curated("id, note") == [(1, None), (2, None), (3, "corrected")]
    assert changed_days(house, batch) == [day(WINDOW - 1)]


def test_a_mart_builds_the_late_day_and_no_other(open_house: Open) -> None:
    house = open_house("bus", maxLateDays=WINDOW)
    table = names.curated_table(house.feed.name)
    on_time_then(house, visit(9, WINDOW - 2))
    mart = model(
        f"SELECT * FROM {table} WHERE day IN UNNEST(@days)",
        name=f"fct_{house.feed.name}",
        columns=house.feed.columns,
        event_time="day",
    )
    bq = house.client.bigquery

    def planned() -> builds.Build | None:
        changes = ledger.new_changes(bq, settings.load(), mart.table_name, [table], TODAY)
        known = [c for c in changes if c.change_id not in taken]
        taken.update(c.change_id for c in known)
        return builds.plan(mart, {table: house.feed}, known, {}, datetime.now(UTC))

    taken: set[str] = set()
    first = planned()
    assert first is not None
    assert set(first.days) == {day(1), day(2), day(WINDOW - 2), day(WINDOW - 1)}
    house.land("c.ndjson", ndjson(visit(10, WINDOW - 5)))
    house.ingest()
    second = planned()
    assert second is not None
    assert second.days == (day(WINDOW - 5),)


def test_beyond_the_window_a_row_is_in_quarantine_and_changes_nothing(open_house: Open) -> None:
    house = open_house("bus", maxLateDays=WINDOW)
    batch = on_time_then(house, visit(9, WINDOW + 2))
    assert house.curated("id") == [(1,), (2,), (3,)]
    assert house.quarantined("reasons, landed_date") == [(["late:day"], TODAY)]
    assert changed_days(house, batch) == []
    counts = "rows_read, rows_valid, rows_rejected"
    assert house.rows(names.OBJECT_LEDGER, counts, f"batch_id = '{batch.batch_id}'") == [(1, 0, 1)]


def test_the_window_is_as_of_the_batch_so_a_retry_judges_alike(open_house: Open) -> None:
    house = open_house("bus", maxLateDays=WINDOW)
    house.land("a.ndjson", ndjson(visit(1, WINDOW - 1), visit(2, WINDOW + 2)))
    batch = house.sense()
    assert batch is not None
    judged = [house.curate(batch) for _ in range(2)]
    assert judged[0].reasons == judged[1].reasons == {"late:day": 1}
