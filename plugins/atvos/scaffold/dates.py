"""How dates and times are written, and which way fits all values of a column."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from itertools import product
from zoneinfo import ZoneInfo

ZONE = "America/Sao_Paulo"
"""The zone of times without an offset."""

_DIGITS = {"yyyy": "(?P<Y>[0-9]{4})", "MM": "(?P<m>[0-9]{2})", "dd": "(?P<d>[0-9]{2})"}
_DIGITS |= {"HH": "(?P<H>[0-9]{2})", "mm": "(?P<M>[0-9]{2})", "ss": "(?P<S>[0-9]{2})"}
_ISO_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?"
    r"(?P<offset>Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])?"
)
_TIME_OF_DAY = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9](?P<seconds>:[0-5][0-9])?")
_ISO_DATE = "yyyy-MM-dd"
_DATES = (
    _ISO_DATE,
    "dd/MM/yyyy",
    "MM/dd/yyyy",
    "yyyy/MM/dd",
    "dd-MM-yyyy",
    "MM-dd-yyyy",
    "dd.MM.yyyy",
)
_CLOCKS = ("HH:mm:ss", "HH:mm")
_COMPACT = "yyyyMMdd"
_PLAUSIBLE_YEARS = range(1990, 2100)


@dataclass(frozen=True)
class Form:
    """One way to write a date, or an instant.

    ``pattern`` is a contract's ``format``, None for ISO 8601; ``naive`` says that times may
    stand without an offset, ``rivals`` are patterns that would fit as well.
    """

    pattern: str | None
    is_date: bool
    naive: bool = False
    rivals: tuple[str, ...] = ()

    @cached_property
    def _regex(self) -> re.Pattern[str]:
        return _regex(self.pattern or _ISO_DATE)

    def read(self, text: str) -> date | datetime | None:
        """The date, or the instant in UTC; None where the text is written otherwise."""
        try:
            if self.pattern is None and not self.is_date:
                return _iso_instant(text)
            match = self._regex.fullmatch(text)
            if match is None:
                return None
            found = {name: int(digits) for name, digits in match.groupdict().items()}
            hour, minute, second = (found.get(name, 0) for name in "HMS")
            local = datetime(found["Y"], found["m"], found["d"], hour, minute, second)  # noqa: DTZ001
            return local.date() if self.is_date else _in_utc(local)
        except (ValueError, OverflowError):
            return None

    def fits(self, texts: Sequence[str]) -> bool:
        """Whether all texts are written so."""
        return all(self.read(text) is not None for text in texts)


def form_of(texts: Sequence[str], dated: bool) -> Form | None:
    """How all of the texts are written, None where no form fits them.

    ``dated`` says that the column's name speaks of dates, so that digits alone may be one.
    """
    fitting = [form for form in _forms() if form.fits(texts)]
    if not fitting and dated and _are_compact_dates(texts):
        return Form(_COMPACT, is_date=True)
    if not fitting:
        return None
    first = fitting[0]
    if first.pattern is None and not first.is_date:
        matches = map(_ISO_INSTANT.fullmatch, texts)
        naive = any(match is not None and match["offset"] is None for match in matches)
        return Form(None, is_date=False, naive=naive)
    rivals = tuple(form.pattern for form in fitting[1:] if form.pattern)
    return Form(first.pattern, first.is_date, first.naive, rivals)


def is_time_of_day(text: str) -> bool:
    """Whether the text is HH:mm or HH:mm:ss."""
    return _TIME_OF_DAY.fullmatch(text) is not None


def joined(day: Form, times: Sequence[str]) -> Form | None:
    """The form of a date and a time of day, joined with a space; None if these are none."""
    matches = [_TIME_OF_DAY.fullmatch(text) for text in times]
    with_seconds = {match["seconds"] is not None for match in matches if match}
    if None in matches or len(with_seconds) != 1:
        return None
    if day.pattern is None and with_seconds == {True}:
        return Form(None, is_date=False, naive=True)
    clock = _CLOCKS[0] if with_seconds == {True} else _CLOCKS[1]
    return Form(f"{day.pattern or _ISO_DATE} {clock}", is_date=False, naive=True)


def _forms() -> Iterator[Form]:
    yield Form(None, is_date=False)
    yield Form(None, is_date=True)
    yield from (Form(day, is_date=True) for day in _DATES[1:])
    for day, clock in product(_DATES, _CLOCKS):
        yield Form(f"{day} {clock}", is_date=False, naive=True)


def _are_compact_dates(texts: Sequence[str]) -> bool:
    days = map(Form(_COMPACT, is_date=True).read, texts)
    return all(day is not None and day.year in _PLAUSIBLE_YEARS for day in days)


def _regex(pattern: str) -> re.Pattern[str]:
    parts = re.split("(yyyy|MM|dd|HH|mm|ss)", pattern)
    return re.compile("".join(_DIGITS.get(part, re.escape(part)) for part in parts))


def _iso_instant(text: str) -> datetime | None:
    if _ISO_INSTANT.fullmatch(text) is None:
        return None
    return _in_utc(datetime.fromisoformat(text))


def _in_utc(moment: datetime) -> datetime:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(ZONE))
    return aware.astimezone(UTC)
