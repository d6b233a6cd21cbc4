"""The answer is right: an independent recount finds the same, in whatever batches."""

import csv
import io
import random
import re
from datetime import datetime, timedelta

import pytest

from local.sample import Answer, SampleObject, Settings, build
from tests.local_sample.conftest import Built
from tests.local_sample.recount import Counts, Recount

UNITS = {"UAE", "UAT", "UCP", "UEL", "UMV", "URC", "USL", "UCR", "UAL"}


def telemetry(objects: list[SampleObject]) -> list[SampleObject]:
    return [o for o in objects if o.feed == "telemetry_events" and not o.name.endswith("/")]


def expected_counts(answer: Answer) -> dict[str, Counts]:
    return {
        a.name: Counts(a.read, a.valid, a.rejected, a.duplicate, a.reasons)
        for a in answer.objects
        if a.feed == "telemetry_events"
    }


def assert_agree(recount: Recount, answer: Answer) -> None:
    assert recount.counts == expected_counts(answer)
    table = answer.tables["telemetry_events"]
    assert len(recount.published) == table.rows
    assert max(row.instant for row in recount.published.values()) == table.last_event_at
    assert recount.vehicle_days() == {
        key: (day.km_dia, day.events, day.outlier)
        for key, day in answer.vehicle_days.items()
        if not day.faltante
    }


def test_a_recount_of_the_demo_agrees(demo: Built) -> None:
    recount = Recount(demo.settings.until)
    recount.take(telemetry(demo.objects))
    assert_agree(recount, demo.answer)


@pytest.mark.parametrize(
    ("vehicles", "days", "events", "clock"),
    [
        (1, 1, 1, "12:00"),
        (2, 2, 20, "00:00"),
        (9, 1, 150, "23:00"),
        (50, 3, 12, "03:10"),
        (45, 12, 7, "18:00"),
    ],
)
def test_a_recount_of_any_size_agrees(vehicles: int, days: int, events: int, clock: str) -> None:
    until = datetime.fromisoformat(f"2026-03-01T{clock}:00-03:00")
    settings = Settings(
        until=until, seed=vehicles, vehicles=vehicles, days=days, events_per_vehicle_day=events
    )
    objects, answer = build(settings)
    recount = Recount(until)
    recount.take(telemetry(objects))
    assert_agree(recount, answer)


@pytest.mark.parametrize("seed", range(5))
def test_any_cut_of_the_upload_into_batches_gives_the_same_answer(
    noon: datetime, seed: int
) -> None:
    objects, answer = build(Settings(until=noon, vehicles=40, days=5, events_per_vehicle_day=24))
    waiting = telemetry(objects)
    chance = random.Random(seed)
    recount = Recount(noon)
    while waiting:
        size = chance.randint(1, 4)
        # Every batch has a later now than the one before.
        recount.until += timedelta(minutes=1)
        recount.take(waiting[:size])
        waiting = waiting[size:]
    assert_agree(recount, answer)


def test_a_recount_of_the_registry_agrees(demo: Built) -> None:
    (snapshot,) = [item for item in demo.objects if item.feed == "vehicles"]
    header, *rows = csv.reader(io.StringIO(snapshot.content.decode()))
    valid: dict[str, list[str]] = {}
    rejected = 0
    for row in rows:
        if (
            len(row) != len(header)
            or not re.search(r"^[A-Za-z]{3}[- ]?[0-9][A-Za-z0-9][0-9]{2}$", row[1])
            or row[4] not in UNITS
            or (row[6] and not 1 <= int(row[6]) <= 100)
        ):
            rejected += 1
        else:
            valid[row[0]] = row
    (answer,) = [a for a in demo.answer.objects if a.feed == "vehicles"]
    assert (len(rows), len(valid), rejected) == (answer.read, answer.valid, answer.rejected)
    assert valid["ATV-00001"][3] == "F0001", "the row that wins is the current one"
    styles = {
        re.sub("[a-z]", "a", re.sub("[0-9]", "9", re.sub("[A-Z]", "A", row[1])))
        for row in valid.values()
    }
    assert {"AAA9999", "AAA-9999", "AAA 9999", "AAA9A99", "AAA-9A99", "AAA 9A99"} <= styles


def test_every_registered_vehicle_has_a_row_on_every_day(demo: Built) -> None:
    days = {day for _, day in demo.answer.vehicle_days}
    registered = {device for device, _ in demo.answer.vehicle_days if device < "ATV-9"}
    today = demo.settings.until.date()
    assert {today - timedelta(days=back) for back in range(8)} == days
    assert {(device, day) for device in registered for day in days} <= set(demo.answer.vehicle_days)
