"""Finds the rows of a CSV, whose quoted fields may hold line ends, and where they stand."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import NamedTuple

from atvos.contract import Source, reasons
from curate.lines import LineBlocks
from curate.records import KEPT_OF_LONG, MAX_RECORD, Fault, without_line_end

MAX_LINES = 1_000
"""Lines that a row may span. Without a bound, one stray quote would have each row after it
searched to the end of the object."""


class Row(NamedTuple):
    """A CSV row; ``fields`` is None where it could not be read, for ``reason``.

    A tuple, as there is one per row and a tuple is made in a third of the time.
    """

    position: int
    line: bytes
    fields: list[str] | None
    reason: str = ""
    detail: str | None = None

    def fault(self, reason: str, detail: str | None = None) -> Fault:
        """This row as a reject."""
        return Fault(self.position, reason, without_line_end(self.line)[:MAX_RECORD], detail)


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
            if not waiting and not block.content.strip(b"\r\n"):
                continue  # empty lines, which a little gzip may hold for minutes
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
