"""A model's test is a folder of data: what its sources hold, the days asked for, what comes out.

``sql/marts/<model>/tests/<case>/`` has one file for each source that is not empty
(``curated.<feed>.yaml`` or ``marts.<model>.yaml``, a list of rows), ``params.yaml``
(``days``) and ``expect.yaml`` (the rows, in any order, every column of the model). A row of
a source names the columns that matter; the others are null, or any value where the contract
requires one.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from atvos.contract import Column, LogicalType, Table
from atvos.models import Model

Row = dict[str, Any]
ANY: Mapping[LogicalType, Any] = {
    LogicalType.STRING: "any",
    LogicalType.INTEGER: 0,
    LogicalType.NUMBER: Decimal(0),
    LogicalType.BOOLEAN: False,
    LogicalType.DATE: date(2025, 1, 1),
    LogicalType.TIMESTAMP: datetime(2025, 1, 1, tzinfo=UTC),
}
"""What a required column has where a row of a source does not say."""


class CaseError(Exception):
    """A test folder that does not say what it must."""


@dataclass(frozen=True, slots=True)
class Case:
    """One test folder as values: rows by source, days, and the rows expected."""

    sources: dict[str, list[Row]]
    days: tuple[date, ...]
    expected: list[Row]


def case_folders(sql_dir: Path) -> list[Path]:
    """Every test folder of every model."""
    return sorted(path for path in sql_dir.glob("marts/*/tests/*") if path.is_dir())


def read_case(folder: Path, model: Model, tables: Mapping[str, Table]) -> Case:
    """The case in ``folder``; CaseError says what of it cannot be used.

    ``tables`` are the model's possible sources, by ``dataset.table``.
    """
    known = {"params.yaml", "expect.yaml", *(f"{source}.yaml" for source in model.sources)}
    for file in sorted(folder.iterdir()):
        if file.name not in known:
            raise CaseError(f"{file}: not read; valid: {', '.join(sorted(known))}")
    params = _read(folder / "params.yaml")
    if not isinstance(params, dict) or set(params) != {"days"}:
        raise CaseError(f"{folder / 'params.yaml'}: found {params!r}; valid: days: [2025-06-01]")
    files = {source: folder / f"{source}.yaml" for source in model.sources}
    return Case(
        sources={
            source: _rows(file, tables[source].columns) if file.exists() else []
            for source, file in files.items()
        },
        days=tuple(date.fromisoformat(day) for day in params["days"]),
        expected=_expected(folder / "expect.yaml", model.columns),
    )


def _rows(file: Path, columns: Sequence[Column]) -> list[Row]:
    """A source's rows: null, or any value, in the columns that a row does not name."""
    return [_with_derived(_filled(row, columns), columns, row) for row in _checked(file, columns)]


def _expected(file: Path, columns: Sequence[Column]) -> list[Row]:
    rows = _checked(file, columns)
    for row in rows:
        missing = [column.name for column in columns if column.name not in row]
        if missing:
            raise CaseError(f"{file}: {row} lacks {', '.join(missing)}; every column is compared")
    return [_filled(row, columns) for row in rows]


def _checked(file: Path, columns: Sequence[Column]) -> list[Row]:
    rows = _read(file)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise CaseError(f"{file}: found {rows!r}; valid: a list of rows, [] for none")
    names = {column.name for column in columns}
    for unknown in sorted({str(name) for row in rows for name in row} - names):
        raise CaseError(f"{file}: no column {unknown}; valid: {', '.join(sorted(names))}")
    return rows


class _Texts(yaml.BaseLoader):
    """Reads every value as a text, for its column to say what it is; null alone is None.

    YAML's own numbers would make a double of 0.1.
    """


_NULL = "tag:yaml.org,2002:null"
_Texts.add_implicit_resolver(_NULL, re.compile(r"^(null|)$"), ["n", ""])
_Texts.add_constructor(_NULL, lambda _loader, _node: None)


def _read(file: Path) -> Any:
    if not file.exists():
        raise CaseError(f"{file}: no such file")
    return yaml.load(file.read_text(encoding="utf-8"), Loader=_Texts)


def _filled(row: Row, columns: Sequence[Column]) -> Row:
    return {c.name: _value(row[c.name], c) if c.name in row else _default(c) for c in columns}


def _default(column: Column) -> Any:
    return ANY[column.type] if column.required else None


def _with_derived(filled: Row, columns: Sequence[Column], given: Row) -> Row:
    """A derived date follows its timestamp, as the curate job would have it."""
    for column in columns:
        if column.derived_from and column.name not in given and filled[column.derived_from]:
            zone = ZoneInfo(column.time_zone or "UTC")
            filled[column.name] = filled[column.derived_from].astimezone(zone).date()
    return filled


def _value(text: str | None, column: Column) -> Any:
    if text is None:
        return None
    if column.type is LogicalType.TIMESTAMP:
        return datetime.fromisoformat(text).astimezone(UTC)
    readers: Mapping[LogicalType, Any] = {
        LogicalType.STRING: str,
        LogicalType.INTEGER: int,
        LogicalType.NUMBER: Decimal,
        LogicalType.BOOLEAN: {"true": True, "false": False}.__getitem__,
        LogicalType.DATE: date.fromisoformat,
    }
    return readers[column.type](text)
