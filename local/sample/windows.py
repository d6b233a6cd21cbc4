"""Measurement windows: from the 16th of a month to the 15th of the next."""

from datetime import date, timedelta

_FIRST_DAY = 16


def window_of(day: date) -> date:
    """The first day of the window that holds the day."""
    if day.day >= _FIRST_DAY:
        return day.replace(day=_FIRST_DAY)
    return (day.replace(day=1) - timedelta(days=1)).replace(day=_FIRST_DAY)


def before(window: date) -> date:
    """The first day of the window before."""
    return window_of(window - timedelta(days=1))


def last_day(window: date) -> date:
    """The last day of the window that begins on ``window``."""
    return (window.replace(day=1) + timedelta(days=31)).replace(day=_FIRST_DAY - 1)
