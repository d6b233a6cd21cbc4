"""Cuts the period into days, days into slots, and slots into the objects that carry them.

A slot is the piece of a day in which every vehicle has one event. As an object carries a
range of slots, one object's events are all that is in memory at a time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum, auto

from local.sample.model import ZONE, Settings

MAX_ROWS = 100_000
"""Events that one object holds at most, unless one slot alone has more."""

_TRUNCATED_ROWS = 100
"""Events, before half of them are lost, of which one reject more is less than 5 %."""

_DAY_S = 86_400
_LAST_EVENT_S = 7
"""Age of the newest event at ``until``."""


class Form(Enum):
    """How an object is written."""

    NDJSON_GZ = auto()
    CSV = auto()
    CSV_GZ = auto()
    LATIN_1 = auto()
    TRUNCATED_GZ = auto()
    HOSTILE_NAME = auto()
    NDJSON = auto()


@dataclass(frozen=True, slots=True)
class Day:
    """What the period covers of one day in São Paulo: seconds since 1970, end included."""

    date: date
    start: int
    end: int
    slots: int


@dataclass(frozen=True, slots=True)
class Part:
    """The slots ``first`` to ``stop`` (excluded) of a day, carried by one object."""

    day: Day
    index: int
    first: int
    stop: int
    form: Form


def days_of(settings: Settings) -> list[Day]:
    """The days of the period in order. The first and the last are rarely whole."""
    until = int(settings.until.timestamp())
    begin, newest = until - settings.days * _DAY_S, until - _LAST_EVENT_S
    days = []
    day = datetime.fromtimestamp(begin, ZONE).date()
    while (midnight := _midnight(day)) <= newest:
        start, end = max(midnight, begin), min(_midnight(day + timedelta(days=1)) - 1, newest)
        slots = max(1, round(settings.events_per_vehicle_day * (end - start) / _DAY_S))
        days.append(Day(day, start, end, slots))
        day += timedelta(days=1)
    return days


def parts_of(settings: Settings, days: list[Day]) -> Iterator[Part]:
    """The objects to write, in upload order.

    Each unusual form takes a tenth of one day's slots, the truncated one enough for its one
    reject to be few. They stand before the rest of their day, so that the newest event is
    always in an ordinary object.
    """
    unusual = _unusual_forms(days)
    step = max(1, MAX_ROWS // settings.vehicles)
    for day in days:
        first = index = 0
        for form in unusual[day.date]:
            size = max(1, day.slots // 10)
            if form is Form.TRUNCATED_GZ:
                size = max(size, -(-_TRUNCATED_ROWS // settings.vehicles))
            # At least one slot is left for the ordinary object.
            if first + size < day.slots:
                yield Part(day, index, first, first + size, form)
                first, index = first + size, index + 1
        for begin in range(first, day.slots, step):
            yield Part(day, index, begin, min(begin + step, day.slots), Form.NDJSON_GZ)
            index += 1


def _unusual_forms(days: list[Day]) -> dict[date, list[Form]]:
    """Spread over the days that have enough slots, the oldest left out where it can be."""
    hosts = [day for day in days[1:] if day.slots >= 10] or days  # noqa: PLR2004
    forms: dict[date, list[Form]] = {day.date: [] for day in days}
    for number, form in enumerate(f for f in Form if f is not Form.NDJSON_GZ):
        forms[hosts[number % len(hosts)].date].append(form)
    return forms


def _midnight(day: date) -> int:
    return int(datetime.combine(day, time(), ZONE).timestamp())
