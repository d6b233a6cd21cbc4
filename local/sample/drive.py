"""Drives the fleet: an odometer per vehicle, and one event a slot."""

from random import Random
from typing import NamedTuple

from local.sample import habits
from local.sample.fleet import Vehicle
from local.sample.runs import shifts_of, trip_id
from local.sample.timeline import Day, Part

JUMP_M = 2_500_000
_FALL_M = 150_000


class Event(NamedTuple):
    """A true event, before anybody writes it down.

    Instant in ms since 1970, odometer in metres, costs in R$ 0.0001. ``serial`` numbers
    the events; how one is written follows from it. What is not ``sent`` was driven, but
    nobody hears of it.
    """

    instant: int
    device_id: str
    kind: str
    odometer: int
    variable_cost: int
    fixed_cost: int
    trip: str | None
    serial: int
    sent: bool = True


class Drivers:
    """The fleet on the road; parts must be driven in order of time."""

    def __init__(self, fleet: list[Vehicle], last: Day, random: Random) -> None:
        self._fleet = fleet
        self._last = last
        self._random = random
        self._serial = 0
        self._odometers = [
            0 if habits.starts_at_zero(v.number) else random.randrange(20_000_000, 400_000_000)
            for v in fleet
        ]

    def drive(self, part: Part) -> list[Event]:
        """The events of a part, by vehicle and, for each, by time. No two share a key."""
        return [
            self._event(vehicle, part.day, slot)
            for vehicle in self._fleet
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
            sent=not (vehicle.registered and habits.silent(number, day.date)),
        )

    def _step(self, vehicle: Vehicle, day: Day, slot: int) -> int:
        """Metres since the slot before: standing, driving, or one of the odd habits."""
        number, driven = vehicle.number, self._random.randrange(1 + 400_000 // day.slots)
        if vehicle.registered and slot == day.slots // 2 and day.slots > 1:
            if habits.falls(number, day.date):
                # Only a counter that has run this far can be set back so far.
                return -min(_FALL_M, self._odometers[number])
            if habits.jumps(number, day.date):
                return JUMP_M
        if self._serial % 4 == 0:
            return 0
        return driven - driven % 10 if habits.drives_tens_of_metres(number) else driven


def _trip(number: int, day: Day, slot: int) -> str | None:
    """The trip that the vehicle is on; none off duty."""
    if (slot + number) % 5 == 0:
        return None
    return trip_id(number, day.date, slot * shifts_of(number, day) // day.slots)
