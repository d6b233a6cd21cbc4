"""The fast judge: proves whole columns good. What it cannot prove is for the scalar judge.

It may doubt a good value; it must never pass a bad one, nor read a value differently.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import polars as pl

from atvos.contract import Column, Feed, LogicalType, Source, SourcePath
from curate import row_rules
from curate.judge import Window, event_column
from curate.lists import Lists, fold
from curate.schema import frame_type
from curate.values import BLANKS
from curate.vectors import Flags, all_of, constraints, flags, typed, unscaled
from curate.zones import DAY, FIRST, LAST, microseconds

Sources = Mapping[SourcePath, pl.Series | Lists]
"""The values by where they stand: all texts where they are CSV."""


class Prover:
    """Types and checks the columns of a block; arguments are those of ``Judge``."""

    def __init__(self, feed: Feed, source: Source, now: datetime) -> None:
        self._columns = feed.read_columns
        self._rules = feed.row_rules
        self._event = event_column(feed)
        self._window = Window.of(feed, now)
        self._decimal_mark = source.decimal_mark

    def prove(self, sources: Sources) -> tuple[pl.DataFrame, Flags]:
        """The typed columns that are read, and a flag for each row that is proven good."""
        judged = {column.name: self._judged(column, sources) for column in self._columns}
        frame = pl.DataFrame({name: values for name, (values, _) in judged.items()})
        good = all_of(kept for _, kept in judged.values())
        for rule in self._rules:
            good &= row_rules.proven(rule, frame).to_numpy()
        return frame, good

    def _judged(self, column: Column, sources: Sources) -> tuple[pl.Series, Flags]:
        """The column's values, and where they or their being null are proven good."""
        found = [sources[path] for path in column.sources]
        if column.items is not None:
            (lists,) = found
            assert isinstance(lists, Lists)
            return self._array(column, column.items, lists)
        values = _non_null(column, [part for part in found if isinstance(part, pl.Series)])
        kept, good = self._column(column, values)
        if not column.required and values.null_count():
            good |= values.is_null().to_numpy()
        return _as(kept, frame_type(column)), good

    def _array(self, column: Column, item: Column, lists: Lists) -> tuple[pl.Series, Flags]:
        """The arrays, and where all their elements are proven good."""
        elements, kept = self._elements(item, lists.sources)
        good = lists.all_of(kept)
        if column.required:
            good &= lists.present
        return _as(fold(elements, lists.lengths), frame_type(column)), good

    def _elements(self, item: Column, sources: Sources) -> tuple[pl.Series, Flags]:
        if not item.fields:
            return self._judged(item, sources)
        judged = {field.name: self._judged(field, sources) for field in item.fields}
        frame = pl.DataFrame({name: values for name, (values, _) in judged.items()})
        return frame.to_struct(), all_of(kept for _, kept in judged.values())

    def _column(self, column: Column, found: pl.Series) -> tuple[pl.Series, Flags]:
        """The values as the frame's physical type, and where they keep all constraints."""
        values = typed(column, found, self._decimal_mark)
        proven = constraints(column, values)
        if column is self._event:
            proven &= self._in_window(values * DAY if column.type is LogicalType.DATE else values)
        if column.precision_scale is not None:
            values, fits = unscaled(values, *column.precision_scale)
            proven &= fits
        return values, proven

    def _in_window(self, instants: pl.Series) -> Flags:
        low, high = self._window.earliest, self._window.latest
        inside = instants.is_between(
            FIRST if low is None else microseconds(low),
            LAST if high is None else microseconds(high),
        )
        return flags(inside)


def csv_sources(texts: Mapping[str, Sequence[str]]) -> dict[SourcePath, pl.Series]:
    """The fields of CSV rows without surrounding blanks, blank ones null."""
    series = {(name,): pl.Series(values, dtype=pl.String) for name, values in texts.items()}
    stripped = {path: texts.str.strip_chars(BLANKS) for path, texts in series.items()}
    return {path: texts.set(texts == "", None) for path, texts in stripped.items()}


def _as(values: pl.Series, kind: Any) -> pl.Series:
    return values if values.dtype == kind else values.cast(kind)


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
        return found.set(found.cast(pl.Float64).is_in(list(column.null_numbers)), None)
    return found
