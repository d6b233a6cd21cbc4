"""Reads one value as its column's type: the specification's rules on type, format, constraint.

A timestamp becomes an aware datetime, a date a date, and a NUMERIC(p, s) the integer
that is its value times 10^s.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from atvos.contract import Column, EpochUnit, LogicalType, reasons
from curate.layouts import HOURS, ISO_DATE, MINUTES, layout
from curate.zones import EPOCH, FIRST, LAST, SECOND

Scalar: TypeAlias = str | int | float | bool | date | datetime | None
Value: TypeAlias = Scalar | list[Any]
"""An array is the list of its elements, each a scalar or a mapping of its fields."""

BLANKS = " \t\r\n\v\f"
"""What may surround a CSV field without being part of it."""
INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1
EPOCH_UNITS = {EpochUnit.MILLISECONDS: SECOND // 1000, EpochUnit.SECONDS: SECOND}
"""Microseconds that a unit has."""
_INTEGER = re.compile(r"[+-]?[0-9]+")
_NUMBER = {mark: re.compile(rf"[+-]?[0-9]+(?:{re.escape(mark)}[0-9]+)?") for mark in ".,"}
_NUMERIC_TYPES = (LogicalType.INTEGER, LogicalType.NUMBER)
_BOOLEANS = {"true": True, "false": False}
_ISO_TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[T ]([0-9]{2}):([0-9]{2}):([0-9]{2})"
    r"(?:\.([0-9]{1,9}))?(?:Z|([+-])([0-9]{2}):([0-9]{2}))?"
)


class RefusedError(Exception):
    """A value breaks a rule; ``kind`` is the reason code without the column.

    ``detail`` says what happened, and quotes no value.
    """

    def __init__(self, kind: str, detail: str | None = None) -> None:
        super().__init__(kind, detail)
        self.kind = kind
        self.detail = detail


def is_null(column: Column, value: object) -> bool:
    """Whether a value of the source means null."""
    if isinstance(value, str):
        return value in column.null_values
    if isinstance(value, int | float) and not isinstance(value, bool):
        return as_double(value) in column.null_numbers
    return value is None


def as_double(number: float) -> float:
    """The double nearest to a number; infinite where there is none."""
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def from_json(column: Column, value: object) -> Scalar:
    """The typed value of a JSON value that is not null; RefusedError(type, format or range)."""
    kind = column.type
    if column.source_pattern is not None:
        if isinstance(value, str):
            return from_text(column, value, ".")
    elif isinstance(value, bool):
        if kind is LogicalType.BOOLEAN:
            return value
    elif isinstance(value, int | float):
        if column.epoch_unit is not None:
            return _counted(_json_integer(value), column.epoch_unit)
        if kind in _NUMERIC_TYPES:
            return _json_integer(value) if kind is LogicalType.INTEGER else as_double(value)
    elif isinstance(value, str) and column.epoch_unit is None:
        if kind is LogicalType.STRING:
            return value
        if kind in (LogicalType.DATE, LogicalType.TIMESTAMP):
            return _date_or_time(column, value)
    raise RefusedError(reasons.TYPE)


def from_text(column: Column, text: str, decimal_mark: str) -> Scalar:
    """The typed value of a CSV text that is not null; RefusedError(format or range)."""
    if column.source_pattern is not None:
        found = matched(column.source_pattern, text)
        if found is None:
            raise RefusedError(reasons.FORMAT)
        text = found
    match column.type:
        case LogicalType.STRING:
            return text
        case LogicalType.INTEGER if _INTEGER.fullmatch(text):
            return _whole(text)
        case LogicalType.NUMBER if _NUMBER[decimal_mark].fullmatch(text):
            return float(text.replace(decimal_mark, "."))
        case LogicalType.BOOLEAN if text.lower() in _BOOLEANS:
            return _BOOLEANS[text.lower()]
        case LogicalType.TIMESTAMP if column.epoch_unit is not None:
            if _INTEGER.fullmatch(text):
                return _counted(_whole(text), column.epoch_unit)
        case LogicalType.DATE | LogicalType.TIMESTAMP:
            return _date_or_time(column, text)
    raise RefusedError(reasons.FORMAT)


def matched(pattern: str, text: str) -> str | None:
    """What the pattern's one group matches where the pattern is first found; None for nothing."""
    match = re.search(pattern, text)
    return None if match is None else match[1]


