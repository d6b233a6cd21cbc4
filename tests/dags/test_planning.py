"""A plan waits while a backfill holds the table, and skips where there is nothing to do."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowRescheduleException, AirflowSkipException

from atvos import names, settings
from atvos.contract import LoadMode, Reference
from atvos.models import Model
from atvos.pending import Replay
from atvos.plan_operators import PlanOperator, PlanReplayOperator
from local.client import Client
from local.stack import Stack
from tests.atvos.desk import Desk, Staged, query, row
from tests.atvos.examples import DAY, model, positions, version
from tests.dags.running import context_of


@pytest.fixture
def desk(emulators: Stack) -> Desk:
    """A feed with one published row."""
    found = Desk.open(Client(emulators), LoadMode.APPEND_FIRST)
    found.publish(Staged(version("a"), [row("A")]))
    return found


@pytest.fixture
def plan(desk: Desk) -> Callable[[], dict[str, Any]]:
    """The plan of a model that reads the feed."""
    source = names.curated_table(desk.feed.name)
    query_ = f"SELECT * FROM {source} WHERE seen_date IN UNNEST(@days)"
    planned: Model = model(query_, name=f"fct_{desk.feed.name}")
    operator = PlanOperator(
        task_id="plan", settings=settings.load(), model=planned, sources={source: desk.feed}
    )
    return lambda: operator.execute(context_of())


def lock(desk: Desk, lasting: str) -> None:
    columns = "table_name, token, owner, reason, acquired_at, expires_at"
    table = names.model_table(f"fct_{desk.feed.name}", "1.0.0")
    query(
        desk.client.bigquery,
        f"INSERT INTO {names.LOCKS} ({columns}) SELECT '{table}', 't', 'ana', 'prices', "
        f"CURRENT_TIMESTAMP(), TIMESTAMP_ADD(CURRENT_TIMESTAMP(), {lasting})",
    )


def test_a_plan_is_made_of_what_changed(plan: Callable[[], dict[str, Any]]) -> None:
    assert plan()["days"] == [DAY.isoformat()]


def test_while_a_backfill_holds_the_table_the_plan_comes_back_later(
    desk: Desk, plan: Callable[[], dict[str, Any]]
) -> None:
    lock(desk, "INTERVAL 1 HOUR")
    with pytest.raises(AirflowRescheduleException):
        plan()


def test_a_lock_that_expired_holds_nothing(desk: Desk, plan: Callable[[], dict[str, Any]]) -> None:
    lock(desk, "INTERVAL -1 SECOND")
    assert plan()["days"] == [DAY.isoformat()]


def test_a_replay_is_planned_when_the_reference_has_come_and_skipped_before(
    emulators: Stack,
) -> None:
    client = Client(emulators)
    registry = Desk.open(client, LoadMode.REPLACE_SNAPSHOT)
    feed = positions(name=f"positions_{uuid.uuid4().hex[:8]}")
    device, *others = feed.columns
    referring = replace(device, reference=Reference(registry.feed.name, "device"))
    desk = Desk(client, replace(feed, columns=(referring, *others)))
    operator = PlanReplayOperator(task_id="plan", settings=settings.load(), feed=desk.feed)
    desk.publish(Staged(version("a"), [row("Z")]))
    with pytest.raises(AirflowSkipException, match=r"no row of .* waits that could go on"):
        operator.execute(context_of() | {"run_id": "1"})
    registry.publish(Staged(version("r"), [row("Z")]))
    what = Replay.from_dict(operator.execute(context_of() | {"run_id": "2"}))
    assert what.days == (DAY,)
    desk.run(desk.jobs.replay(what))
    assert desk.curated("device") == [("Z",)]
