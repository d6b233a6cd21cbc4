"""Pieces of PromQL: gauges that survive an exporter's restart, calendars, deadlines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time

from atvos.contract.calendar import Hours, Season, SloCalendar, Weekday
from atvos.contract.deadline import Deadline, Every
from atvos.monitoring.registry import Metric
from atvos.monitoring.timing import Timing, duration

BY = "dataset, layer, tier"
"""What tells datasets apart; every series of a dataset is reduced to these labels."""

# Brazil has had no summer time since 2019: São Paulo is UTC-3 all year round.
LOCAL = "(time() - 10800)"
"""São Paulo's clock as if it were UTC, in seconds."""
_DAY = 86_400


def call(head: str, argument: str) -> str:
    """``head (argument)``, the argument on lines of its own."""
    lines = "\n".join(f"  {line}" for line in argument.splitlines())
    return f"{head} (\n{lines}\n)"


def gauge(metric: Metric, timing: Timing, matchers: str = "", *more: str, ago: str = "") -> str:
    """The gauge by dataset (and the labels ``more``), ``ago`` before now.

    An exporter that restarts is empty until the next heartbeat: what was said shortly before
    still counts.
    """
    chosen = f"{{{matchers}}}" if matchers else ""
    offset = f" offset {ago}" if ago else ""
    window = duration(timing.silence)
    labels = ", ".join((BY, *more))
    return call(f"max by ({labels})", f"last_over_time({metric.name}{chosen}[{window}]{offset})")


def total(metric: Metric, timing: Timing, matchers: str = "", ago: str = "") -> str:
    """The gauge added up by dataset, like ``gauge``."""
    per_label = gauge(metric, timing, matchers, *metric.labels[3:], ago=ago)
    return call(f"sum by ({BY})", per_label)


def active(calendar: SloCalendar | None) -> str:
    """1 while the calendar's promise holds, 0 otherwise; a vector without labels."""
    if calendar is None:
        return "vector(1)"
    factors = []
    if calendar.weekdays:
        factors.append(_weekdays(calendar.weekdays))
    if calendar.season:
        factors.append(_season(calendar.season))
    if calendar.hours:
        factors.append(_hours(calendar.hours))
    return "\n* ".join(factors)


def due_since(deadline: Deadline, alert_at: time) -> str:
    """Since when a publish is due, as ``Deadline.due_since`` says; a vector without labels."""
    after = (deadline.day - 1) * _DAY + alert_at.hour * 3600 + alert_at.minute * 60
    alerted = f"({LOCAL} - {after})"
    midnight = f"vector(time() - {after} - {alerted} % {_DAY})"
    if deadline.every is Every.DAY:
        return midnight
    return f"{midnight}\n- (day_of_month(vector({alerted})) - 1) * {_DAY}"


def _weekdays(days: Sequence[Weekday]) -> str:
    today = f"day_of_week(vector({LOCAL}))"
    return call("", "\n+ ".join(f"({today} == bool {day.number})" for day in days)).strip()


def _season(season: Season) -> str:
    (first, first_day), (last, last_day) = season.first, season.last
    now = f"(month(vector({LOCAL})) * 100 + day_of_month(vector({LOCAL})))"
    start, end = first * 100 + first_day, last * 100 + last_day
    return _between(now, start, f"<= bool {end}", around=start > end)


def _hours(hours: Hours) -> str:
    now = f"vector({LOCAL} % {_DAY})"
    start, end = (at.hour * 3600 + at.minute * 60 for at in (hours.start, hours.end))
    return _between(now, start, f"< bool {end}", around=start > end)


def _between(now: str, start: int, before_end: str, around: bool) -> str:
    # Around midnight or New Year's Day both halves are meant, and never both at once.
    sign = "+" if around else "*"
    return call("", f"({now} >= bool {start})\n{sign} ({now} {before_end})").strip()
