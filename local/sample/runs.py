"""Cuts a vehicle's day into runs, one a shift: what trips and bulletins are about."""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from local.sample.timeline import Day

_MOST_SHIFTS = 3
_HOUR_S = 3_600


class Run(NamedTuple):
    """A vehicle's run in a shift: seconds since 1970, the odometer at departure, metres."""

    shift: int
    start: int
    end: int
    odometer: int
    metres: int


def shifts_of(number: int, day: Day) -> int:
    """Shifts in which the vehicle runs, one alone in a day that the period cuts short."""
    return 1 + number % _MOST_SHIFTS if day.end - day.start >= _HOUR_S else 1


def runs_of(number: int, day: Day, odometer: int, metres: int) -> Iterator[Run]:
    """The runs of a day that begins at an odometer and has so many metres in all."""
    shifts, length = shifts_of(number, day), day.end - day.start
    for shift in range(shifts):
        driven, more = metres * shift // shifts, metres * (shift + 1) // shifts
        start = day.start + length * shift // shifts
        yield Run(
            shift, start, start + length * 9 // (10 * shifts), odometer + driven, more - driven
        )


def trip_id(number: int, day: date, shift: int) -> str:
    """The trip's identifier, on some vehicles one that is hard to write."""
    trip = f"V{day:%m%d}-{number + 1}-{shift}"
    return trip + {0: " São João", 1: ' "expressa", ida', 2: "\nvolta"}.get(number % 10, "")
