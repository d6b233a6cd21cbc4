"""What the texts of a test folder are as values of their columns."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from atvos.contract import Column, LogicalType

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

_READERS: Mapping[LogicalType, Any] = {
    LogicalType.STRING: str,
    LogicalType.INTEGER: int,
    LogicalType.NUMBER: Decimal,
    LogicalType.BOOLEAN: {"true": True, "false": False}.__getitem__,
    LogicalType.DATE: date.fromisoformat,
    LogicalType.TIMESTAMP: lambda text: datetime.fromisoformat(text).astimezone(UTC),
}


class CaseError(Exception):
    """A test folder that does not say what it must."""


def filled(row: Row, columns: Sequence[Column], place: str) -> Row:
    """The row with a value for every column. CaseError, with ``place``, for an unknown one."""
    names = {column.name for column in columns}
    for unknown in sorted(row.keys() - names):
        raise CaseError(f"{place}: no column {unknown}; valid: {', '.join(sorted(names))}")
    return {c.name: value(row[c.name], c, place) if c.name in row else _default(c) for c in columns}


def with_derived(row: Row, columns: Sequence[Column], given: Row) -> Row:
    """A derived date follows its timestamp, as the curate job would have it."""
    for column in columns:
        if column.derived_from and column.name not in given and row[column.derived_from]:
            zone = ZoneInfo(column.time_zone or "UTC")
            row[column.name] = row[column.derived_from].astimezone(zone).date()
    return row


def value(found: Any, column: Column, place: str) -> Any:
    """What stands in a file as the column's value; null is None, or no elements."""
    if column.type is LogicalType.ARRAY:
        items = column.items
        if items is None or not isinstance(found, list | None):
            raise CaseError(f"{place}: {column.name}: found {found!r}; valid: a list, like [a, b]")
        return [value(element, items, place) for element in found or ()]
    if column.type is LogicalType.OBJECT:
        if not isinstance(found, dict):
            valid = "records, like {a: 1}"
            raise CaseError(f"{place}: {column.name}: found {found!r}; valid: {valid}")
        return filled(found, column.fields, f"{place}: {column.name}")
    return None if found is None else _READERS[column.type](found)


def _default(column: Column) -> Any:
    if column.type is LogicalType.ARRAY:
        return []
    return ANY[column.type] if column.required else None
