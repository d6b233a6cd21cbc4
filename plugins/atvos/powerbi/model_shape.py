"""Whether tables hang together: relationships, keys, the star, what nothing uses, the roles."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from atvos.powerbi.dax_check import measures_used
from atvos.powerbi.m_syntax import queries, words
from atvos.powerbi.model_parts import Model, Relationship, Table
from atvos.powerbi.report_places import near, problem

DISCONNECTED = "Atvos_Disconnected"
"""Annotation of a table that has no relationship: why."""

FOR_ANALYSTS = "Atvos_ForAnalysts"
"""Annotation of a measure that no visual shows: who needs it."""

UNITS = "dim_unit"
"""The table whose rows the roles choose from."""

_UNIT = "unidade"


def problems(model: Model, units: Collection[str], shown: Collection[str]) -> list[str]:
    """What is wrong, one line each.

    ``units`` are the company's, ``shown`` the names of the measures that a report speaks of.
    """
    found = [line for each in model.relationships for line in _relationship(each, model)]
    found += _star(model)
    for table in model.tables.values():
        found += _connected(table, model)
        found += _sorted(table)
    return [*found, *_dates(model), *_unused(model, shown), *_roles(model, units)]


def _relationship(each: Relationship, model: Model) -> Iterator[str]:
    missing = False
    for table, column in (each.many, each.one):
        if table not in model.tables:
            missing = True
            yield problem(each.place, "table", table, near(table, model.tables))
        elif column not in model.tables[table].columns:
            missing = True
            valid = near(column, model.tables[table].columns)
            yield problem(each.place, f"column of {table}", column, valid)
    if missing:
        return
    many, one = (model.tables[t].columns[c] for t, c in (each.many, each.one))
    if many.data_type != one.data_type:
        what = f"{'.'.join(each.many)}: dataType"
        yield problem(each.place, what, many.data_type, f"{one.data_type}, as {'.'.join(each.one)}")
    if not each.is_active or not each.is_plain:
        valid = "an active one, from many to one, with filters in that direction alone"
        yield problem(each.place, f"relationship of {'.'.join(each.many)}", "another", valid)
    if not many.is_hidden:
        valid = f"isHidden: readers use {'.'.join(each.one)}"
        yield problem(many.place, f"{each.many[0]}[{many.name}]", "visible", valid)
    if not one.is_key:
        valid = "a column with isKey, whose values Power BI keeps unique"
        yield problem(each.place, "one side", ".".join(each.one), valid)


def _star(model: Model) -> Iterator[str]:
    """A table that filters others is filtered by none, so that there is one way between two."""
    one = {each.one[0] for each in model.relationships}
    seen: set[tuple[str, str]] = set()
    for each in model.relationships:
        pair = (each.many[0], each.one[0])
        if each.many[0] in one:
            valid = "a star: a table that filters others has no table that filters it"
            yield problem(each.place, "relationship from", each.many[0], valid)
        if pair in seen:
            yield problem(each.place, "relationship", " and ".join(pair), "one between two tables")
        seen.add(pair)


def _connected(table: Table, model: Model) -> Iterator[str]:
    ends = {end[0] for each in model.relationships for end in (each.many, each.one)}
    if table.name not in ends and DISCONNECTED not in table.annotations:
        valid = f"one, or annotation {DISCONNECTED} with the reason"
        yield problem(table.place, f"{table.name}: relationships", "none", valid)
    if table.name in ends and DISCONNECTED in table.annotations:
        yield problem(table.place, f"{table.name}: {DISCONNECTED}", "a table with one", "none")


def _sorted(table: Table) -> Iterator[str]:
    for column in table.columns.values():
        if column.sort_by and column.sort_by not in table.columns:
            what = f"{table.name}[{column.name}]: sortByColumn"
            yield problem(column.place, what, column.sort_by, near(column.sort_by, table.columns))


def _dates(model: Model) -> Iterator[str]:
    """One table is marked as that of dates, by its key."""
    found = [table for table in model.tables.values() if table.is_date_table]
    if len(found) != 1:
        names = [table.name for table in found]
        yield problem(model.node.place, "tables with dataCategory: Time", names, "one")
    for table in found:
        keys = [column.data_type for column in table.columns.values() if column.is_key]
        if keys != ["dateTime"]:
            yield problem(table.place, f"{table.name}: keys", keys, "one, a dateTime")


def _unused(model: Model, shown: Collection[str]) -> Iterator[str]:
    inner = {name for _, each in model.measures() for name in measures_used(each.expression)}
    for _, measure in model.measures():
        told = FOR_ANALYSTS in measure.annotations
        used = measure.name in shown
        if not used and measure.name not in inner and not told:
            valid = f"a visual or a measure that uses it, or annotation {FOR_ANALYSTS}"
            yield problem(measure.place, f"[{measure.name}]", "no use", valid)
        if used and told:
            valid = f"no {FOR_ANALYSTS}: a visual shows it"
            yield problem(measure.place, f"[{measure.name}]", FOR_ANALYSTS, valid)
    named = {word for query in queries(model) for word, _ in words(query.value.text)}
    for name, each in model.expressions.items():
        if name not in named:
            yield problem(each.place, name, "no use", "an expression that a query uses")


def _roles(model: Model, units: Collection[str]) -> Iterator[str]:
    """Every unit has a role, which lets its own rows through and no other unit's."""
    for unit in sorted({*units} - model.roles.keys()):
        yield problem(model.node.place, "role", "none", unit)
    to_units = [each for each in model.relationships if each.one == (UNITS, _UNIT)]
    related = {each.many[0] for each in to_units if each.many[1] == _UNIT}
    for role in model.roles.values():
        if role.name not in units:
            if role.filters:
                valid = f"no filter, or the name of a unit: {', '.join(sorted(units))}"
                yield problem(role.place, f"role {role.name}", "a filter", valid)
            continue
        for table in model.tables.values():
            wanted = f'{table.name}[{_UNIT}] = "{role.name}"'
            given = role.filters[table.name].text if table.name in role.filters else ""
            if _UNIT in table.columns and table.name not in related and wanted not in _terms(given):
                yield problem(role.place, f"role {role.name}: {table.name}", given, wanted)
        for name in sorted(role.filters.keys() - model.tables.keys()):
            yield problem(role.place, f"role {role.name}", name, near(name, model.tables))


def _terms(text: str) -> list[str]:
    """The terms of a filter, of which the second may only let rows without a unit through."""
    first, *rest = (term.strip() for term in text.split("||"))
    harmless = all(term.startswith("ISBLANK (") and f"[{_UNIT}]" in term for term in rest)
    return [first] if harmless else []
