"""Brings a table that is there up to its contract, as far as BigQuery does it in place.

Added are columns that may be null; NOT NULL is taken away and a NUMERIC is widened where
the contract says so. Nothing else is ever touched: ``atvos contract diff`` has refused it.

Each change is recorded in ``ops.schema_changes`` before it is made: where a run is killed
between the two, the next one finds the record and makes the change. Only the DAG that fills
a table alters it, and that DAG has one run at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from atvos import names
from atvos.gate.column_rules import widens
from atvos.schema import Field, TableSpec

if TYPE_CHECKING:
    from google.cloud import bigquery


@dataclass(frozen=True, slots=True)
class LiveColumn:
    """A column as BigQuery has it; ``type`` is GoogleSQL's where it is a NUMERIC(p, s)."""

    type: str
    required: bool


Live = Mapping[str, Mapping[str, LiveColumn]]
"""The columns of tables by ``dataset.table``; a table that is not there yet is not in it."""


@dataclass(frozen=True, slots=True)
class Alteration:
    """One change of a column: what the record says of it, and the statement."""

    table: str
    column: str
    change: str
    statement: str


def alterations(spec: TableSpec, live: Live) -> Iterator[Alteration]:
    """What makes the table of ``live`` that of ``spec``; nothing where it is not there."""
    there = live.get(spec.table)
    if there is None:
        return
    for field in spec.fields:
        column = there.get(field.name)
        changes = _added(field) if column is None else _changed(field, column)
        for change, clause in changes:
            statement = f"ALTER TABLE `{spec.table}` {clause};"
            yield Alteration(spec.table, field.name, change, statement)


def script(specs: Iterable[TableSpec], live: Live, version: str) -> str:
    """The statements of all alterations and their records, empty where there are none.

    ``version`` is the contract's.
    """
    return "\n".join(
        f"{_record(made, version)}\n{made.statement}"
        for spec in specs
        for made in alterations(spec, live)
    )


def live_columns(client: bigquery.Client, tables: Iterable[str]) -> Live:
    """The columns that these tables have now, by one look at the metadata of each.

    No query is run for it. Raises what the client raises, but for a table that is not there.
    """
    from google.api_core.exceptions import NotFound

    found: dict[str, dict[str, LiveColumn]] = {}
    for table in tables:
        try:
            schema = client.get_table(table).schema
        except NotFound:
            continue
        found[table] = {
            field.name: LiveColumn(_sql_type(field), field.mode == "REQUIRED") for field in schema
        }
    return found


def _sql_type(field: bigquery.SchemaField) -> str:
    if field.precision is None:
        return str(field.field_type)
    return f"{field.field_type}({field.precision}, {field.scale or 0})"


def _added(field: Field) -> Iterator[tuple[str, str]]:
    if not field.required:
        yield f"ADD COLUMN {field.sql_type}", f"ADD COLUMN IF NOT EXISTS {field.ddl()}"


def _changed(field: Field, column: LiveColumn) -> Iterator[tuple[str, str]]:
    place = f"ALTER COLUMN `{field.name}`"
    if column.required and not field.required:
        yield "DROP NOT NULL", f"{place} DROP NOT NULL"
    if column.type != field.sql_type and widens(column.type, field.sql_type):
        change = f"SET DATA TYPE {field.sql_type}"
        yield change, f"{place} {change}"


def _record(made: Alteration, version: str) -> str:
    """Names and types from a contract need no quoting: its rules leave no quotes in them."""
    same = (
        f"table_name = '{made.table}' AND column_name = '{made.column}' "
        f"AND change = '{made.change}'"
    )
    return f"""\
INSERT INTO `{names.SCHEMA_CHANGES}`
  (table_name, column_name, change, contract_version, changed_at)
SELECT '{made.table}', '{made.column}', '{made.change}', '{version}', CURRENT_TIMESTAMP()
FROM UNNEST([1])
WHERE NOT EXISTS (SELECT 1 FROM `{names.SCHEMA_CHANGES}` WHERE {same});"""
