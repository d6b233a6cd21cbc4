"""By when a table must have been published: every day, or on a day of every month; São Paulo."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from atvos.contract.calendar import ZONE, read_clock
from atvos.contract.document import Node

_ATTRIBUTES = ("by", "alertAt", "every", "day")
_VALID = 'a mapping like {every: day, by: "08:00", alertAt: "07:30"}'
_LAST_DAY = 28
"""The last day that every month has."""


class Every(StrEnum):
    """How often a deadline comes."""

    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Deadline:
    """A table is due once in each day or month, by ``by`` of its ``day`` (1 where daily).

    ``alert_at`` is the time of that day at which it counts as missed: early enough to act.
    What was published since the day or month began meets the deadline.
    """

    every: Every
    by: time
    alert_at: time
    day: int = 1

    def __str__(self) -> str:
        on = f" on day {self.day}" if self.every is Every.MONTH else ""
        return f"every {self.every}{on} by {self.by:%H:%M}, alert at {self.alert_at:%H:%M}"

    def due_since(self, now: datetime) -> datetime:
        """Since when a publish is due at ``now``: the start of the day or month alerted on last.

        >>> daily = Deadline(Every.DAY, time(8), time(7, 30))
        >>> daily.due_since(datetime(2026, 6, 2, 7, 29, tzinfo=ZONE)).isoformat()
        '2026-06-01T00:00:00-03:00'
        """
        at = timedelta(days=self.day - 1, hours=self.alert_at.hour, minutes=self.alert_at.minute)
        alerted = (now.astimezone(ZONE) - at).replace(hour=0, minute=0, second=0, microsecond=0)
        return alerted if self.every is Every.DAY else alerted.replace(day=1)

    def is_missed(self, last_success: datetime | None, now: datetime) -> bool:
        """Whether the table that was published at ``last_success`` (never: None) is late.

        It stays late until it is published, whatever the day.
        """
        return last_success is None or last_success < self.due_since(now)


def read_deadline(custom: Node) -> Deadline | None:
    """The deadline of ``deadline``, None without one; problems are recorded on ``custom``."""
    if not custom.has("deadline"):
        return None
    node = custom.child("deadline", _VALID)
    if not isinstance(custom.raw["deadline"], dict):
        return None
    for attribute in node.raw:
        if attribute not in _ATTRIBUTES:
            node.problem(str(attribute), node.raw[attribute], "one of " + ", ".join(_ATTRIBUTES))
    every = Every(node.choice("every", list(Every)))
    by = read_clock(node, "by", 'a time as "HH:MM", in quotes, like "08:00"')
    alert_at = read_clock(node, "alertAt", 'a time as "HH:MM", in quotes, like "07:30"')
    if node.sound and alert_at > by:
        node.problem("alertAt", node.raw["alertAt"], f"a time not after by, {by:%H:%M}")
    return Deadline(every, by, alert_at, _day(node, every))


def _day(node: Node, every: Every) -> int:
    valid = f"a day from 1 to {_LAST_DAY}, with every: month"
    day = node.number("day", valid, 1, _LAST_DAY, whole=True)
    if every is Every.DAY and node.has("day"):
        node.problem("day", node.raw["day"], "none, with every: day")
    if every is Every.MONTH and not node.has("day"):
        node.problem("day", None, valid)
    return int(day or 1)
