"""A job id that is taken: the try attaches to what runs, and takes the next id after a failure."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowException
from google.api_core.exceptions import NotFound

from atvos import jobs, settings
from atvos.jobs import Job
from atvos.operators import BigQueryOnceOperator
from atvos.step_metrics import StepMetrics
from tests.atvos.examples import positions
from tests.dags.api_stub import served
from tests.dags.bigquery_stub import BigQueryStub
from tests.dags.running import context_of, deferred

JOB_ID = "atvos__positions__publish__0f1e"
QUERY = jobs.query("SELECT 1", {"step": "publish"}, 1000)


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[BigQueryStub]:
    """BigQuery as its reference describes it, with a job of that id that runs."""
    stub = BigQueryStub()
    stub.add(JOB_ID, QUERY, "RUNNING", failed=False)
    connection = {
        "conn_type": "google_cloud_platform",
        "extra": {"project": "atvos", "is_anonymous": True},
    }
    with served(stub.respond) as address:
        monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", address)
        monkeypatch.setenv("AIRFLOW_CONN_GOOGLE_CLOUD_DEFAULT", json.dumps(connection))
        yield stub


@pytest.fixture
def operator() -> BigQueryOnceOperator:
    """The operator of the job."""
    values = settings.load({"ATVOS_PROJECT": "atvos"})
    return BigQueryOnceOperator(
        task_id="publish",
        settings=values,
        configure=lambda _: Job(JOB_ID, QUERY),
        step_metrics=StepMetrics(values, positions().metric_labels),
    )


def _event(status: str) -> dict[str, Any]:
    return {"status": status, "message": "what the trigger saw", "job_id": JOB_ID}


def test_a_try_that_attached_is_done_when_the_job_is(
    stub: BigQueryStub, operator: BigQueryOnceOperator
) -> None:
    deferred(operator, context_of())
    stub.end(JOB_ID, billed_bytes=0)
    assert operator.execute_complete(context_of(), _event("success")) == JOB_ID
    assert stub.launched == []


def test_a_try_that_attached_fails_with_the_job_and_the_next_takes_the_next_id(
    stub: BigQueryStub, operator: BigQueryOnceOperator
) -> None:
    deferred(operator, context_of())
    stub.add(JOB_ID, QUERY, "DONE", failed=True)
    with pytest.raises(AirflowException):
        operator.execute_complete(context_of(), _event("error"))
    deferred(operator, context_of())
    assert stub.launched == [f"{JOB_ID}__1"]


def test_a_try_attaches_to_a_replacement_that_runs(
    stub: BigQueryStub, operator: BigQueryOnceOperator
) -> None:
    stub.add(JOB_ID, QUERY, "DONE", failed=True)
    stub.add(f"{JOB_ID}__1", QUERY, "RUNNING", failed=False)
    _, arguments = deferred(operator, context_of()).trigger.serialize()
    assert arguments["job_id"] == f"{JOB_ID}__1"
    assert stub.launched == []


def test_a_job_that_nobody_may_look_at_launches_no_second(
    stub: BigQueryStub, operator: BigQueryOnceOperator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """409 says that it is there, and 404 that it cannot be seen: of another location, perhaps."""
    answer = stub.respond

    def hidden(method: str, path: str, query: dict[str, str], body: dict[str, Any]) -> Any:
        unseen = "GET" if path.endswith(JOB_ID) else ""
        return answer("NONE" if method == unseen else method, path, query, body)

    monkeypatch.setattr(stub, "respond", hidden)
    with served(hidden) as address:
        monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", address)
        with pytest.raises(NotFound):
            operator.execute(context_of())
    assert stub.launched == []
