"""The fast judge: proves whole columns good. What it cannot prove is for the scalar judge.

It may doubt a good value; it must never pass a bad one, nor read a value differently.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np
import polars as pl

from atvos.contract import Column, Feed, LogicalType, Source
from curate import timestamps
from curate.judge import Window, event_column
from curate.schema import frame_type
from curate.values import BLANKS, INT64_MAX, INT64_MIN, null_numbers
from curate.zones import DAY, microseconds


class Prover:
    """Types and checks the columns of a block; arguments are those of ``Judge``."""

    def __init__(self, feed: Feed, source: Source, now: datetime) -> None:
        self._columns = feed.read_columns
        event = event_column(feed)
        self._event = None if event is None else event.name
        self._window = Window.of(feed, now)
        self._decimal_mark = source.decimal_mark

    def prove(self, sources: Mapping[str, pl.Series]) -> tuple[pl.DataFrame, pl.Series]:
        """The typed columns that are read, and a flag for each row that is proven good.

        ``sources`` has a series per attribute or header name, all texts where they are CSV.
        """
        typed: dict[str, pl.Series] = {}
        good = pl.Series([True]).new_from_index(0, _height(sources))
        for column in self._columns:
            found = _non_null(column, [sources[name] for name in column.sources])
            values, proven = self._column(column, found)
            good &= (found.is_null() & (not column.required)) | proven.fill_null(value=False)
            typed[column.name] = values.cast(frame_type(column))
        return pl.DataFrame(typed), good

    def _column(self, column: Column, found: pl.Series) -> tuple[pl.Series, pl.Series]:
        """The values as the frame's physical type, and where they keep all constraints."""
        values = self._read(column, found)
        proven = values.is_not_null() & _constraints(column, values)
        if column.name == self._event:
            proven &= self._in_window(values * (DAY if column.type is LogicalType.DATE else 1))
        if column.precision_scale is not None:
            values, fits = _unscaled(values, *column.precision_scale)
            proven &= fits
        return values, proven

    def _read(self, column: Column, found: pl.Series) -> pl.Series:
        match column.type:
            case LogicalType.DATE:
                return timestamps.dates(found, column.format)
            case LogicalType.TIMESTAMP:
                return timestamps.instants(found, column.format, column.time_zone)
        if found.dtype != pl.String or column.type is LogicalType.STRING:
            return found
        return _from_texts(column.type, found, self._decimal_mark)

    def _in_window(self, instants: pl.Series) -> pl.Series:
        inside = instants.is_not_null()
        if self._window.latest is not None:
            inside &= instants <= microseconds(self._window.latest)
        if self._window.earliest is not None:
            inside &= instants >= microseconds(self._window.earliest)
        return inside


def csv_sources(texts: Mapping[str, Sequence[str]]) -> dict[str, pl.Series]:
    """The fields of CSV rows without surrounding blanks, blank ones null."""
    series = {name: pl.Series(values, dtype=pl.String) for name, values in texts.items()}
    stripped = {name: texts.str.strip_chars(BLANKS) for name, texts in series.items()}
    return {name: texts.set(texts == "", None) for name, texts in stripped.items()}


def _height(sources: Mapping[str, pl.Series]) -> int:
    return len(next(iter(sources.values())))


def _non_null(column: Column, parts: list[pl.Series]) -> pl.Series:
    """The column's values from those of its sources, null where they mean null."""
    parts = [_without_nulls(column, part) for part in parts]
    if len(parts) == 1:
        return parts[0]
    frame = pl.DataFrame({str(i): part for i, part in enumerate(parts)})
    joined = frame.select(pl.concat_str(pl.all(), separator=" ")).to_series()
    return _without_nulls(column, joined)


def _without_nulls(column: Column, found: pl.Series) -> pl.Series:
    if not column.null_values:
        return found
    if found.dtype == pl.String:
        return found.set(found.is_in(list(column.null_values)), None)
    if found.dtype in (pl.Int64, pl.Float64):
        return found.set(found.cast(pl.Float64).is_in(list(null_numbers(column))), None)
    return found


def _from_texts(kind: LogicalType, texts: pl.Series, decimal_mark: str) -> pl.Series:
    """Integers, numbers or booleans from CSV texts, null where a text is none."""
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


def _constraints(column: Column, values: pl.Series) -> pl.Series:
    kept = values.is_not_null()
    if column.enum:
        kept &= values.is_in(list(column.enum))
    if column.min_length is not None:
        kept &= values.str.len_chars() >= column.min_length
    if column.max_length is not None:
        kept &= values.str.len_chars() <= column.max_length
    if column.pattern is not None:
        # Python's own engine: another one reads some patterns differently.
        search = re.compile(column.pattern).search
        kept &= values.is_in([text for text in values.unique().drop_nulls() if search(text)])
    if column.type in (LogicalType.INTEGER, LogicalType.NUMBER):
        kept &= _in_bounds(column, values)
    return kept


def _in_bounds(column: Column, values: pl.Series) -> pl.Series:
    kept = values.is_finite() if values.dtype == pl.Float64 else values.is_not_null()
    low, high = column.minimum, column.maximum
    if column.type is LogicalType.INTEGER:
        # Whole bounds, as comparing large integers with doubles would round them.
        low = None if low is None else max(math.ceil(low), INT64_MIN)
        high = None if high is None else min(math.floor(high), INT64_MAX)
    if low is not None:
        kept &= values >= low
    if high is not None:
        kept &= values <= high
    return kept


def _unscaled(values: pl.Series, precision: int, scale: int) -> tuple[pl.Series, pl.Series]:
    """The doubles times 10^scale as whole numbers, rounded half to even, and which fit."""
    with np.errstate(over="ignore"):  # what overflows does not fit
        scaled = np.rint(values.to_numpy() * 10.0**scale)
    fits = np.abs(scaled) < 10.0**precision  # false for null, which numpy has as NaN
    whole = pl.Series(np.where(fits, scaled, 0).astype(np.int64))
    return whole.set(~pl.Series(fits), None), pl.Series(fits)
