"""The SQL of the panels names tables and columns that are there, and no personal data."""

from collections.abc import Mapping

import pytest
import sqlglot
from grafana_foundation_sdk.models.dashboard import Dashboard
from sqlglot import exp
from sqlglot.optimizer.qualify import qualify
from sqlglot.schema import MappingSchema

from atvos import contract, models, names, ops_tables, tables
from atvos.monitoring.dashboards.every import every
from atvos.monitoring.dashboards.expressions import queries
from atvos.schema import TableSpec
from local.layout import CONTRACTS, SQL

DATASET = "telemetry_events"
Schema = Mapping[str, Mapping[str, str]]
"""Types by column by ``dataset.table``."""
UNSEEN = {"line", "detail"}
"""Columns of quarantine that may hold what a person must not be known by."""


@pytest.fixture(scope="session")
def schema() -> Schema:
    """The tables that panels may ask."""
    feeds = contract.load_feeds([CONTRACTS])
    marts = models.load_models(SQL)
    specs = [
        *ops_tables.operations(),
        *(tables.quarantine(feed) for feed in feeds.values()),
        *(tables.contract_table(model, model.view_name) for model in marts.values()),
    ]
    return {spec.table: _columns(spec) for spec in specs}


def test_every_table_and_column_that_is_asked_for_exists(
    dashboard: Dashboard, schema: Schema
) -> None:
    for _, sql in queries(dashboard, {"dataset": DATASET}):
        assert _refused(sql, schema) == ""


def test_a_column_or_table_that_is_not_there_is_refused(schema: Schema) -> None:
    assert "batch" in _refused(f"SELECT batch FROM {names.OBJECT_LEDGER}", schema)
    assert "ledger" in _refused("SELECT batch_id FROM ops.ledger", schema)


def test_every_query_of_a_partitioned_table_is_limited_to_some_partitions() -> None:
    partitions = {"landed_date", "built_date", "log_date"}
    found = [query for board in every().values() for query in queries(board, {"dataset": DATASET})]

    assert len(found) == 4
    for _, sql in found:
        where = sqlglot.parse_one(sql, dialect="bigquery").find(exp.Where)
        assert where is not None
        assert partitions & {column.name for column in where.find_all(exp.Column)}


def test_no_query_shows_what_a_quarantined_record_says() -> None:
    (query,) = (
        sqlglot.parse_one(sql, dialect="bigquery")
        for _, sql in queries(every()["dataset"], {"dataset": DATASET})
        if names.quarantine_table(DATASET) in sql
    )
    assert not UNSEEN & {column.name for column in query.find_all(exp.Column)}
    assert not query.find(exp.Star)


def _columns(spec: TableSpec) -> dict[str, str]:
    return {
        field.name: f"ARRAY<{field.type}>" if field.repeated else field.type
        for field in spec.fields
    }


def _refused(sql: str, schema: Schema) -> str:
    query = sqlglot.parse_one(sql, dialect="bigquery")
    asked = [f"{table.db}.{table.name}" for table in query.find_all(exp.Table)]
    if missing := [table for table in asked if table not in schema]:
        return f"no table {missing}"
    known = MappingSchema(dialect="bigquery")
    for table in asked:
        known.add_table(table, dict(schema[table]))
    try:
        qualify(query, schema=known, dialect="bigquery", validate_qualify_columns=True)
    except sqlglot.errors.SqlglotError as error:
        return str(error)
    return ""
