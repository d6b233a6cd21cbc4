"""The task that prepares a run looks at the tables that are there, through Airflow's connection."""

import uuid
from dataclasses import replace
from typing import Any, cast

from atvos import dags, settings
from atvos.contract import Column, Feed, LogicalType
from atvos.operators import BigQueryOnceOperator
from local.client import Client
from local.stack import Stack
from tests.atvos.desk import run
from tests.atvos.examples import positions

SPEED = Column("speed", LogicalType.NUMBER, "NUMERIC(5, 1)", "km/h.", sources=(("speed",),))


def prepare(feed: Feed, run_id: str) -> Any:
    """The job that the feed's DAG would submit in this run."""
    task = dags.ingest(settings.load(), feed, {}).get_task("prepare")
    return cast("BigQueryOnceOperator", task).configure({"run_id": run_id})


def test_tables_that_are_not_there_are_created_and_those_that_are_altered(
    emulators: Stack,
) -> None:
    first = positions(name=f"positions_{uuid.uuid4().hex[:8]}")
    created = prepare(first, "1")
    assert "ALTER TABLE" not in created.configuration["query"]["query"]
    run(Client(emulators).bigquery, created)
    second = prepare(replace(first, columns=(*first.columns, SPEED)), "2")
    (change,) = (
        line
        for line in second.configuration["query"]["query"].splitlines()
        if line.startswith("ALTER TABLE")
    )
    assert change.startswith(f"ALTER TABLE `curated.{first.name}` ADD COLUMN IF NOT EXISTS `speed`")
