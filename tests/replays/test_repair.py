"""A reconcile repairs what the ledger decides, tells of the rest, and changes nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from atvos import names, repair, settings
from atvos.replays.core import NoTablesError
from atvos.replays.store import Replays, Wanted
from tests.atvos.examples import positions
from tests.curate.helpers import ndjson
from tests.replays.conftest import Open, visits
from tests.replays.house import House
from tests.replays.test_replay import PLACE, send, visit

NOW = datetime.now(UTC)


def repaired(house: House, now: datetime = NOW) -> list[str]:
    bq, gcs = house.client.bigquery, house.client.storage
    return repair.of_feed(bq, gcs, settings.load(), house.feed, house.listed(), now)


def test_only_records_whose_replay_is_published_leave_quarantine(open_house: Open) -> None:
    house = open_house("bus")
    house.land("a.ndjson", ndjson(visit(1, "van"), visit(2)))
    (batch,) = house.ingest()
    house.land("b.ndjson", ndjson(visit(3, "tram")))
    house.ingest()
    house.correct(visits(house.feed.name, "bus", "van"))
    send(house, object=batch.objects[0].name)
    assert repaired(house) == []
    house.ingest()
    house.run(house.jobs.quarantine(batch))  # somebody cleared the first run
    assert len(house.quarantined(PLACE)) == 2
    assert repaired(house) == ["took 1 records out of quarantine whose replay is published"]
    assert [row[0].rpartition("/")[2] for row in house.quarantined(PLACE)] == ["b.ndjson"]
    assert repaired(house) == []


def test_a_replay_that_has_not_landed_is_told_of(
    open_house: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = open_house("bus")
    house.land("a.ndjson", ndjson(visit(1, "van")))
    house.ingest()
    monkeypatch.setattr(Replays, "_land", lambda *_: None)
    done = house.replays.send(Wanted(), "ana@example.com", "corrected", NOW)
    assert repaired(house, NOW + timedelta(minutes=59)) == []
    (said,) = repaired(house, NOW + timedelta(minutes=61))
    what = f"run `atvos replay {house.feed.name}` to go on with it"
    assert said == f"replay {done.replay_id} has not landed: {what}"


def test_before_the_first_run_there_is_nothing_to_repair(open_house: Open) -> None:
    house = open_house("bus")
    house.feed = positions(name="never_ran")
    assert repaired(house) == []
    with pytest.raises(NoTablesError, match="valid: after the next run of ingest__never_ran"):
        house.replays.counts(Wanted(), NOW.date())


def test_an_object_that_waits_is_taken_however_old_it_is(
    open_house: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = open_house("bus")
    house.land("a.ndjson", ndjson(visit(1)))
    listed = house.listed()
    batch = house.sense()
    assert batch is not None
    assert {item.name for item in batch.objects} == set(listed)
    # Who claimed it is gone: the next run takes it all the same, as the ledger does not have it.
    again = house.sense()
    assert again is not None
    assert again.batch_id == batch.batch_id
    house.ingest()
    assert house.sense() is None
    assert house.rows(names.OBJECT_LEDGER, "rows_valid", f"feed = '{house.feed.name}'") == [(1,)]
