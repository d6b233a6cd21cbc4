"""Decodes JSON records into columns, for the records that have the types of the contract."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from operator import attrgetter
from typing import Annotated, Any

import msgspec
import numpy as np
import numpy.typing as npt
import polars as pl

from atvos.contract import Column, Feed, LogicalType, SourcePath
from curate.lists import Lists
from curate.shape import Node, shape
from curate.values import INT64_MAX, INT64_MIN

Sources = dict[SourcePath, pl.Series | Lists]
"""The values of records by where they stand."""

_INT64 = Annotated[int, msgspec.Meta(ge=INT64_MIN, le=INT64_MAX)]
_TEXT = (str, pl.String)
_WHOLE = (_INT64, pl.Int64)
_TYPES: dict[LogicalType, tuple[Any, Any]] = {
    LogicalType.STRING: _TEXT,
    LogicalType.INTEGER: _WHOLE,
    LogicalType.NUMBER: (float, pl.Float64),
    LogicalType.BOOLEAN: (bool, pl.Boolean),
    LogicalType.DATE: _TEXT,
    LogicalType.TIMESTAMP: _TEXT,
}


class RecordDecoder:
    """A msgspec decoder of the attributes that a contract reads; it skips all others."""

    def __init__(self, feed: Feed) -> None:
        self._object = _Object(shape(feed.read_columns))
        self._decoder = msgspec.json.Decoder(self._object.type)

    def columns(self, lines: Sequence[bytes]) -> tuple[Sources, npt.NDArray[np.intp], list[int]]:
        """The values of the records, the numbers of the lines in them, and those left out."""
        records, failed = self._records(lines)
        if not _are_utf8(lines):
            failed = sorted({*failed, *_not_utf8(lines)})
        kept = np.delete(np.arange(len(lines)), failed)
        good = [records[index] for index in kept] if failed else records
        return self._object.attributes(good), kept, failed

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


class _Object:
    """Objects of which attributes are read."""

    def __init__(self, node: Node) -> None:
        self._readers = [
            (f"f{i}", name, _reader(child))
            for i, (name, child) in enumerate(node.attributes.items())
        ]
        fields = [(field, reader.type | None, None) for field, _, reader in self._readers]
        names = {field: name for field, name, _ in self._readers}
        # Records hold no references to one another, so the collector need not look at them.
        self.type: Any = msgspec.defstruct("Record", fields, rename=names, gc=False)
        self._empty = self.type()

    def columns(self, values: list[Any]) -> Sources:
        """What is read of the objects; nothing of None."""
        return self.attributes([self._empty if value is None else value for value in values])

    def attributes(self, records: list[Any]) -> Sources:
        """What is read of the objects."""
        return {
            (name, *path): part
            for field, name, reader in self._readers
            for path, part in reader.columns(list(map(attrgetter(field), records))).items()
        }


class _Scalar:
    """Values without parts."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.type, self._dtype = _agreed(columns)

    def columns(self, values: list[Any]) -> Sources:
        """The values as they are."""
        return {(): pl.Series(values, dtype=self._dtype)}


class _Array:
    """Arrays whose elements are read."""

    def __init__(self, node: Node, item: Column) -> None:
        elements = _Scalar([item]) if node.elements is None else _Object(node.elements)
        self._elements = elements
        self.type: Any = list[elements.type]  # type: ignore[name-defined]  # made of a contract

    def columns(self, values: list[Any]) -> Sources:
        """The arrays; None is none."""
        flat = list(chain.from_iterable(value for value in values if value))
        lengths = np.fromiter((len(value or ()) for value in values), np.int64, len(values))
        present = np.fromiter((value is not None for value in values), np.bool_, len(values))
        return {(): Lists(present, lengths, self._elements.columns(flat))}


def _reader(node: Node) -> _Object | _Array | _Scalar:
    if node.attributes:
        return _Object(node)
    return _Scalar(node.columns) if node.item is None else _Array(node, node.item)


def _agreed(columns: Sequence[Column]) -> tuple[Any, Any]:
    """The Python and polars type that all columns want; one that nothing has if they differ."""
    first, *others = map(_wanted, columns)
    return first if all(other == first for other in others) else (type(None), pl.String)


def _wanted(column: Column) -> tuple[Any, Any]:
    if column.source_pattern is not None:
        return _TEXT
    return _WHOLE if column.epoch_unit is not None else _TYPES[column.type]


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
