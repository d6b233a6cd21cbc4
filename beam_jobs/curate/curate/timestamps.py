"""Strict parsing of whole columns of dates and times, by arithmetic on their digits.

Texts of one length lie as a matrix of bytes, a row per text, so that a digit is a column.
What is not proven valid is null: the scalar judge looks at it again.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np
import numpy.typing as npt
import polars as pl

from curate.layouts import HOURS, ISO_DATE, ISO_TIME, MINUTES, MONTHS, SECONDS, Layout, layout
from curate.zones import DAY, FIRST, HOUR, LAST, MINUTE, SECOND, Int64s, to_utc

Bytes = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]

_ZERO, _NINE, _BLANK, _POINT, _Z, _PLUS, _MINUS, _COLON = b"09 .Z+-:"
_ISO = layout(ISO_TIME)
_CLOCK = (("H", HOUR, HOURS), ("M", MINUTE, MINUTES), ("S", SECOND, SECONDS))
_T_AT = ISO_TIME.index("T") + 2  # %Y has two letters and four digits
_OFFSET, _COLON_AT = 6, 3  # of +00:00, from the end
_FRACTIONS = (0, *range(2, 11))  # a point and one to nine digits, or nothing
_ISO_LENGTHS = {_ISO.width + f + tail for f, tail in product(_FRACTIONS, (0, 1, _OFFSET))}


def dates(texts: pl.Series, pattern: str | None) -> pl.Series:
    """Days since 1970 (Int64) of dates that are written as ``pattern``, null for ISO 8601."""
    form = layout(pattern or ISO_DATE)
    days = np.zeros(len(texts), np.int64)
    proven = np.zeros(len(texts), np.bool_)
    for where, chars in _matrices(texts, {form.width}):
        local, proven[where] = _local(chars, form)
        days[where] = local // DAY
    return _series(days, proven)


def instants(texts: pl.Series, pattern: str | None, zone: str | None) -> pl.Series:
    """Microseconds since 1970 (Int64) of times that are written as ``pattern``.

    None is ISO 8601; ``zone`` is that of times without an offset.
    """
    moments = np.zeros(len(texts), np.int64)
    proven = np.zeros(len(texts), np.bool_)
    lengths = {layout(pattern).width} if pattern else _ISO_LENGTHS
    for where, chars in _matrices(texts, lengths):
        if pattern:
            local, good = _local(chars, layout(pattern))
            moments[where], proven[where] = _naive(local, good, zone)
        else:
            for part, values, good in _iso(chars, zone):
                moments[where[part]], proven[where[part]] = values, good
    proven &= (moments >= FIRST) & (moments <= LAST)
    return _series(moments, proven)


def _iso(chars: Bytes, zone: str | None) -> Iterator[tuple[npt.NDArray[np.intp], Int64s, Flags]]:
    """The rows that end in Z, in an offset and in neither: their numbers, instants, proofs."""
    zulu = chars[:, -1] == _Z
    signs = chars[:, -_OFFSET]
    offset = ((signs == _PLUS) | (signs == _MINUS)) & (chars[:, -_COLON_AT] == _COLON)
    tails = ((zulu, 1), (offset & ~zulu, _OFFSET), (~offset & ~zulu, 0))
    for mask, tail in tails:
        part = np.flatnonzero(mask)
        if not len(part) or chars.shape[1] - tail not in {_ISO.width + f for f in _FRACTIONS}:
            continue
        rows = chars if len(part) == len(chars) else chars[part]
        local, good = _with_fraction(rows[:, : chars.shape[1] - tail])
        if tail == 0:
            yield part, *_naive(local, good, zone)
        elif tail == 1:
            yield part, local, good
        else:
            shift, fits = _offset(rows[:, -_OFFSET:])
            yield part, local - shift, good & fits


def _with_fraction(chars: Bytes) -> tuple[Int64s, Flags]:
    """Local times of ISO texts without a zone; digits beyond microseconds are cut off."""
    head = chars[:, : _ISO.width].copy()
    head[head[:, _T_AT] == _BLANK, _T_AT] = _ISO.literals[_T_AT]
    local, good = _local(head, _ISO)
    digits = chars.shape[1] - _ISO.width - 1
    if digits > 0:
        good &= chars[:, _ISO.width] == _POINT
        fraction, numeric = _number(chars, _ISO.width + 1, digits)
        local += fraction * 10**6 // 10**digits
        good &= numeric
    return local, good


def _local(chars: Bytes, form: Layout) -> tuple[Int64s, Flags]:
    """Microseconds since 1970 of a calendar without zones, and which rows are such dates."""
    good = np.ones(len(chars), np.bool_)
    for at, literal in form.literals.items():
        good &= chars[:, at] == literal
    numbers = {}
    for name, (start, width) in form.numbers.items():
        numbers[name], numeric = _number(chars, start, width)
        good &= numeric
    year, month, day = numbers["Y"], numbers["m"], numbers["d"]
    months = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    days = months.astype("datetime64[D]") + (day - 1)
    # The days of another month are no days of this one, such as 30 February.
    good &= (
        (year >= 1) & (month >= 1) & (month <= MONTHS) & (days.astype("datetime64[M]") == months)
    )
    local = days.astype(np.int64) * DAY
    for name, unit, limit in _CLOCK:
        if name in numbers:
            good &= numbers[name] < limit
            local += numbers[name] * unit
    return local, good


def _offset(chars: Bytes) -> tuple[Int64s, Flags]:
    """Microseconds that local time with the offset ±HH:MM is ahead of UTC."""
    hours, hours_numeric = _number(chars, 1, 2)
    minutes, minutes_numeric = _number(chars, 4, 2)
    good = hours_numeric & minutes_numeric & (hours < HOURS) & (minutes < MINUTES)
    sign = np.where(chars[:, 0] == _MINUS, -1, 1)
    return sign * (hours * HOUR + minutes * MINUTE), good


def _naive(local: Int64s, good: Flags, zone: str | None) -> tuple[Int64s, Flags]:
    if zone is None:
        return local, np.zeros_like(good)
    # Times that are none may be far outside the calendar.
    moments, sure = to_utc(np.where(good, local, 0), zone)
    return moments, good & sure


def _number(chars: Bytes, start: int, width: int) -> tuple[Int64s, Flags]:
    """The number that ``width`` bytes spell, and in which rows they are all digits."""
    value = np.zeros(len(chars), np.int32)  # of nine digits at most
    numeric = np.ones(len(chars), np.bool_)
    for at in range(start, start + width):
        digit = chars[:, at] - np.uint8(_ZERO)  # what is below the zero wraps, far above nine
        numeric &= digit <= _NINE - _ZERO
        value = value * np.int32(10) + digit
    return value.astype(np.int64), numeric


def _matrices(texts: pl.Series, lengths: set[int]) -> Iterator[tuple[npt.NDArray[np.intp], Bytes]]:
    """For each of the lengths that occurs: the rows' numbers, and their bytes as a matrix."""
    starts, ends, content = _buffers(texts)
    sizes = ends - starts
    counts = np.bincount(np.minimum(sizes, max(lengths) + 1))
    for length in np.flatnonzero(counts):
        if length in lengths:
            where = np.flatnonzero(sizes == length)
            windows = np.lib.stride_tricks.sliding_window_view(content, int(length))
            yield where, windows[starts[where]]


def _buffers(texts: pl.Series) -> tuple[Int64s, Int64s, Bytes]:
    """Where each text begins and ends in the bytes of all, null as an empty one."""
    array = texts.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets, content = array.buffers()
    bounds = np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1]
    starts, ends = bounds[:-1], bounds[1:]
    if array.null_count:
        ends = np.where(texts.is_null().to_numpy(), starts, ends)
    return starts, ends, np.frombuffer(content or b"", np.uint8)


def _series(values: Int64s, proven: Flags) -> pl.Series:
    return pl.select(pl.when(pl.Series(proven)).then(pl.Series(values)).otherwise(None)).to_series()
