"""Writes rows as CSV, as an Excel workbook, or as Parquet; a file is whole, or it is not there."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from atvos.export.rows import ExportError

if TYPE_CHECKING:
    import pyarrow

    from atvos.contract import Column

_ZONE = ZoneInfo("America/Sao_Paulo")
_SHEET_ROWS = 1_048_576
_CELL_CHARACTERS = 32_767
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_FORMATS = {"DATE": "yyyy-mm-dd", "TIMESTAMP": "yyyy-mm-dd hh:mm:ss"}


class Format(StrEnum):
    """What a file is written as."""

    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"


class Style(StrEnum):
    """How CSV writes numbers: 1.5 between commas, or for a Brazilian Excel 1,5 between ``;``."""

    POINT = "point"
    COMMA = "comma"


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands beside the rows: the columns, and facts for the sheet about the workbook."""

    title: str
    columns: Sequence[Column]
    facts: Sequence[tuple[str, str]]


def write(
    file: Path,
    format_: Format,
    style: Style,
    sheet: Sheet,
    batches: Iterable[pyarrow.RecordBatch],
    tell: Callable[[int], None] = lambda _: None,
) -> int:
    """Write the rows, and return how many; ``tell`` hears of the number as it grows.

    ExportError where a workbook cannot hold them, OSError where the file cannot be written.
    """
    writers = {Format.CSV: _csv, Format.XLSX: _xlsx, Format.PARQUET: _parquet}
    with _whole(file) as part:
        rows = 0
        for count in writers[format_](part, sheet, batches, style):
            rows += count
            tell(rows)
    return rows


@contextmanager
def _whole(file: Path) -> Iterator[Path]:
    """A name beside ``file`` that becomes it at the end, and is gone where there is none."""
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        yield part
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def _csv(
    file: Path, sheet: Sheet, batches: Iterable[pyarrow.RecordBatch], style: Style
) -> Iterator[int]:
    comma = style is Style.COMMA
    # Excel takes UTF-8 for what it is only behind a byte order mark.
    encoding = "utf-8-sig" if comma else "utf-8"
    with file.open("w", encoding=encoding, newline="") as opened:
        writer = csv.writer(opened, delimiter=";" if comma else ",", lineterminator="\r\n")
        writer.writerow([column.name for column in sheet.columns])
        for batch in batches:
            rows = zip(*(column.to_pylist() for column in batch.columns), strict=True)
            writer.writerows([_csv_text(value, comma) for value in row] for row in rows)
            yield batch.num_rows


def _csv_text(value: Any, comma: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal | float):
        text = f"{value.normalize():f}" if isinstance(value, Decimal) else repr(value)
        return text.replace(".", ",") if comma else text
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list | dict):
        return _json(value)
    text = str(value).lower() if isinstance(value, bool) else str(value)
    # Only a spreadsheet would run it, and this style is for one.
    is_formula = comma and isinstance(value, str) and text.startswith(_FORMULA)
    return f"'{text}" if is_formula else text


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _xlsx(
    file: Path,
    sheet: Sheet,
    batches: Iterable[pyarrow.RecordBatch],
    style: Style,  # noqa: ARG001 - Excel shows numbers in its own language
) -> Iterator[int]:
    from xlsxwriter import Workbook

    # Texts stay texts: no source may plant a formula or a link in a workbook.
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with Workbook(str(file), options) as book:
        page = book.add_worksheet(sheet.title[:31])
        bold = book.add_format({"bold": True})
        formats = {kind: book.add_format({"num_format": text}) for kind, text in _FORMATS.items()}
        kinds = [formats.get(column.physical_type) for column in sheet.columns]
        page.freeze_panes(1, 0)
        for place, column in enumerate(sheet.columns):
            page.set_column(place, place, max(12, len(column.name) + 2))
            page.write_string(0, place, column.name, bold)
        line = 1
        for batch in batches:
            if line + batch.num_rows > _SHEET_ROWS:
                raise ExportError(
                    f"more than {_SHEET_ROWS - 1} rows do not go into a sheet; valid: fewer days "
                    "(--from, --to), or --format csv or parquet"
                )
            rows = zip(*(column.to_pylist() for column in batch.columns), strict=True)
            for row in rows:
                for place, value in enumerate(row):
                    _put(page, line, place, value, kinds[place])
                line += 1
            yield batch.num_rows
        _about(book.add_worksheet("sobre"), sheet, bold)


def _put(page: Any, line: int, place: int, value: Any, style: Any) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        page.write_boolean(line, place, value)
    elif isinstance(value, int | float | Decimal):
        page.write_number(line, place, value)
    elif isinstance(value, datetime):
        # A cell has no time zone: it gets the wall clock of São Paulo.
        page.write_datetime(line, place, value.astimezone(_ZONE).replace(tzinfo=None), style)
    elif isinstance(value, date):
        page.write_datetime(line, place, value, style)
    else:
        text = value if isinstance(value, str) else _json(value)
        page.write_string(line, place, text[:_CELL_CHARACTERS])


def _about(page: Any, sheet: Sheet, bold: Any) -> None:
    page.set_column(0, 0, 28)
    page.set_column(1, 1, 100)
    lines = [*sheet.facts, ("", "")]
    for line, (name, text) in enumerate(lines):
        page.write_string(line, 0, name, bold)
        page.write_string(line, 1, text)
    for line, column in enumerate(sheet.columns, len(lines)):
        page.write_string(line, 0, column.name, bold)
        page.write_string(line, 1, column.description)


def _parquet(
    file: Path,
    sheet: Sheet,  # noqa: ARG001 - the names are in the batches' schema
    batches: Iterable[pyarrow.RecordBatch],
    style: Style,  # noqa: ARG001 - numbers are numbers
) -> Iterator[int]:
    from pyarrow.parquet import ParquetWriter

    writer = None
    try:
        for batch in batches:
            writer = writer or ParquetWriter(file, batch.schema, compression="zstd")
            writer.write_batch(batch)
            yield batch.num_rows
    finally:
        if writer is not None:
            writer.close()
