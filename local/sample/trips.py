"""The trips feed: NDJSON from the transport application, with nested stops.

A trip that is under way in the first wave has arrived in the second; one of them turns out
to have been on the day before. The trips of late vehicles come with the second wave only.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import cycle
from typing import NamedTuple

from local.sample import people, plates
from local.sample.answer import DayTrips, TableAnswer
from local.sample.books import (
    Fault,
    Feed,
    Fields,
    changed,
    chunks,
    cut,
    latin_1,
    soiled,
    without,
)
from local.sample.fleet import Vehicle
from local.sample.logbook import Logbook
from local.sample.model import ZONE, SampleObject, Settings
from local.sample.runs import Run, runs_of, trip_id
from local.sample.text import instant_text
from local.sample.timeline import Day

TRIPS = "trips"
_UNDER_WAY_EVERY = 12
_MOST_LEGS = 4
_DAY = timedelta(days=1)
_DRIVER = "Zulmira Conceição de São João"
"""Whose name is written in ways that make a row invalid."""


class _Trip(NamedTuple):
    """A trip as one of its states has it."""

    device_id: str
    day: date
    occupancy: Decimal | None


class Trips(Feed):
    """A trip for every run of every registered vehicle, whoever heard its telemetry."""

    name = TRIPS

    def __init__(
        self, settings: Settings, fleet: list[Vehicle], days: list[Day], logbook: Logbook
    ) -> None:
        super().__init__()
        self._settings = settings
        self._fleet = [v for v in fleet if v.registered]
        self._days = days
        self._logbook = logbook
        self._faults = cycle(_faults(settings.until))
        self._updates: list[Fields] = []
        self._rows = {1: 0, 2: 0}
        self._known: dict[int, dict[str, _Trip]] = {1: {}, 2: {}}
        self._newest: dict[int, int] = {}
        self.secrets = {_DRIVER}

    def objects(self, wave: int) -> Iterator[SampleObject]:
        """A few objects, then one or more with what has changed."""
        folder = f"{TRIPS}/{self._settings.until.astimezone(ZONE):%Y/%m/%d}"
        for index, rows in enumerate(chunks(self._sent(wave), self._settings)):
            lines = soiled(rows, _json, self._faults, stale={"full_distance": 0})
            text = "".join(f"{line.text}\n" for line in lines)
            content = text.encode("utf-8", "surrogateescape")
            yield self._made(wave, f"{folder}/trips-{wave}-{index:03d}.json", content, lines)

    def table(self, after: int) -> TableAnswer:
        """A row per trip; none that moved to another day was the newest."""
        newest = max((self._newest[wave] for wave in self._newest if wave <= after), default=None)
        rows = sum(self._rows[wave] for wave in range(1, after + 1))
        return TableAnswer(rows, None if newest is None else datetime.fromtimestamp(newest, ZONE))

    def days(self, after: int) -> dict[tuple[str, date], DayTrips]:
        """What the trips of each vehicle and day come to after a wave."""
        trips = self._known[1] if after == 1 else self._known[1] | self._known[2]
        found: dict[tuple[str, date], DayTrips] = defaultdict(DayTrips)
        for device, day, occupancy in trips.values():
            found[device, day] = found[device, day].with_one(occupancy)
        return dict(found)

    def _sent(self, wave: int) -> Iterator[Fields]:
        if wave > 1:
            yield from self._updates
        for day in self._days:
            for vehicle in self._fleet:
                driven = self._logbook.driven(vehicle, day.date)
                if vehicle.late != (wave > 1) or driven is None:
                    continue
                for run in runs_of(vehicle.number, day, driven.first, driven.metres):
                    yield self._state(vehicle, day, run, wave)

    def _state(self, vehicle: Vehicle, day: Day, run: Run, wave: int) -> Fields:
        """The trip's state in the wave; notes the one that is to follow."""
        self._rows[wave] += 1
        self._newest[wave] = max(run.start, self._newest.get(wave, 0))
        fields = self._fields(vehicle, day, run)
        if wave > 1 or self._rows[wave] % _UNDER_WAY_EVERY:
            return self._noted(wave, fields, run.start)
        moves = not self._updates
        moved = _moved(fields, run) if moves else fields
        self._updates.append(self._noted(2, moved, run.start - moves * 86_400))
        return self._noted(1, _under_way(fields), run.start)

    def _noted(self, wave: int, fields: Fields, start: int) -> Fields:
        """The fields, of which is remembered what a wave makes known."""
        day = datetime.fromtimestamp(start, ZONE).date()
        occupancy = fields["occupancy_percentage"]
        known = None if occupancy is None else Decimal(str(occupancy))
        self._known[wave][fields["id"]] = _Trip(fields["asset_id"], day, known)
        return fields

    def _fields(self, vehicle: Vehicle, day: Day, run: Run) -> Fields:
        number = vehicle.number
        driver = people.name(number * 3 + run.shift)
        self.secrets.add(driver)
        fields: Fields = {
            "id": trip_id(number, day.date, run.shift),
            "asset_id": vehicle.device_id,
            "register_number": f"{number + 1:06d}",
            "garage_name": f"Garagem {vehicle.carrier}" if number % 5 else None,
            "license_plate": plates.registered(number),
            "unit": vehicle.unit,
            "datetime": _text(run.start, number),
            "full_distance": run.metres / 1000,
            "occupancy_percentage": (number * 37 + run.shift * 211) % 1001 / 10,
            "motorista": driver,
            "source_version": "4.2",  # no column of the contract
        }
        legs = (number + run.shift + day.date.toordinal()) % (_MOST_LEGS + 1)
        if legs or number % 3:  # no stop at all is an empty list, null, or not there
            stops = [_leg(vehicle, run, leg, legs) for leg in range(legs)]
            fields["stops"] = stops or ([] if number % 2 else None)
        return fields


