"""Decodes JSON records into columns, for the records that have the types of the contract."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from operator import attrgetter
from typing import Annotated, Any, TypeAlias

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

_AT_ONCE = 2048
"""Records that are objects at once: those of a whole block would fall out of the caches."""

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
        sink = self._object.sink()
        failed: list[int] = []
        for first in range(0, len(lines), _AT_ONCE):
            records, wrong = self._records(lines[first : first + _AT_ONCE])
            sink.add([record for record in records if record is not None] if wrong else records)
            failed += [first + index for index in wrong]
        return sink.sources(), np.delete(np.arange(len(lines)), failed), failed

    def _records(self, lines: Sequence[bytes]) -> tuple[list[Any], list[int]]:
        """An object per line, None where the line has another shape, and their numbers."""
        records, failed = self._decoded(lines)
        if not _are_utf8(lines):
            failed = sorted({*failed, *_not_utf8(lines)})
            for index in failed:
                records[index] = None
        return records, failed

    def _decoded(self, lines: Sequence[bytes]) -> tuple[list[Any], list[int]]:
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
        self._readers = [(name, _reader(child)) for name, child in node.attributes.items()]
        fields = [
            (f"f{i}", reader.type | None, None) for i, (_, reader) in enumerate(self._readers)
        ]
        names = {f"f{i}": name for i, (name, _) in enumerate(self._readers)}
        # Records hold no references to one another, so the collector need not look at them.
        self.type: Any = msgspec.defstruct("Record", fields, rename=names, gc=False)

    def sink(self) -> _ObjectSink:
        """Where the values of a block's objects are gathered."""
        parts = [
            (attrgetter(f"f{i}"), name, reader.sink())
            for i, (name, reader) in enumerate(self._readers)
        ]
        return _ObjectSink(self.type(), parts)


@dataclass(slots=True)
class _ObjectSink:
    """Gathers what is read of objects; nothing of None."""

    empty: Any
    parts: list[tuple[attrgetter[Any], str, _Sink]]

    def add(self, values: Iterable[Any]) -> None:
        records = [self.empty if value is None else value for value in values]
        for get, _, sink in self.parts:
            sink.add(map(get, records))

    def sources(self) -> Sources:
        return {
            (name, *path): part
            for _, name, sink in self.parts
            for path, part in sink.sources().items()
        }


class _Scalar:
    """Values without parts."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.type, self._dtype = _agreed(columns)

    def sink(self) -> _ScalarSink:
        """Where a block's values are gathered."""
        return _ScalarSink(self._dtype)


@dataclass(slots=True)
class _ScalarSink:
    """Gathers values as they are."""

    dtype: Any
    values: list[Any] = field(default_factory=list)

    def add(self, values: Iterable[Any]) -> None:
        self.values.extend(values)

    def sources(self) -> Sources:
        return {(): pl.Series(self.values, dtype=self.dtype)}


class _Array:
    """Arrays whose elements are read."""

    def __init__(self, node: Node, item: Column) -> None:
        elements = _Scalar([item]) if node.elements is None else _Object(node.elements)
        self._elements = elements
        self.type: Any = list[elements.type]  # type: ignore[name-defined]  # made of a contract

    def sink(self) -> _ArraySink:
        """Where a block's arrays are gathered."""
        return _ArraySink(self._elements.sink())


@dataclass(slots=True)
class _ArraySink:
    """Gathers the elements of arrays; None is none."""

    elements: _Sink
    lengths: list[int] = field(default_factory=list)
    present: list[bool] = field(default_factory=list)

    def add(self, values: Iterable[Any]) -> None:
        arrays = list(values)
        self.lengths.extend(len(array or ()) for array in arrays)
        self.present.extend(array is not None for array in arrays)
        self.elements.add(chain.from_iterable(array for array in arrays if array))

    def sources(self) -> Sources:
        lengths = np.array(self.lengths, np.int64)
        return {(): Lists(np.array(self.present, np.bool_), lengths, self.elements.sources())}


_Sink: TypeAlias = _ObjectSink | _ArraySink | _ScalarSink


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
