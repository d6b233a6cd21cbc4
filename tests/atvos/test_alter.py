"""How a table that is there follows its contract: what is altered, and what never is."""

from dataclasses import replace
from typing import Any

import pytest
from google.cloud import bigquery
from google.cloud.bigquery import SchemaField

from atvos import alter, names, settings, tables
from atvos.alter import Live, LiveColumn
from atvos.contract import Column, Feed, LogicalType
from atvos.gate import compare
from atvos.models import Model
from atvos.schema import TableSpec
from atvos.steps import IngestJobs, ModelJobs
from local.client import Client
from tests.atvos.desk import Desk, Staged, query, row, run
from tests.atvos.examples import model, positions, version

SPEED = Column("speed", LogicalType.NUMBER, "NUMERIC(5, 1)", "km/h.", sources=(("speed",),))
FEED = positions()
SPEC = tables.curated(FEED)
TABLE = SPEC.table


def live(**other: LiveColumn | None) -> Live:
    """The table as ``SPEC`` has it, but for ``other`` columns; None where one is not there."""
    columns = {f.name: LiveColumn(f.sql_type, f.required) for f in SPEC.fields}
    return {TABLE: {name: c for name, c in {**columns, **other}.items() if c is not None}}


def statements(found: Live, spec: TableSpec = SPEC) -> list[str]:
    return [made.statement for made in alter.alterations(spec, found)]


def test_a_table_that_is_not_there_is_not_altered() -> None:
    assert statements({}) == []


def test_a_table_that_is_up_to_its_contract_is_not_altered() -> None:
    assert statements(live()) == []


def test_a_missing_column_is_added_with_its_description() -> None:
    added = '`km` NUMERIC(12, 3) OPTIONS(description="Odometer (km).")'
    assert statements(live(km=None)) == [f"ALTER TABLE `{TABLE}` ADD COLUMN IF NOT EXISTS {added};"]


def test_a_column_that_became_optional_loses_its_not_null() -> None:
    found = live(trip=LiveColumn("STRING", required=True))
    assert statements(found) == [f"ALTER TABLE `{TABLE}` ALTER COLUMN `trip` DROP NOT NULL;"]


def test_a_number_is_widened() -> None:
    found = live(km=LiveColumn("NUMERIC(9, 3)", required=False))
    expected = f"ALTER TABLE `{TABLE}` ALTER COLUMN `km` SET DATA TYPE NUMERIC(12, 3);"
    assert statements(found) == [expected]


@pytest.mark.parametrize(
    "column",
    [
        {"device": None},
        {"device": LiveColumn("STRING", required=False)},
        {"km": LiveColumn("NUMERIC(15, 3)", required=False)},
        {"km": LiveColumn("NUMERIC", required=False)},
        {"km": LiveColumn("STRING", required=False)},
        {"old": LiveColumn("STRING", required=False)},
    ],
    ids=["required and missing", "now required", "narrower", "unbounded", "other type", "gone"],
)
def test_what_breaks_is_never_touched(column: dict[str, LiveColumn | None]) -> None:
    assert statements(live(**column)) == []


def test_bigquery_says_precision_and_scale_apart_from_the_type() -> None:
    class Client:
        """BigQuery as its reference has it: the emulator leaves precision and scale out."""

        def get_table(self, name: str) -> bigquery.Table:
            numeric = {"name": "km", "type": "NUMERIC", "precision": "12", "mode": "REQUIRED"}
            fields = [{**numeric, "scale": "3"}, {**numeric, "name": "n", "mode": "NULLABLE"}]
            return bigquery.Table(f"p.{name}", [SchemaField.from_api_repr(f) for f in fields])

    client: Any = Client()
    assert alter.live_columns(client, ["d.t"]) == {
        "d.t": {
            "km": LiveColumn("NUMERIC(12, 3)", required=True),
            "n": LiveColumn("NUMERIC(12, 0)", required=False),
        }
    }


def test_a_change_is_recorded_before_it_is_made() -> None:
    record, change = alter.script([SPEC], live(km=None), "1.3.0").split(";\n")
    assert record.startswith(f"INSERT INTO `{names.SCHEMA_CHANGES}`")
    assert f"SELECT '{TABLE}', 'km', 'ADD COLUMN NUMERIC(12, 3)', '1.3.0'" in record
    assert change.startswith(f"ALTER TABLE `{TABLE}` ADD COLUMN")


