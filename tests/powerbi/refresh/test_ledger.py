"""What Power BI has is on record: nothing is taken there twice, and nothing waits unseen."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowSkipException

from atvos import gauges, jobs, ledger, names, ops_tables, settings, tables
from atvos.builds import BUSINESS_TIME_ZONE
from atvos.models import Model, PowerBi
from atvos.monitoring import registry
from atvos.powerbi import refresh
from atvos.refresh_operators import CHANGES, PlanRefreshOperator, ReportRefreshOperator
from atvos.steps import record_refresh
from local.client import Client
from local.stack import Stack
from tests.atvos.desk import query
from tests.atvos.examples import model
from tests.dags.running import context_of

SETTINGS = settings.load({})


@pytest.fixture
def client(emulators: Stack) -> Client:
    found = Client(emulators)
    specs = ops_tables.operations()
    configuration = jobs.query(tables.prepare_script(specs, SETTINGS), {}, 1 << 30)
    jobs.run(found.bigquery, configuration)
    return found


@pytest.fixture
def mart() -> Model:
    """A mart of the test's own that Power BI holds."""
    return model(name=f"fct_{uuid.uuid4().hex[:8]}", power_bi=PowerBi.IMPORT)


@pytest.fixture
def change(client: Client, mart: Model) -> Callable[[str], str]:
    """Publishes a day of the mart; the change's id."""

    def published(day: str) -> str:
        change_id = uuid.uuid4().hex[:20]
        query(
            client.bigquery,
            f"INSERT INTO {names.TABLE_CHANGES} "
            "(changed_date, table_name, change_id, kind, days, changed_at) "
            f"SELECT CURRENT_DATE(), '{mart.view_name}', '{change_id}', 'build', "
            f"[DATE '{day}'], CURRENT_TIMESTAMP()",
        )
        return change_id

    return published


def plan(mart: Model) -> tuple[Any, Any]:
    """The requests of a plan, and the changes that they are for."""
    operator = PlanRefreshOperator(task_id="plan", settings=settings.load(), tables=(mart,))
    context = context_of()
    return operator.execute(context), context["ti"].pushed[CHANGES]


def record(client: Client, changes: list[str]) -> None:
    job = record_refresh(settings.load(), changes)
    jobs.run(client.bigquery, job.configuration)


def recorded(client: Client, change_id: str) -> int:
    found = query(
        client.bigquery,
        f"SELECT COUNT(*) AS n FROM {names.MODEL_LEDGER} WHERE change_id = '{change_id}'",
    )
    return int(found[0]["n"])


def test_a_change_is_taken_to_power_bi_once(
    client: Client, mart: Model, change: Callable[[str], str]
) -> None:
    today = datetime.now(BUSINESS_TIME_ZONE).date()
    first = change("2026-01-31")
    requests, changes = plan(mart)
    assert changes == [first]
    assert mart.name in {item["table"] for request in requests for item in request["objects"]}
    for _ in range(2):  # a record that is run again records nothing more
        record(client, changes)
    assert recorded(client, first) == 1
    with pytest.raises(AirflowSkipException, match="has every change"):
        plan(mart)
    # The next one, of the same month, names its partition alone.
    change(today.replace(day=1).isoformat())
    requests, _ = plan(mart)
    partition = refresh.partition_name(today)
    assert requests[0]["objects"] == [{"table": mart.name, "partition": partition}]


def test_a_refresh_that_failed_leaves_its_changes_waiting(
    mart: Model, change: Callable[[str], str]
) -> None:
    first = change("2026-01-31")
    plan(mart)
    second = change("2026-02-28")
    assert sorted(plan(mart)[1]) == sorted([first, second])


def test_it_is_as_old_as_the_oldest_change_that_waits(
    client: Client, mart: Model, change: Callable[[str], str]
) -> None:
    now = datetime.now(UTC)

    def waiting() -> datetime | None:
        sources = [mart.view_name]
        return ledger.waiting_since(
            client.bigquery, settings.load(), refresh.NAME, sources, now.date()
        )

    assert waiting() is None
    first = change("2026-01-31")
    oldest = waiting()
    assert oldest is not None
    assert abs(oldest - datetime.now(UTC)).total_seconds() < 60
    change("2026-01-31")
    assert waiting() == oldest
    record(client, [first])
    assert waiting() != oldest


def test_its_freshness_is_a_metric_like_any_other() -> None:
    now = datetime(2026, 11, 28, 12, tzinfo=UTC)
    earlier = datetime(2026, 11, 28, 10, tzinfo=UTC)
    waits = {s.metric: s.value for s in gauges.of_semantic_model(earlier, earlier, now)}
    assert waits == {
        registry.LAST_EVENT: earlier.timestamp(),
        registry.LAST_SUCCESS: earlier.timestamp(),
        registry.SLO: 3600,
    }
    shows = gauges.of_semantic_model(None, None, now)
    assert [s.value for s in shows if s.metric is registry.LAST_EVENT] == [now.timestamp()]
    assert {s.metric for s in shows} == {registry.SLO, registry.LAST_EVENT}
    assert {s.labels["dataset"] for s in shows} == {"power_bi"}


def test_the_report_sends_it(client: Client, mart: Model) -> None:
    operator = ReportRefreshOperator(task_id="report", settings=settings.load(), tables=(mart,))
    assert operator.execute(context_of()) in (2, 3)
