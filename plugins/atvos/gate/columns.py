"""The changes of a table's columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from atvos.contract import Column, Table
from atvos.gate.changes import Change, Verdict
from atvos.gate.column_rules import ANEW, LOOSER, RULES, STRICTER, has_not_null
from atvos.gate.texts import shown


def column_changes(before: Table, after: Table) -> Iterator[Change]:
    """The changes of the columns: gone ones first, then changed ones, then new ones."""
    gone = [c for c in before.columns if c.name not in after.by_name]
    new = [c for c in after.columns if c.name not in before.by_name]
    for column in gone:
        yield _dropped(before, column, _renamed(column, new))
    for column in after.columns:
        if column.name in before.by_name:
            yield from compare_columns(before, before.by_name[column.name], column)
    for column in new:
        yield _added(after, column)


def compare_columns(table: Table, before: Column, after: Column) -> Iterator[Change]:
    """The changes between two states of a column of ``table``."""
    yield from _compare(_place(table, after), before, after)
    if before.items is not None and after.items is not None:
        yield from _compare_elements(f"{_place(table, after)}.items", before.items, after.items)


def _compare(place: str, before: Column, after: Column) -> Iterator[Change]:
    for attribute, (name, judge) in RULES.items():
        old, new = getattr(before, attribute), getattr(after, attribute)
        if old != new:
            verdict, note = judge(before, after)
            by_major = attribute == "classification" and verdict is Verdict.BREAKING
            yield Change(f"{place}.{name}", shown(old), shown(new), verdict, note, by_major)


def _compare_elements(place: str, before: Column, after: Column) -> Iterator[Change]:
    """The changes of an array's element: of its type as a whole, or of what it must be."""
    old, new = _sql_type(before), _sql_type(after)
    if old != new:
        note = (
            "ALTER TABLE changes nothing within an array, not even by a field that may be null, "
            f"and fields match by their order: add a column beside it; or {ANEW}"
        )
        yield Change(place, old, new, Verdict.BREAKING, note)
        return
    yield from _compare(place, before, after)
    for was, now in zip(before.fields, after.fields, strict=True):
        for change in _compare(f"{place}.properties[{now.name}]", was, now):
            yield _in_element(change, now)


def _in_element(change: Change, field: Column) -> Change:
    """The change as it is within an array, where the table says NOT NULL of nothing."""
    if not change.attribute.endswith(".required"):
        return change
    return replace(change, verdict=Verdict.COMPATIBLE, note=STRICTER if field.required else LOOSER)


def _sql_type(element: Column) -> str:
    fields = ", ".join(f"{field.name} {field.physical_type}" for field in element.fields)
    return f"STRUCT<{fields}>" if fields else element.physical_type


def _place(table: Table, column: Column) -> str:
    return f"schema[{table.name}].properties[{column.name}]"


def _dropped(table: Table, column: Column, renamed: Column | None) -> Change:
    note = f"keep the column, with required: false where the source has it no more; or {ANEW}"
    if renamed is not None:
        note = (
            f"BigQuery renames no column without breaking its readers: keep {column.name}, and "
            f"name it {renamed.name} in a view; where only the attribute in the file has another "
            "name, change sourceName"
        )
    return Change(_place(table, column), column.physical_type, None, Verdict.BREAKING, note)


def _renamed(column: Column, new: list[Column]) -> Column | None:
    """The new column that has this one's source and type, if there is one."""
    same = (
        c
        for c in new
        if c.physical_type == column.physical_type
        and (c.sources, c.derived_from) == (column.sources, column.derived_from)
    )
    # The columns of a model have no sources to tell them by.
    return next(same, None) if column.sources or column.derived_from else None


def _added(table: Table, column: Column) -> Change:
    if column.required and has_not_null(column):
        text = f"{column.physical_type}, required"
        note = (
            "rows that are there have no value for it: add it without required: true, with a "
            f"quality check if it must be there; or {ANEW}"
        )
        return Change(_place(table, column), None, text, Verdict.BREAKING, note)
    absent = "null" if has_not_null(column) else "empty"
    note = f"ADD COLUMN at the table's end; {absent} in the rows that are there"
    return Change(_place(table, column), None, column.physical_type, Verdict.COMPATIBLE, note)