def test_a_feed_alters_its_own_tables_and_a_model_its_own() -> None:
    feed_steps = IngestJobs(settings.load({}), FEED)
    model_steps = ModelJobs(settings.load({}), model(), (FEED,))
    assert [spec.table for spec in feed_steps.owned] == [TABLE, "quarantine.positions"]
    assert [spec.table for spec in model_steps.owned] == ["models.fct_positions_v1"]


class Table:
    """A desk's curated table across versions of its contract."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.client: Client = desk.client
        self.name = names.curated_table(desk.feed.name)

    def prepare(self) -> None:
        """What the run's prepare does: look at the tables, then run one script."""
        owned = [spec.table for spec in self.desk.jobs.owned]
        found = alter.live_columns(self.client.bigquery, owned)
        self.desk.run(self.desk.jobs.prepare("again", found))

    def deploy(self, feed: Feed) -> None:
        """From now on the contract is this."""
        self.desk.feed = feed
        self.desk.jobs = IngestJobs(settings.load(), feed)

    def changes(self) -> list[tuple[Any, ...]]:
        """What is recorded of the table."""
        columns = "column_name, change, contract_version"
        sql = f"SELECT {columns} FROM {names.SCHEMA_CHANGES} WHERE table_name = '{self.name}'"
        found = query(self.client.bigquery, f"{sql} ORDER BY change")
        return [tuple(item.values()) for item in found]


@pytest.fixture
def table(append: Desk) -> Table:
    """A table with one row of version 1.2.0."""
    append.publish(Staged(version(), [row("a")]))
    return Table(append)


def test_a_compatible_change_reaches_the_table_once_and_old_rows_are_null(table: Table) -> None:
    before = table.desk.feed
    optional = [replace(c, required=c.required and c.name != "device") for c in before.columns]
    after = replace(before, version="1.3.0", columns=(*optional, SPEED))
    assert not compare(before, after).refused
    table.deploy(after)
    table.prepare()
    second = Staged(version("positions/b.ndjson", 2), [row("b", speed=42)])
    published = table.desk.publish(second)
    expected = [("a", None), ("b", 42)]
    assert table.desk.curated("device, speed") == expected
    recorded = [
        ("speed", "ADD COLUMN NUMERIC(5, 1)", "1.3.0"),
        ("device", "DROP NOT NULL", "1.3.0"),
    ]
    assert table.changes() == recorded
    table.prepare()
    table.desk.again(published)
    assert (table.desk.curated("device, speed"), table.changes()) == (expected, recorded)


def test_a_breaking_change_is_refused_and_does_not_touch_the_table(table: Table) -> None:
    before = table.desk.feed
    columns = (*before.columns[:-1], replace(SPEED, required=True))
    after = replace(before, version="2.0.0", columns=columns)
    assert compare(before, after).refused
    rows = table.desk.curated()
    table.deploy(after)
    table.prepare()
    assert (table.desk.curated(), table.changes()) == (rows, [])


def test_what_bigquery_says_of_a_table_needs_no_alteration_the_day_it_is_made(
    table: Table,
) -> None:
    spec = tables.curated(table.desk.feed)
    found = alter.live_columns(table.client.bigquery, [spec.table, "curated.never_made"])
    assert (list(found), statements(found, spec)) == ([spec.table], [])


def test_a_mart_follows_its_contract_too(client: Client, append: Desk) -> None:
    first: Model = model(name=f"fct_{append.feed.name}")
    second = replace(first, version="1.3.0", columns=(*first.columns, SPEED))
    run(client.bigquery, ModelJobs(settings.load(), first, (append.feed,)).prepare("1"))
    steps = ModelJobs(settings.load(), second, (append.feed,))
    mart = steps.owned[0].table
    run(client.bigquery, steps.prepare("2", alter.live_columns(client.bigquery, [mart])))
    assert query(client.bigquery, f"SELECT speed FROM {mart} WHERE seen_date > '2025-01-01'") == []


def test_the_emulator_widens_a_number_and_keeps_its_values(table: Table) -> None:
    narrower = {table.name: live(km=LiveColumn("NUMERIC(9, 3)", required=False))[TABLE]}
    table.desk.run(table.desk.jobs.prepare("again", narrower))
    assert [str(km) for (km,) in table.desk.curated("km")] == ["1.000"]
    assert table.changes() == [("km", "SET DATA TYPE NUMERIC(12, 3)", "1.2.0")]
