"""Reads CSV: a record is a row under a header."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from atvos.contract import Source, reasons
from curate.csv_rows import Row, RowReader
from curate.lines import LineBlocks
from curate.records import KEPT_OF_LONG, MAX_RECORD, Block, Fault, Records
from curate.values import BLANKS


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
