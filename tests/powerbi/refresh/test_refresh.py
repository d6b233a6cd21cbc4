"""The provider's operator, as the DAG sets it up, against a stub of Power BI's REST API."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowException
from airflow.sdk import DAG
from airflow.sdk.definitions.mappedoperator import MappedOperator
from airflow.sdk.exceptions import TaskDeferred

from tests.dags.conftest import Load, load  # noqa: F401 - a fixture
from tests.dags.running import context_of
from tests.powerbi.refresh.service import DATASET, WORKSPACE, Service, served

BODY = {
    "type": "Full",
    "commitMode": "transactional",
    "objects": [{"table": "rpt_d1", "partition": "2026Q411"}],
    "applyRefreshPolicy": False,
}
SET = {"ATVOS_POWERBI_WORKSPACE": WORKSPACE, "ATVOS_POWERBI_DATASET": DATASET}


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    with served(Service(), tmp_path) as found:
        monkeypatch.setenv("AIRFLOW_CONN_POWERBI_DEFAULT", found.connection)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        yield found


@pytest.fixture
def dag(load: Load) -> DAG:  # noqa: F811
    found, errors = load(**SET)
    assert errors == {}
    return found["refresh__power_bi"]


def operator_of(dag: DAG, **changed: Any) -> Any:
    """The operator that one request gets, as the DAG makes it; tests wait less."""
    task = dag.get_task("refresh")
    assert isinstance(task, MappedOperator)
    return task.unmap({"request_body": BODY, "check_interval": 0, **changed})


def run(operator: Any) -> dict[str, Any]:
    """Run a task with its triggers, as scheduler and triggerer do; what it left as XComs."""
    context = context_of()
    try:
        operator.execute(context)
    except TaskDeferred as caught:
        waiting: TaskDeferred | None = caught
    while waiting:
        event = asyncio.run(_first(waiting.trigger))
        try:
            getattr(operator, waiting.method_name)(context, event)
            waiting = None
        except TaskDeferred as again:
            waiting = again
    pushed: dict[str, Any] = context["ti"].pushed
    return pushed


async def _first(trigger: Any) -> dict[str, Any]:
    trigger.hook.cached_request_adapters.clear()  # each run has an event loop of its own
    async for event in trigger.run():
        payload: dict[str, Any] = event.payload
        return payload
    raise AssertionError("the trigger ended without an event")


def test_a_refresh_is_asked_for_once_and_waited_for(service: Service, dag: DAG) -> None:
    pushed = run(operator_of(dag))
    assert service.bodies == [BODY]
    assert service.signed_in >= 1
    assert pushed["refresh.powerbi_dataset_refresh_status"] == "Completed"


def test_one_that_is_throttled_is_asked_for_again(service: Service, dag: DAG) -> None:
    service.throttled = 2
    run(operator_of(dag))
    assert (service.refused, service.bodies) == (2, [BODY])


def test_one_that_is_throttled_for_long_fails_the_try(service: Service, dag: DAG) -> None:
    service.throttled = 100
    with pytest.raises(Exception, match="Failed to trigger dataset refresh"):
        run(operator_of(dag))
    assert service.bodies == []


def test_one_that_fails_fails_the_try_with_power_bis_reason(service: Service, dag: DAG) -> None:
    service.endings = ["Failed"]
    with pytest.raises(AirflowException, match="ModelRefresh_ShortMessage"):
        run(operator_of(dag))
    run(operator_of(dag))  # the task's retry asks again
    assert service.bodies == [BODY, BODY]


def test_one_that_takes_too_long_fails_the_try(service: Service, dag: DAG) -> None:
    service.looks_until_done = 1_000_000
    with pytest.raises(AirflowException, match="Timeout occurred"):
        run(operator_of(dag, timeout=1, check_interval=0.1))


def test_none_begins_while_another_runs(service: Service, dag: DAG) -> None:
    service.looks_until_done = 1_000_000
    with pytest.raises(AirflowException, match="Timeout occurred"):
        run(operator_of(dag, timeout=1, check_interval=0.1))
    with pytest.raises(Exception, match="Failed to trigger dataset refresh"):
        run(operator_of(dag))
    assert service.bodies == [BODY]


def test_a_certificate_that_nobody_vouches_for_is_refused(
    service: Service, dag: DAG, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusting = service.connection.replace(f'"{service.certificate}"', "true")
    monkeypatch.setenv("AIRFLOW_CONN_POWERBI_DEFAULT", trusting)
    with pytest.raises(Exception, match=r"(?i)certificate"):
        run(operator_of(dag))
    assert service.bodies == []


def test_the_requests_of_a_run_go_one_after_the_other(dag: DAG) -> None:
    refresh: Any = dag.get_task("refresh")
    assert refresh.max_active_tis_per_dagrun == 1
    assert (refresh.retries, refresh.partial_kwargs["timeout"]) == (3, 3600)
    shape = {task.task_id: sorted(task.downstream_task_ids) for task in dag.tasks}
    assert shape == {
        "plan": ["refresh"],
        "refresh": ["record"],
        "record": ["report"],
        "report": [],
    }


def test_without_a_semantic_model_there_is_no_such_dag(load: Load) -> None:  # noqa: F811
    found, errors = load()
    assert errors == {}
    assert "refresh__power_bi" not in found
    assert not found["heartbeat"].has_task("report_power_bi")


def test_one_of_the_two_ids_alone_is_a_mistake(load: Load) -> None:  # noqa: F811
    _, errors = load(ATVOS_POWERBI_WORKSPACE=WORKSPACE)
    assert "ATVOS_POWERBI_DATASET: found ''; valid: the id in the address" in errors["operate.py"]
