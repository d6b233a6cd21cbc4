"""Drives the fleet: an odometer per vehicle, one event a slot, and the mart rows they make."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import NamedTuple

from local.sample.fleet import Vehicle
from local.sample.model import ZONE, VehicleDay
from local.sample.timeline import Day, Part

_FALL_M, _JUMP_M = 150_000, 2_500_000
_PERIOD = 40
"""Each habit below is that of one vehicle in so many."""
_FALLS, _JUMPS, _NEVER_SENDS, _STARTS_AT_ZERO = 1, 2, 5, 6
_REPORT_DAYS = 7
"""Days up to today on which every registered vehicle has a mart row."""


class Event(NamedTuple):
    """A true event, before anybody writes it down.

    Instant in ms since 1970, odometer in metres, costs in R$ 0.0001. ``serial`` numbers
    the events; how one is written follows from it.
    """

    instant: int
    device_id: str
    kind: str
    odometer: int
    variable_cost: int
    fixed_cost: int
    trip: str | None
    serial: int


class Drivers:
    """The fleet on the road; parts must be driven in order of time."""

    def __init__(self, fleet: list[Vehicle], last: Day, random: Random) -> None:
        self._fleet = fleet
        self._last = last
        self._random = random
        self._serial = 0
        self._odometers = [
            0
            if v.number % _PERIOD == _STARTS_AT_ZERO
            else random.randrange(20_000_000, 400_000_000)
            for v in fleet
        ]

    def drive(self, part: Part) -> list[Event]:
        """The events of a part, by vehicle and, for each, by time. No two share a key."""
        day = part.day
        driving = [v for v in self._fleet if not _silent(v, day.date)]
        return [
            self._event(vehicle, day, slot)
            for vehicle in driving
            for slot in range(part.first, part.stop)
        ]

    def _event(self, vehicle: Vehicle, day: Day, slot: int) -> Event:
        random, number = self._random, vehicle.number
        self._serial += 1
        self._odometers[number] += self._step(vehicle, day, slot)
        # Slots of 0.8 of their length keep the events of a vehicle apart.
        length = (day.end - day.start) / day.slots
        second = day.start + int((slot + 0.8 * random.random()) * length)
        instant = second * 1000 + (500 if self._serial % 7 == 3 else 0)  # noqa: PLR2004
        if number == 0 and day is self._last and slot == day.slots - 1:
            instant = day.end * 1000  # the newest event of all
        return Event(
            instant=instant,
            device_id=vehicle.device_id,
            kind=vehicle.kind,
            odometer=self._odometers[number],
            variable_cost=random.randrange(4_000_000),
            fixed_cost=random.randrange(900_000, 1_200_000),
            trip=_trip(number, day, slot),
            serial=self._serial,
        )

    def _step(self, vehicle: Vehicle, day: Day, slot: int) -> int:
        """Metres since the slot before: standing, driving, or one of the odd habits."""
        habit = vehicle.number % _PERIOD
        noon = slot == day.slots // 2 and day.slots > 1
        odd_day = vehicle.registered and (day.date.toordinal() + vehicle.number) % 3 == 0
        if habit == _FALLS and noon and odd_day:
            # Only a counter that has run this far can be set back so far.
            return -min(_FALL_M, self._odometers[vehicle.number])
        if habit == _JUMPS and noon and odd_day:
            return _JUMP_M
        if self._serial % 4 == 0:
            return 0
        return self._random.randrange(1 + 400_000 // day.slots)


def _silent(vehicle: Vehicle, day: date) -> bool:
    """Whether a registered vehicle sends nothing that day; the first always sends."""
    if not vehicle.registered:
        return False
    number = vehicle.number
    return number % _PERIOD == _NEVER_SENDS or (
        number % 14 == 4 and (day.toordinal() + number) % 3 == 0  # noqa: PLR2004
    )


def _trip(number: int, day: Day, slot: int) -> str | None:
    """The trip's identifier, on some vehicles one that is hard to write; none off duty."""
    if (slot + number) % 5 == 0:
        return None
    trip = f"V{day.date:%m%d}-{number + 1}-{slot // 4}"
    return trip + {0: " São João", 1: ' "expressa", ida', 2: "\nvolta"}.get(number % 10, "")


@dataclass(slots=True)
class _Distance:
    """A vehicle's day so far: events, odometers in metres, and whether one fell."""

    lowest: int
    highest: int
    newest: int
    events: int = 0
    fell: bool = False

    def add(self, odometer: int) -> None:
        self.events += 1
        self.fell |= odometer < self.newest
        self.lowest = min(self.lowest, odometer)
        self.highest = max(self.highest, odometer)
        self.newest = odometer

    def row(self) -> VehicleDay:
        metres = 0 if self.fell else self.highest - self.lowest
        return VehicleDay(Decimal(metres).scaleb(-3), self.events, self.fell, False)


class Distances:
    """The mart rows of the events that get through."""

    def __init__(self) -> None:
        self._days: dict[tuple[str, date], _Distance] = {}

    def add(self, day: date, events: Iterable[Event]) -> None:
        """Count events of one day, each vehicle's in order of time."""
        for event in events:
            odometer = event.odometer
            key = (event.device_id, day)
            if key not in self._days:
                self._days[key] = _Distance(odometer, odometer, odometer)
            self._days[key].add(odometer)

    def rows(
        self, fleet: Collection[Vehicle], until: datetime
    ) -> dict[tuple[str, date], VehicleDay]:
        """By device and day: what was driven, and who of the registry is missing."""
        today = until.astimezone(ZONE).date()
        days = {day for _, day in self._days}
        days |= {today - timedelta(days=back) for back in range(_REPORT_DAYS)}
        missing = VehicleDay(Decimal("0.000"), 0, False, True)
        rows = {(v.device_id, day): missing for v in fleet if v.registered for day in days}
        rows |= {key: distance.row() for key, distance in self._days.items()}
        return dict(sorted(rows.items(), key=lambda item: (item[0][1], item[0][0])))
