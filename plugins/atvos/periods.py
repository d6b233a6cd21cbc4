"""The periods that marts are about: a day, a calendar month, a measurement window."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum

_MEASUREMENT_DAY = 16
"""Contracts are measured from the 16th of a month to the 15th of the next."""


class Period(StrEnum):
    """How much a partition of a table covers; it is named by its first day."""

    DAY = "day"
    MONTH = "month"
    MEASUREMENT = "measurement"

    def start(self, day: date) -> date:
        """The first day of the period that ``day`` is in.

        >>> Period.MEASUREMENT.start(date(2025, 6, 15))
        datetime.date(2025, 5, 16)
        """
        match self:
            case Period.DAY:
                return day
            case Period.MONTH:
                return day.replace(day=1)
        if day.day >= _MEASUREMENT_DAY:
            return day.replace(day=_MEASUREMENT_DAY)
        return (day.replace(day=1) - timedelta(days=1)).replace(day=_MEASUREMENT_DAY)

    def days(self, day: date) -> tuple[date, ...]:
        """All days of the period that ``day`` is in, in order."""
        first = self.start(day)
        if self is Period.DAY:
            return (first,)
        next_month = (first.replace(day=28) + timedelta(days=4)).replace(day=first.day)
        return tuple(first + timedelta(days=n) for n in range((next_month - first).days))


def whole(period: Period, days: Iterable[date]) -> tuple[date, ...]:
    """All days of every period that one of ``days`` is in, sorted."""
    starts = {period.start(day) for day in days}
    return tuple(day for start in sorted(starts) for day in period.days(start))
