"""Decodes JSON records into columns, for the records that have the types of the contract."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Annotated, Any

import msgspec
import numpy as np
import numpy.typing as npt
import polars as pl

from atvos.contract import Feed, LogicalType
from curate.values import INT64_MAX, INT64_MIN

_INT64 = Annotated[int, msgspec.Meta(ge=INT64_MIN, le=INT64_MAX)]
_TYPES: dict[LogicalType, tuple[Any, Any]] = {
    LogicalType.STRING: (str, pl.String),
    LogicalType.INTEGER: (_INT64, pl.Int64),
    LogicalType.NUMBER: (float, pl.Float64),
    LogicalType.BOOLEAN: (bool, pl.Boolean),
    LogicalType.DATE: (str, pl.String),
    LogicalType.TIMESTAMP: (str, pl.String),
}


class RecordDecoder:
    """A msgspec decoder of the attributes that a contract reads; it skips all others."""

    def __init__(self, feed: Feed) -> None:
        self._types = _source_types(feed)
        fields = [
            (f"f{i}", python | None, None) for i, (python, _) in enumerate(self._types.values())
        ]
        names = {f"f{i}": name for i, name in enumerate(self._types)}
        # Records hold no references to one another, so the collector need not look at them.
        record = msgspec.defstruct("Record", fields, rename=names, gc=False)
        self._decoder = msgspec.json.Decoder(record)

    def columns(
        self, lines: Sequence[bytes]
    ) -> tuple[dict[str, pl.Series], npt.NDArray[np.intp], list[int]]:
        """A series per attribute, the numbers of the lines in them, and those left out."""
        records, failed = self._records(lines)
        if not _are_utf8(lines):
            failed = sorted({*failed, *_not_utf8(lines)})
        kept = np.delete(np.arange(len(lines)), failed)
        good = [records[index] for index in kept] if failed else records
        series = {
            name: pl.Series(list(map(attrgetter(f"f{i}"), good)), dtype=dtype)
            for i, (name, (_, dtype)) in enumerate(self._types.items())
        }
        return series, kept, failed

    def _records(self, lines: Sequence[bytes]) -> tuple[list[Any], list[int]]:
        """An object per line, None where the line has another shape, and their numbers."""
        records: list[Any] = []
        failed: list[int] = []
        rest = iter(lines)
        while True:
            try:
                # Runs in C up to a line that fails, and keeps what came before it.
                records.extend(map(self._decoder.decode, rest))
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                failed.append(len(records))
                records.append(None)
            else:
                return records, failed


def _source_types(feed: Feed) -> dict[str, tuple[Any, Any]]:
    """The Python and polars type of each attribute; one that columns disagree on has none."""
    types: dict[str, tuple[Any, Any]] = {}
    for column in feed.read_columns:
        for name in column.sources:
            wanted = _TYPES[column.type]
            if types.setdefault(name, wanted) != wanted:
                types[name] = (type(None), pl.String)
    return types


def _are_utf8(lines: Sequence[bytes]) -> bool:
    """Whether all lines are valid UTF-8: the decoder does not look into what it skips."""
    joined = b"\n".join(lines)
    return joined.isascii() or not _not_utf8([joined])


def _not_utf8(lines: Sequence[bytes]) -> list[int]:
    wrong = []
    for index, line in enumerate(lines):
        try:
            line.decode()
        except UnicodeDecodeError:
            wrong.append(index)
    return wrong