def _leg(vehicle: Vehicle, run: Run, leg: int, legs: int) -> Fields:
    """One of the legs that the run's time and distance are cut into."""
    length = run.end - run.start
    start, end = (run.start + length * place // legs for place in (leg, leg + 1))
    from_m, to_m = (run.metres * place // legs for place in (leg, leg + 1))
    return {
        "departure_time": _text(start, leg),
        "departure_site": f"Ponto {leg}" if leg else "Garagem",
        "arrival_time": _text(end, leg),
        "arrival_site": f"Usina {vehicle.unit}" if leg == legs - 1 else f"Ponto {leg + 1}",
        "trip_time": (end - start) // 60,
        "trip_distance": (to_m - from_m) / 1000,
    }


def _under_way(fields: Fields) -> Fields:
    """The trip before its last arrival, with no more distance than its legs so far."""
    state = fields | {"full_distance": 0, "occupancy_percentage": None}
    *done, last = fields.get("stops") or [None]
    if last:
        arriving = {"arrival_time": None, "arrival_site": None, "trip_distance": None}
        state["stops"] = [*done, last | arriving]
        state["full_distance"] = sum(round(1000 * leg["trip_distance"]) for leg in done) / 1000
    return state


def _moved(fields: Fields, run: Run) -> Fields:
    """The trip on the day before."""
    before = datetime.fromtimestamp(run.start, ZONE) - _DAY
    return fields | {"datetime": before.isoformat(), "stops": []}


def _text(instant: int, style: int) -> str:
    return instant_text(instant * 1000, style)


def _json(fields: Fields) -> str:
    return json.dumps(fields, ensure_ascii=False)


def _with_stop(values: Fields, *reasons: str) -> Fault:
    """The fault of other values in the first of two stops."""
    good = {"departure_time": "2026-01-02T08:00:00", "departure_site": "Garagem"}
    return changed({"stops": [good | values, good]}, *reasons)


def _faults(until: datetime) -> list[Fault]:
    return [
        _with_stop({"trip_distance": "12.5"}, "type:stops.trip_distance_km"),
        _with_stop({"departure_time": None}, "missing:stops.departure_at"),
        _with_stop({"departure_site": None}, "missing:stops.departure_site"),
        _with_stop({"departure_time": "08:00"}, "format:stops.departure_at"),
        _with_stop(
            {"trip_time": -3, "trip_distance": -0.5},
            "range:stops.trip_time_min",
            "range:stops.trip_distance_km",
        ),
        _with_stop({"trip_time": 12.5}, "type:stops.trip_time_min"),
        changed({"stops": {"departure_site": "Garagem"}}, "type:stops"),
        changed({"stops": ["Garagem", None]}, "type:stops"),
        changed({"occupancy_percentage": 100.5}, "range:occupancy_percentage"),
        changed({"register_number": "12345"}, "length:register_number"),
        changed({"license_plate": "AB-12345"}, "pattern:license_plate"),
        changed({"unit": "UXX"}, "enum:unit"),
        changed({"motorista": {"nome": _DRIVER}}, "type:motorista_hash"),
        changed({"full_distance": True}, "type:full_distance_km"),
        changed({"datetime": (until + _DAY).isoformat()}, "future:started_at"),
        changed({"datetime": (until - 70 * _DAY).isoformat()}, "late:started_at"),
        without("id", "missing:trip_id"),
        cut(lambda text: text[:-20], "malformed_json"),
        latin_1({"motorista": _DRIVER}),
    ]
