"""Types whole columns, and finds the values that keep their column's constraints."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from functools import reduce

import numpy as np
import numpy.typing as npt
import polars as pl

from atvos.contract import Column, LogicalType
from curate import timestamps
from curate.values import EPOCH_UNITS, INT64_MAX, INT64_MIN, matched
from curate.zones import FIRST, LAST

Flags = npt.NDArray[np.bool_]
_LONGEST = 2**32 - 1
"""More characters than any text here has."""


def typed(column: Column, found: pl.Series, decimal_mark: str) -> pl.Series:
    """The values of texts or JSON values, dates as days and instants as microseconds since 1970.

    Null where a value is none of the column's type, or may be none.
    """
    if column.source_pattern is not None:
        pattern = column.source_pattern
        found = mapped(found, {text: matched(pattern, text) for text in _distinct(found)})
    if column.epoch_unit is not None:
        whole = _from_texts(LogicalType.INTEGER, found, decimal_mark)
        return _instants(whole, EPOCH_UNITS[column.epoch_unit])
    match column.type:
        case LogicalType.DATE:
            return timestamps.dates(found, column.format)
        case LogicalType.TIMESTAMP:
            return timestamps.instants(found, column.format, column.time_zone)
    return _from_texts(column.type, found, decimal_mark)


def mapped(texts: pl.Series, values: Mapping[str, str | None]) -> pl.Series:
    """The texts with each replaced by its value; ``values`` has every text there is."""
    if not values:
        return texts
    return texts.replace_strict(list(values), list(values.values()), return_dtype=pl.String)


def _distinct(texts: pl.Series) -> pl.Series:
    return texts.unique().drop_nulls()


def _instants(counts: pl.Series, unit: int) -> pl.Series:
    """Microseconds of counts of ``unit`` microseconds, null outside the years 1 to 9999."""
    inside = counts.is_between(-(-FIRST // unit), LAST // unit)
    return counts.set(~inside, None) * unit


def _from_texts(kind: LogicalType, texts: pl.Series, decimal_mark: str) -> pl.Series:
    """Integers, numbers or booleans of CSV texts, null where a text is none; others as they are."""
    if texts.dtype != pl.String or kind is LogicalType.STRING:
        return texts
    match kind:
        case LogicalType.INTEGER:
            numeric = texts.set(~texts.str.contains(r"^[+-]?[0-9]{1,19}$"), None)
            return numeric.cast(pl.Int64, strict=False)
        case LogicalType.NUMBER:
            mark = re.escape(decimal_mark)
            numeric = texts.set(~texts.str.contains(rf"^[+-]?[0-9]+(?:{mark}[0-9]+)?$"), None)
            point = numeric.str.replace(decimal_mark, ".", literal=True)
            return point.cast(pl.Float64, strict=False)
        case _:
            lower = texts.str.to_lowercase()
            return (lower == "true").set(~lower.is_in(["true", "false"]), None)


def constraints(column: Column, values: pl.Series) -> Flags:
    """The values that are there and keep enum, length, pattern and bounds."""
    if column.type in (LogicalType.INTEGER, LogicalType.NUMBER):
        return _in_bounds(column, values)
    kept = [flags(values.is_not_null())]
    if column.enum:
        kept.append(flags(values.is_in(list(column.enum))))
    if column.min_length is not None or column.max_length is not None:
        shortest, longest = column.min_length or 0, column.max_length
        longest = _LONGEST if longest is None else longest
        kept.append(flags(values.str.len_chars().is_between(shortest, longest)))
    if column.pattern is not None:
        # Python's own engine: another one reads some patterns differently.
        search = re.compile(column.pattern).search
        kept.append(flags(values.is_in([text for text in _distinct(values) if search(text)])))
    return all_of(kept)


def all_of(kept: Iterable[Flags]) -> Flags:
    """The rows that have all of the flags."""
    first, *others = kept
    return reduce(np.logical_and, others, first)


def flags(values: pl.Series) -> Flags:
    """Booleans as numpy's, null as false."""
    return values.fill_null(value=False).to_numpy(writable=True)


def _in_bounds(column: Column, values: pl.Series) -> Flags:
    low, high = column.minimum, column.maximum
    if column.type is LogicalType.INTEGER:
        # Whole bounds, as comparing large integers with doubles would round them.
        least = INT64_MIN if low is None else max(math.ceil(low), INT64_MIN)
        most = INT64_MAX if high is None else min(math.floor(high), INT64_MAX)
        return flags(values.is_between(least, most))
    numbers = values.to_numpy()  # null is NaN, which is nowhere between
    kept: Flags = np.isfinite(numbers)
    if low is not None:
        kept &= numbers >= low
    if high is not None:
        kept &= numbers <= high
    return kept


def unscaled(values: pl.Series, precision: int, scale: int) -> tuple[pl.Series, Flags]:
    """The doubles times 10^scale as whole numbers, rounded half to even, and which fit."""
    with np.errstate(over="ignore"):  # what overflows does not fit
        scaled = np.rint(values.to_numpy() * 10.0**scale)
    fits: Flags = np.abs(scaled) < 10.0**precision  # false for null, which numpy has as NaN
    if fits.all():
        return pl.Series(scaled.astype(np.int64)), fits
    whole = pl.Series(np.where(fits, scaled, 0).astype(np.int64))
    return whole.set(~pl.Series(fits), None), fits
