"""What is read from Airflow's REST API."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import airflow
import pytest
import yaml

from atvos.oncall.airflow_api import Airflow
from atvos.oncall.facts import Dag
from atvos.oncall.sessions import ServiceError
from tests.oncall import airflow_stub
from tests.oncall.airflow_stub import AirflowStub, log_line, run, served, task

DAG = "ingest__positions"
SCHEMA = Path(airflow.__path__[0]) / "api_fastapi/core_api/openapi/v2-rest-api-generated.yaml"


@pytest.fixture
def stub() -> AirflowStub:
    """An Airflow with one DAG that has never run."""
    return AirflowStub(dags={DAG: airflow_stub.dag(DAG)})


@pytest.fixture
def url(stub: AirflowStub) -> Iterator[str]:
    """Where the stub answers."""
    with served(stub) as address:
        yield address


def asked(url: str, prefix: str = "") -> Dag:
    return Airflow(url).dag(DAG, "ingest.py", prefix)


def test_a_dag_that_never_ran_has_no_runs(url: str) -> None:
    assert asked(url) == Dag(DAG, f"{url}/dags/{DAG}")


def test_a_paused_dag_is_paused(stub: AirflowStub, url: str) -> None:
    stub.dags[DAG]["is_paused"] = True
    assert asked(url).is_paused


def test_a_dag_that_is_gone_from_its_file_is_not_known(stub: AirflowStub, url: str) -> None:
    stub.dags[DAG]["is_stale"] = True
    assert not asked(url).is_known


def test_a_dag_that_airflow_never_had_is_not_known(stub: AirflowStub, url: str) -> None:
    stub.dags.clear()
    assert not asked(url).is_known


def test_of_an_import_error_the_last_line_is_told_and_only_of_the_dags_file(
    stub: AirflowStub, url: str
) -> None:
    trace = "Traceback …\n  File …\nModuleNotFoundError: No module named 'x'\n"
    stub.import_errors = [
        airflow_stub.import_error("dags/transform.py", "KeyError: 'y'"),
        airflow_stub.import_error("dags/ingest.py", trace),
    ]
    assert asked(url).import_error == "ModuleNotFoundError: No module named 'x'"


def test_of_an_exception_with_several_lines_the_first_is_told(stub: AirflowStub, url: str) -> None:
    trace = (
        'Traceback (most recent call last):\n  File "ingest.py", line 1\nContractError: a: b\nc: d'
    )
    stub.import_errors = [airflow_stub.import_error("ingest.py", trace)]
    assert asked(url).import_error == "ContractError: a: b"


def test_the_run_that_goes_on_and_the_last_that_ended_are_told_apart(
    stub: AirflowStub, url: str
) -> None:
    stub.runs = [run(DAG, "r3", "running"), run(DAG, "r2", "success"), run(DAG, "r1", "failed")]
    stub.tasks = {
        "r3": [task("r3", "prepare", "success"), task("r3", "sense", "deferred")],
        "r2": [task("r2", "prepare", "success")],
    }
    found = asked(url)
    assert found.current is not None
    assert found.last is not None
    assert (found.current.run_id, found.current.tasks) == ("r3", ("sense",))
    assert (found.last.run_id, found.last.state) == ("r2", "success")
    assert found.failure is None


def test_a_failed_task_has_the_last_error_lines_of_its_last_try(
    stub: AirflowStub, url: str
) -> None:
    stub.runs = [run(DAG, "r 1+00:00", "failed")]
    stub.tasks = {
        "r 1+00:00": [
            task("r 1+00:00", "curate", "failed", try_number=3),
            task("r 1+00:00", "audit", "upstream_failed", try_number=0),
        ]
    }
    stub.logs["r 1+00:00/curate/3"] = [
        log_line("the object holds: motorista Ana"),
        log_line("first", "error"),
        log_line("second", "error"),
        log_line("Task failed with exception", "error", "AirflowException: 1 row\nis lost"),
        log_line("closing"),
    ]
    failure = asked(url).failure
    assert failure is not None
    assert (failure.task_id, failure.try_number, failure.is_tried_again) == ("curate", 3, False)
    assert failure.error == ("second", "AirflowException: 1 row is lost")
    assert failure.url == f"{url}/dags/{DAG}/runs/r%201%2B00%3A00/tasks/curate"


@pytest.mark.parametrize(
    ("state", "number"), [("up_for_retry", 2), ("running", 3), ("scheduled", 3)]
)
def test_a_task_that_is_tried_again_has_the_error_of_the_try_before(
    stub: AirflowStub, url: str, state: str, number: int
) -> None:
    stub.runs = [run(DAG, "r1", "running")]
    stub.tasks = {"r1": [task("r1", "curate", state, try_number=number)]}
    stub.logs["r1/curate/2"] = [log_line("broken", "error")]
    failure = asked(url).failure
    assert failure is not None
    assert (failure.try_number, failure.is_tried_again, failure.error) == (2, True, ("broken",))


def test_only_tasks_of_the_table_are_looked_at(stub: AirflowStub, url: str) -> None:
    stub.runs = [run(DAG, "r1", "failed")]
    stub.tasks = {"r1": [task("r1", "a.build", "failed"), task("r1", "b.build", "running")]}
    found = asked(url, "b.").last
    assert found is not None
    assert (found.tasks, found.failure) == (("b.build",), None)


def test_a_log_that_is_gone_has_no_error_lines(stub: AirflowStub, url: str) -> None:
    stub.runs = [run(DAG, "r1", "failed")]
    stub.tasks = {"r1": [task("r1", "curate", "failed")]}
    failure = asked(url).failure
    assert failure is not None
    assert failure.error == ()


def test_health_tells_each_process_and_when_it_was_alive(stub: AirflowStub, url: str) -> None:
    dead = {"status": "unhealthy", "latest_scheduler_heartbeat": "2025-06-02T11:00:00+00:00"}
    stub.health = airflow_stub.health(scheduler=dead, triggerer={"status": None})
    found = Airflow(url).health().components
    assert list(found) == ["scheduler", "DAG processor"]
    assert not found["scheduler"].is_healthy
    assert found["scheduler"].heartbeat_at == datetime(2025, 6, 2, 11, tzinfo=UTC)
    assert found["DAG processor"].is_healthy


def test_an_airflow_that_does_not_answer_is_said_to() -> None:
    with pytest.raises(ServiceError, match=r"does not answer \(ConnectionError\)"):
        Airflow("http://127.0.0.1:9").health()


def test_an_airflow_that_refuses_is_said_to(stub: AirflowStub, url: str) -> None:
    with pytest.raises(ServiceError, match="monitor/health answers 401"):
        Airflow(f"{url}/elsewhere").health()


@pytest.mark.parametrize("wrong", ["http://airflow.example", "airflow.example", "ftp://127.0.0.1"])
def test_credentials_are_not_sent_in_the_clear(wrong: str) -> None:
    with pytest.raises(ServiceError) as refused:
        Airflow(wrong)
    assert str(refused.value) == (
        f"environment variable ATVOS_AIRFLOW_URL: found {wrong!r}; "
        "valid: https://HOST, http://HOST.internal:PORT, or http://127.0.0.1:PORT"
    )


@pytest.mark.parametrize(
    ("schema", "payload"),
    [
        ("HealthInfoResponse", airflow_stub.health()),
        ("DAGResponse", airflow_stub.dag(DAG)),
        ("DAGRunResponse", run(DAG, "r1", "failed")),
        ("TaskInstanceResponse", task("r1", "curate", "failed")),
        ("ImportErrorResponse", airflow_stub.import_error("a.py", "")),
    ],
)
def test_the_stub_has_the_attributes_of_airflows_own_schema(
    schemas: dict[str, Any], schema: str, payload: dict[str, Any]
) -> None:
    assert sorted(payload) == sorted(schemas[schema]["properties"])


@pytest.fixture(scope="module")
def schemas() -> dict[str, Any]:
    """The schemas of Airflow's REST API, as the installed version describes them."""
    loaded = yaml.load(SCHEMA.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    found: dict[str, Any] = loaded["components"]["schemas"]
    return found
