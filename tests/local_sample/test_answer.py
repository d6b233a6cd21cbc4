"""The answer is right: an independent recount finds the same, in whatever batches."""

import random
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import groupby, islice

import pytest

from local.sample import Answer, SampleObject, Settings, build
from tests.local_sample.conftest import Built
from tests.local_sample.marts import divergences, prices, services, states, trips
from tests.local_sample.recount import Counts, Warehouse, vehicle_days


def uploads(objects: list[SampleObject], wave: int) -> Iterator[list[SampleObject]]:
    """The objects of a wave, feed by feed, without folder placeholders."""
    files = [item for item in objects if item.wave == wave and not item.name.endswith("/")]
    for _, batch in groupby(files, key=lambda item: item.feed):
        yield list(batch)


def assert_agree(warehouse: Warehouse, answer: Answer) -> None:
    assert warehouse.counts == {
        a.name: Counts(a.read, a.valid, a.rejected, a.duplicate, a.pending, a.reasons)
        for a in answer.objects
    }
    for feed, table in answer.tables.items():
        rows = warehouse.tables[feed].values()
        event_time = warehouse.feeds[feed].event_time
        assert len(rows) == table.rows, feed
        if event_time and table.last_event_at:
            assert max(row[event_time] for row in rows) == table.last_event_at, feed
    assert vehicle_days(warehouse) == {
        key: (day.km_dia, day.events, day.outlier)
        for key, day in answer.vehicle_days.items()
        if not day.faltante
    }
    assert divergences(warehouse) == {
        tuple(key): (row.km_declarado, row.km_medido, row.achado)
        for key, row in answer.divergences.items()
    }
    assert trips(warehouse) == {
        key: (row.trips, row.known, row.occupancy) for key, row in answer.trips.items()
    }
    assert prices(warehouse) == {
        key: (price.per_km, price.fixed) for key, price in answer.prices.items()
    }
    assert services(warehouse) == {
        host: (total.entries, total.requests, total.errors, total.crashes)
        for host, total in answer.service_hours.items()
        if total.entries
    }
    assert states(warehouse) == answer.occurrences


def assert_recount_agrees(settings: Settings) -> None:
    objects, answer = build(settings)
    warehouse = Warehouse(settings.until)
    for wave in (1, 2):
        for batch in uploads(objects, wave):
            warehouse.take(batch)
        assert_agree(warehouse, answer.after_wave(wave))


def test_a_recount_of_the_demo_agrees(demo: Built) -> None:
    assert_recount_agrees(demo.settings)


@pytest.mark.parametrize(
    ("vehicles", "days", "events", "clock"),
    [
        (1, 1, 1, "12:00"),
        (2, 2, 20, "00:00"),
        (9, 1, 150, "23:00"),
        (30, 3, 2, "00:00:09"),
        (50, 3, 12, "03:10"),
        (45, 17, 5, "18:00"),
    ],
)
def test_a_recount_of_any_size_agrees(vehicles: int, days: int, events: int, clock: str) -> None:
    until = datetime.fromisoformat(f"2026-03-01T{clock}-03:00")
    assert_recount_agrees(
        Settings(
            until=until, seed=vehicles, vehicles=vehicles, days=days, events_per_vehicle_day=events
        )
    )


@pytest.mark.parametrize("seed", range(5))
def test_any_cut_of_an_upload_into_batches_gives_the_same_answer(noon: datetime, seed: int) -> None:
    objects, answer = build(Settings(until=noon, vehicles=40, days=5, events_per_vehicle_day=12))
    chance = random.Random(seed)
    warehouse = Warehouse(noon)
    for wave in (1, 2):
        for upload in uploads(objects, wave):
            waiting = iter(upload)
            while batch := list(islice(waiting, chance.randint(1, 4))):
                # Every batch has a later now than the one before.
                warehouse.until += timedelta(minutes=1)
                warehouse.take(batch)
        assert_agree(warehouse, answer.after_wave(wave))


def test_the_row_that_wins_is_the_right_one(demo: Built) -> None:
    warehouse = Warehouse(demo.settings.until)
    for wave in (1, 2):
        for batch in uploads(demo.objects, wave):
            warehouse.take(batch)
    assert warehouse.tables["vehicles"]["ATV-00001",]["frota"] == "F0001"
    trips = warehouse.tables["trips"].values()
    stopped = [trip for trip in trips if any(leg["arrival_time"] is None for leg in trip["stops"])]
    assert not stopped, "the newer state of a trip has arrived"


def test_plates_are_registered_in_every_spelling(demo: Built) -> None:
    warehouse = Warehouse(demo.settings.until)
    warehouse.take([item for item in demo.objects if item.feed == "vehicles"])
    styles = {
        re.sub("[a-z]", "a", re.sub("[0-9]", "9", re.sub("[A-Z]", "A", row["placa"])))
        for row in warehouse.tables["vehicles"].values()
    }
    assert {"AAA9999", "AAA-9999", "AAA 9999", "AAA9A99", "AAA-9A99", "AAA 9A99"} <= styles


def test_every_registered_vehicle_has_a_row_on_every_day(demo: Built) -> None:
    days = {day for _, day in demo.answer.vehicle_days}
    registered = {f"ATV-{number:05d}" for number in range(1, 101)}
    today = demo.settings.until.date()
    assert {today - timedelta(days=back) for back in range(8)} == days
    assert {(device, day) for device in registered for day in days} == set(demo.answer.vehicle_days)