def broken_constraints(column: Column, value: Scalar) -> list[str]:
    """The kinds of the constraints that a typed value breaks, before it is stored."""
    if isinstance(value, str):
        return _broken_by_text(column, value)
    if column.type in _NUMERIC_TYPES and not _in_range(column, value):
        return [reasons.RANGE]
    return []


def stored(column: Column, value: Scalar) -> Scalar:
    """What the table keeps of a value that breaks no constraint."""
    if column.precision_scale is None or not isinstance(value, float):
        return value
    return round(value * 10.0 ** column.precision_scale[1])


def _json_integer(value: float) -> int:
    if isinstance(value, int):
        return value
    if math.isinf(value):
        raise RefusedError(reasons.RANGE)
    if not value.is_integer():
        raise RefusedError(reasons.TYPE)
    return int(value)


def _counted(number: int, unit: EpochUnit) -> datetime:
    """The instant so many units after 1970."""
    instant = number * EPOCH_UNITS[unit]
    if not FIRST <= instant <= LAST:
        raise RefusedError(reasons.RANGE)
    return EPOCH + timedelta(microseconds=instant)


def _whole(text: str) -> int:
    # Python refuses to read thousands of digits; 64 bits have no more than 19.
    digits = text.lstrip("+-").lstrip("0") or "0"
    if len(digits) > len(str(INT64_MAX)):
        raise RefusedError(reasons.RANGE)
    return -int(digits) if text.startswith("-") else int(digits)


def _broken_by_text(column: Column, text: str) -> list[str]:
    broken = []
    if column.enum and text not in column.enum:
        broken.append(reasons.ENUM)
    shortest, longest = column.min_length or 0, column.max_length
    if len(text) < shortest or (longest is not None and len(text) > longest):
        broken.append(reasons.LENGTH)
    if column.pattern is not None and not re.search(column.pattern, text):
        broken.append(reasons.PATTERN)
    return broken


def _in_range(column: Column, value: Scalar) -> bool:
    assert isinstance(value, int | float)
    if column.minimum is not None and value < column.minimum:
        return False
    if column.maximum is not None and value > column.maximum:
        return False
    if column.type is LogicalType.INTEGER:
        return INT64_MIN <= value <= INT64_MAX
    if column.precision_scale is None:
        return math.isfinite(value)
    precision, scale = column.precision_scale
    scaled = value * 10.0**scale
    return math.isfinite(scaled) and abs(round(scaled)) < 10**precision


def _date_or_time(column: Column, text: str) -> date | datetime:
    try:
        if column.type is LogicalType.DATE:
            return _by_layout(text, column.format or ISO_DATE).date()
        if column.format is not None:
            return _instant(_by_layout(text, column.format), column.time_zone)
        return _iso_instant(text, column.time_zone)
    except (ValueError, OverflowError) as error:
        raise RefusedError(reasons.FORMAT) from error


def _by_layout(text: str, pattern: str) -> datetime:
    match = layout(pattern).regex.fullmatch(text)
    if match is None:
        raise ValueError("another layout")
    found = {name: int(digits) for name, digits in match.groupdict().items()}
    hour, minute, second = (found.get(name, 0) for name in "HMS")
    return datetime(found["Y"], found["m"], found["d"], hour, minute, second)  # noqa: DTZ001


def _iso_instant(text: str, zone: str | None) -> datetime:
    match = _ISO_TIME.fullmatch(text)
    if match is None:
        raise ValueError("another layout")
    *calendar, fraction, sign, hours, minutes = match.groups()
    microsecond = int((fraction or "").ljust(6, "0")[:6])
    year, month, day, hour, minute, second = map(int, calendar)
    local = datetime(year, month, day, hour, minute, second, microsecond)  # noqa: DTZ001
    if text.endswith("Z"):
        return local.replace(tzinfo=UTC)
    if sign is None:
        return _instant(local, zone)
    if int(hours) >= HOURS or int(minutes) >= MINUTES:
        raise ValueError("no offset")
    ahead = timedelta(hours=int(hours), minutes=int(minutes))
    return local.replace(tzinfo=UTC) - (-ahead if sign == "-" else ahead)


def _instant(local: datetime, zone: str | None) -> datetime:
    if zone is None:
        raise ValueError("no time zone")
    # With fold 0, zoneinfo takes the first of two instants, and the earlier offset in a gap.
    return local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
