"""After 100 days of history, a change of one day reads the days that it concerns, and no others."""

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlglot

from atvos import builds, jobs, settings
from atvos.builds import Build
from atvos.contract import Table
from atvos.ledger import Change
from atvos.models import Model
from atvos.sqlcheck.pruning import Bound, Scan, scans
from atvos.steps import build_parameters
from tests.sql.running import MODELS, TABLES, Runner
from tests.sql.values import ANY, Row

HISTORY = tuple(date(2025, 6, 30) - timedelta(days=n) for n in range(100))
CHANGED = date(2025, 6, 10)
NOW = datetime(2025, 6, 30, 15, tzinfo=UTC)
ROWS_A_DAY = 3
PARTITIONED = sorted(name for name, model in MODELS.items() if model.partition)
SETTINGS = settings.load({})


def rows_of(table: Table) -> list[Row]:
    """Some rows on each day of the history."""
    assert table.partition is not None
    blank = {c.name: ANY[c.type] for c in table.columns if c.required and c.items is None}
    return [blank | {table.partition.name: day} for day in HISTORY for _ in range(ROWS_A_DAY)]


def partitioned_scans(model: Model) -> list[tuple[Scan, str]]:
    """The scans of partitioned sources in the model's query, each with the partition column."""
    tree = sqlglot.parse_one(model.query, dialect="bigquery")
    columns = {name: TABLES[name].partition for name in model.sources}
    return [(s, column.name) for s in scans(tree) if (column := columns[s.table]) is not None]


def after_a_change(model: Model, source: str) -> Build:
    """What is built when one day of a source has changed."""
    sources = {name: TABLES[name] for name in model.sources}
    build = builds.plan(model, sources, [Change(source, "0a", (CHANGED,))], {}, NOW)
    assert build is not None
    return build


def changed_source(model: Model) -> str:
    """A partitioned source of the model, rather one that is not only looked back on."""
    dated = [name for name in model.sources if TABLES[name].partition]
    return next((name for name in dated if name not in model.look_back_days), dated[0])


def rows_read(runner: Runner, scan: Scan, column: str, build: Build) -> int:
    """The rows that the predicate, as the check derives it from the query, lets through."""
    predicate = " AND ".join(node.sql(dialect="bigquery") for node in scan.mentions(column))
    sql = f"SELECT COUNT(*) AS n FROM `{scan.table}` AS {scan.alias} WHERE {predicate}"
    configuration = jobs.query(sql, {}, SETTINGS.maximum_bytes_billed, build_parameters(build))
    return int(jobs.run(runner.client.bigquery, configuration)[0]["n"])


def days_read(model: Model, source: str, build: Build) -> set[date]:
    """The days of the history that a build has to read of a source."""
    reach = timedelta(days=model.look_back_days.get(source, 0))
    first, last = build.days[0] - reach, build.days[-1]
    if not reach:
        return set(build.days) & set(HISTORY)
    return {day for day in HISTORY if first <= day <= last}


@pytest.mark.parametrize("name", PARTITIONED)
def test_a_build_reads_the_days_that_a_change_concerns_and_no_others(
    runner: Runner, name: str
) -> None:
    model = MODELS[name]
    found = partitioned_scans(model)
    assert found
    for source in {scan.table for scan, _ in found}:
        runner.fill(source, rows_of(TABLES[source]))
    build = after_a_change(model, changed_source(model))
    for scan, column in found:
        assert scan.bound(column, lambda _: True) is Bound.BOTH
        expected = len(days_read(model, scan.table, build)) * ROWS_A_DAY
        assert rows_read(runner, scan, column, build) == expected


def test_a_daily_mart_reads_one_day_of_a_hundred(runner: Runner) -> None:
    model = MODELS["fct_vehicle_day"]
    source = "curated.telemetry_events"
    runner.fill(source, rows_of(TABLES[source]))
    ((scan, column),) = partitioned_scans(model)
    build = after_a_change(model, source)
    assert build.days == (CHANGED,)
    assert rows_read(runner, scan, column, build) == ROWS_A_DAY
    assert len(rows_of(TABLES[source])) == 100 * ROWS_A_DAY
