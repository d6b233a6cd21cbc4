"""When a table's freshness is promised: days of the week, a season, hours; in São Paulo's time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from atvos.contract.document import Node

ZONE = ZoneInfo("America/Sao_Paulo")
CLOCK = r"([01]\d|2[0-3]):[0-5]\d"
"""A time of day as it is written; in quotes, as YAML takes 08:00 for a number."""

_ATTRIBUTES = ("weekdays", "season", "hours")
_VALID = (
    "a mapping with weekdays, season or hours, like {weekdays: [mon, tue, wed, thu, fri], "
    'season: {from: "04-01", to: "11-30"}, hours: {from: "08:00", to: "18:00"}}'
)
_MONTH_DAY = r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
_LEAP_YEAR = 2024
_Point = TypeVar("_Point", time, tuple[int, int])


class Weekday(StrEnum):
    """A day of the week, Monday first."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"

    @property
    def number(self) -> int:
        """0 for Sunday to 6 for Saturday, as PromQL's ``day_of_week`` counts."""
        return (list(Weekday).index(self) + 1) % 7


@dataclass(frozen=True, slots=True)
class Season:
    """Days of the year, both ends included, as (month, day). It may go over New Year's Day."""

    first: tuple[int, int]
    last: tuple[int, int]

    def holds(self, at: datetime) -> bool:
        """Whether the day of ``at`` is one of them."""
        return _within((at.month, at.day), self.first, self.last) or (at.month, at.day) == self.last


@dataclass(frozen=True, slots=True)
class Hours:
    """A part of the day, without its end. It may go over midnight."""

    start: time
    end: time

    def holds(self, at: datetime) -> bool:
        """Whether the time of ``at`` is in it."""
        return _within(at.time(), self.start, self.end)


@dataclass(frozen=True, slots=True)
class SloCalendar:
    """When the freshness SLO holds: on these weekdays, in this season, at these hours.

    What is None, or empty, sets no limit.
    """

    weekdays: tuple[Weekday, ...] = ()
    season: Season | None = None
    hours: Hours | None = None

    def __str__(self) -> str:
        parts = []
        if self.weekdays:
            parts.append(", ".join(self.weekdays))
        if self.season:
            (month, day), (last_month, last_day) = self.season.first, self.season.last
            parts.append(f"{month:02}-{day:02} to {last_month:02}-{last_day:02}")
        if self.hours:
            parts.append(f"{self.hours.start:%H:%M} to {self.hours.end:%H:%M}")
        return "; ".join(parts)

    def is_active(self, at: datetime) -> bool:
        """Whether the promise holds at ``at``, an instant of any time zone.

        >>> office = SloCalendar((Weekday.MON,), hours=Hours(time(8), time(18)))
        >>> office.is_active(datetime(2026, 6, 1, 8, tzinfo=ZONE))
        True
        """
        local = at.astimezone(ZONE)
        return (
            (not self.weekdays or list(Weekday)[local.weekday()] in self.weekdays)
            and (self.season is None or self.season.holds(local))
            and (self.hours is None or self.hours.holds(local))
        )


def read_calendar(custom: Node) -> SloCalendar | None:
    """The calendar of ``sloCalendar``, None without one; problems are recorded on ``custom``."""
    if not custom.has("sloCalendar"):
        return None
    node = custom.child("sloCalendar", _VALID)
    for attribute in node.raw:
        if attribute not in _ATTRIBUTES:
            node.problem(str(attribute), node.raw[attribute], "one of " + ", ".join(_ATTRIBUTES))
    if custom.raw["sloCalendar"] == {}:
        custom.problem("sloCalendar", {}, _VALID)
    return SloCalendar(_weekdays(node), _season(node), _hours(node))


def read_clock(node: Node, attribute: str, valid: str) -> time:
    """A time of day that must be there; midnight stands in for one that is not valid."""
    text = node.text(attribute, valid, CLOCK)
    return time.fromisoformat(text) if text else time()


def _within(at: _Point, start: _Point, end: _Point) -> bool:
    """Whether ``at`` is in ``start`` to ``end``, around the end of the day or year if need be."""
    return start <= at < end if start <= end else at >= start or at < end


def _weekdays(node: Node) -> tuple[Weekday, ...]:
    valid = "a list of days that differ, of " + ", ".join(Weekday)
    given = node.texts("weekdays", valid)
    if len(set(given)) != len(given) or not set(given) <= set(Weekday):
        node.problem("weekdays", list(given), valid)
        return ()
    return tuple(day for day in Weekday if day in given)


def _season(node: Node) -> Season | None:
    if not node.has("season"):
        return None
    season = node.child("season", 'a mapping like {from: "04-01", to: "11-30"}')
    return Season(_month_day(season, "from"), _month_day(season, "to"))


def _month_day(node: Node, attribute: str) -> tuple[int, int]:
    valid = 'a day of the year as "MM-DD", like "04-01"'
    text = node.text(attribute, valid, _MONTH_DAY)
    match = re.fullmatch(_MONTH_DAY, text)
    if match is None:
        return 1, 1
    month, day = int(match[1]), int(match[2])
    try:
        datetime(_LEAP_YEAR, month, day, tzinfo=ZONE)
    except ValueError:
        node.problem(attribute, text, valid)
    return month, day


def _hours(node: Node) -> Hours | None:
    if not node.has("hours"):
        return None
    hours = node.child("hours", 'a mapping like {from: "08:00", to: "18:00"}')
    valid = 'a time as "HH:MM", in quotes, like "08:00"'
    start, end = read_clock(hours, "from", valid), read_clock(hours, "to", valid)
    if start == end and hours.has("from") and hours.has("to"):
        hours.problem("to", hours.raw["to"], "another time than from")
    return Hours(start, end)
