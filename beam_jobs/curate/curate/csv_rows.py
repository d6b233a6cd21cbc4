"""Reads CSV: a record is a row, whose quoted fields may hold line ends."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from atvos.contract import Source, reasons
from curate.lines import LineBlocks
from curate.records import (
    KEPT_OF_LONG,
    MAX_RECORD,
    Block,
    Fault,
    Records,
    without_line_end,
)

BLANKS = " \t\r\n\v\f"
"""What may surround a CSV field without being part of it."""
MAX_LINES = 1_000
"""Lines that a row may span. Without a bound, one stray quote would have each row after it
searched to the end of the object."""


@dataclass(frozen=True, slots=True)
class Row:
    """A CSV row; ``fields`` is None where it could not be read, for ``reason``."""

    position: int
    line: bytes
    fields: list[str] | None
    reason: str = ""
    detail: str | None = None

    def fault(self, reason: str, detail: str | None = None) -> Fault:
        """This row as a reject."""
        return Fault(self.position, reason, without_line_end(self.line)[:MAX_RECORD], detail)


def read(blocks: LineBlocks, source: Source, wanted: Sequence[str]) -> Records:
    """The rows as blocks with the texts of the ``wanted`` columns; faults for the others."""
    reader = RowReader(source)
    columns = None if source.header is None else _Columns(source.header, wanted)
    for item in reader.read(blocks):
        if isinstance(item, Fault):
            yield item
            continue
        rows = item
        if columns is None and rows:
            columns = _Columns(_names(rows[0]), wanted)
            if columns.problem:
                yield rows[0].fault(reasons.HEADER, columns.problem)
                return
            rows = rows[1:]
        if columns is not None:
            yield from columns.block(rows, source.encoding)


def _names(row: Row) -> tuple[str, ...]:
    return tuple(name.strip(BLANKS) for name in row.fields or ())


class _Columns:
    """Where the wanted columns stand in a row."""

    def __init__(self, header: Sequence[str], wanted: Sequence[str]) -> None:
        self.width = len(header)
        self.problem = _problem(header, wanted)
        self._index = {} if self.problem else {name: header.index(name) for name in wanted}

    def block(self, rows: list[Row], encoding: str) -> Records:
        """The rows that have as many fields as the header, after the faults of the others."""
        good: list[Row] = []
        for row in rows:
            fault = self._fault(row, encoding)
            if fault is None:
                good.append(row)
            else:
                yield fault
        fields = list(zip(*(row.fields or () for row in good), strict=True))
        yield Block(
            np.fromiter((row.position for row in good), np.int64, len(good)),
            [row.line for row in good],
            {name: fields[i] if good else () for name, i in self._index.items()},
        )

    def _fault(self, row: Row, encoding: str) -> Fault | None:
        if row.fields is None:
            return row.fault(row.reason, row.detail)
        if not (row.line.isascii() or _decodes(row.line, encoding)):
            return row.fault(reasons.ENCODING, f"the bytes are not {encoding}")
        if len(row.line) > MAX_RECORD:
            return Fault(row.position, reasons.TOO_LONG, row.line[:KEPT_OF_LONG])
        if len(row.fields) != self.width:
            detail = f"{len(row.fields)} fields where the header has {self.width}"
            return row.fault(reasons.RAGGED_ROW, detail)
        return None


def _problem(header: Sequence[str], wanted: Sequence[str]) -> str | None:
    absent = [name for name in wanted if name not in header]
    double = [name for name in wanted if header.count(name) > 1]
    if absent:
        return "the header lacks " + ", ".join(absent)
    return "the header names twice " + ", ".join(double) if double else None


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


class RowReader:
    """Python's csv reader over lines, together with where each row stands."""

    def __init__(self, source: Source) -> None:
        self._delimiter = source.delimiter
        self._encoding = source.encoding
        # The default limit of a field is far below that of a record.
        csv.field_size_limit(2 * MAX_RECORD)

    def read(self, blocks: LineBlocks) -> Iterator[list[Row] | Fault]:
        """The rows of each block; a row that its block does not end waits for the next."""
        position, waiting = 0, b""
        for block in blocks:
            if isinstance(block, Fault):
                yield from self._last(position, waiting, block)
                waiting = b""
                continue
            position = block.position - len(waiting)
            rows, used = self._rows(position, waiting + block.content, last=False)
            yield rows
            waiting = (waiting + block.content)[used:]
            position += used
        if waiting:
            yield self._rows(position, waiting, last=True)[0]

    def _last(self, position: int, waiting: bytes, fault: Fault) -> Iterator[list[Row] | Fault]:
        """What still waits where the object breaks off, or a line is no record at all."""
        if waiting and fault.reason == reasons.UNREADABLE:
            line = (waiting + fault.line)[:KEPT_OF_LONG]
            yield Fault(position, fault.reason, line, fault.detail)
            return
        if waiting:
            yield self._rows(position, waiting, last=True)[0]
        yield fault

    def _rows(self, position: int, content: bytes, last: bool) -> tuple[list[Row], int]:
        """The rows that end within ``content``, and how many of its bytes they take.

        A row that does not end is left for later, but where it has no chance of ending its
        first line alone is a fault, and reading goes on after it.
        """
        lines = io.BytesIO(content).readlines()
        rows: list[Row] = []
        used = first = 0
        while first < len(lines):
            count, size = self._run(position + used, lines, first, rows)
            first += count
            used += size
            if first == len(lines):
                break
            pending = len(lines) - first
            if not last and pending <= MAX_LINES and len(content) - used <= MAX_RECORD:
                break
            rows.append(_unbalanced(position + used, lines[first]))
            used += len(lines[first])
            first += 1
        return rows, used

    def _run(
        self, position: int, lines: list[bytes], first: int, rows: list[Row]
    ) -> tuple[int, int]:
        """Append rows until one is not closed; the lines and bytes that were used."""
        feed = _Lines(lines, first, self._encoding)
        parser = csv.reader(feed, delimiter=self._delimiter)
        begin, start = first, position
        while True:
            fields: list[str] | None
            try:
                fields = next(parser)
            except StopIteration:
                break
            except csv.Error:
                fields = None
            if feed.dry:
                break
            line = lines[begin] if feed.at == begin + 1 else b"".join(lines[begin : feed.at])
            if fields is None:
                detail = "a carriage return outside quotes"
                rows.append(Row(start, line, None, reasons.RAGGED_ROW, detail))
            elif fields:
                rows.append(Row(start, line, fields))
            begin = feed.begin = feed.at
            start += len(line)
        return begin - first, start - position


class _Lines:
    """Decoded lines for the csv reader; ``dry`` once it asked for more than a row may have."""

    def __init__(self, lines: list[bytes], first: int, encoding: str) -> None:
        self._lines = lines
        self._encoding = encoding
        self.begin = self.at = first
        self.dry = False

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if self.at == len(self._lines) or self.at - self.begin == MAX_LINES:
            self.dry = True
            raise StopIteration
        line = self._lines[self.at]
        self.at += 1
        # Bytes that are not valid stay what they are; their row is a fault later.
        return line.decode(self._encoding, "surrogateescape")


def _unbalanced(position: int, line: bytes) -> Row:
    detail = "a quoted field is not closed"
    return Row(position, line, None, reasons.UNBALANCED_QUOTE, detail)
