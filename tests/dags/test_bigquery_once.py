"""A BigQuery job is launched once, however often its task runs: found, waited for, or replaced."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowException

from atvos import jobs, settings
from atvos.jobs import Job
from atvos.operators import MAX_ATTEMPTS, BigQueryOnceOperator
from atvos.step_metrics import StepMetrics
from tests.atvos.examples import positions
from tests.dags.api_stub import served
from tests.dags.bigquery_stub import BigQueryStub
from tests.dags.running import context_of, deferred

JOB_ID = "atvos__positions__step__0f1e"
QUERY = jobs.query("SELECT 1", {"step": "publish"}, 1000)
STAGED = "staging.positions__0f1e"
LOAD: dict[str, Any] = {
    "load": {
        "sourceUris": ["gs://work/rows.parquet"],
        "destinationTable": {
            "projectId": "atvos",
            "datasetId": "staging",
            "tableId": "positions__0f1e",
        },
    }
}


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[BigQueryStub]:
    """BigQuery, with this process as its client by nothing but environment variables."""
    stub = BigQueryStub()
    connection = {
        "conn_type": "google_cloud_platform",
        "extra": {"project": "atvos", "is_anonymous": True},
    }
    with served(stub.respond) as address:
        monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", address)
        monkeypatch.setenv("AIRFLOW_CONN_GOOGLE_CLOUD_DEFAULT", json.dumps(connection))
        yield stub


class Measured(StepMetrics):
    """Keeps what is measured."""

    def __init__(self) -> None:
        super().__init__(settings.load({}), positions().metric_labels)
        self.bytes: list[tuple[str, int]] = []

    def billed(self, task_id: str, billed_bytes: int) -> None:
        """Keep a job's bytes."""
        self.bytes.append((task_id, billed_bytes))


def measured_by(operator: BigQueryOnceOperator) -> list[tuple[str, int]]:
    assert isinstance(operator.step_metrics, Measured)
    return operator.step_metrics.bytes


def once(configuration: dict[str, Any]) -> BigQueryOnceOperator:
    """The operator of one job."""
    return BigQueryOnceOperator(
        task_id="step",
        settings=settings.load({"ATVOS_PROJECT": "atvos"}),
        configure=lambda _: Job(JOB_ID, configuration),
        step_metrics=Measured(),
    )


def waited_for(operator: BigQueryOnceOperator) -> str:
    """The id of the job that the operator waits for in the triggerer."""
    _, arguments = deferred(operator, context_of()).trigger.serialize()
    return str(arguments["job_id"])


def test_the_first_attempt_launches_the_job_and_waits_in_the_triggerer(
    stub: BigQueryStub,
) -> None:
    assert waited_for(once(QUERY)) == JOB_ID
    assert stub.launched == [JOB_ID]


def test_a_launched_job_carries_the_labels_and_the_cap_of_its_configuration(
    stub: BigQueryStub,
) -> None:
    waited_for(once(QUERY))
    configuration = stub.jobs[JOB_ID]["configuration"]
    assert configuration["labels"]["step"] == "publish"
    assert configuration["query"]["maximumBytesBilled"] == "1000"


@pytest.mark.parametrize("state", ["PENDING", "RUNNING"])
def test_a_retry_attaches_to_the_job_that_runs(stub: BigQueryStub, state: str) -> None:
    stub.add(JOB_ID, QUERY, state, failed=False)
    assert waited_for(once(QUERY)) == JOB_ID
    assert stub.launched == []


def test_a_job_that_is_done_is_not_launched_again(stub: BigQueryStub) -> None:
    stub.add(JOB_ID, QUERY, "DONE", failed=False)
    assert once(QUERY).execute(context_of()) == JOB_ID
    assert stub.launched == []


def test_a_job_that_ended_while_it_was_launched_needs_no_waiting(stub: BigQueryStub) -> None:
    stub.state_of_new = "DONE"
    assert once(QUERY).execute(context_of()) == JOB_ID
    assert stub.launched == [JOB_ID]


def test_a_job_that_failed_is_replaced_under_the_next_id(stub: BigQueryStub) -> None:
    stub.add(JOB_ID, QUERY, "DONE", failed=True)
    assert waited_for(once(QUERY)) == f"{JOB_ID}__1"
    assert stub.launched == [f"{JOB_ID}__1"]


def test_a_replacement_is_found_like_the_first(stub: BigQueryStub) -> None:
    stub.add(JOB_ID, QUERY, "DONE", failed=True)
    stub.add(f"{JOB_ID}__1", QUERY, "DONE", failed=True)
    stub.add(f"{JOB_ID}__2", QUERY, "DONE", failed=False)
    assert once(QUERY).execute(context_of()) == f"{JOB_ID}__2"
    assert stub.launched == []


def test_a_load_whose_table_is_there_is_done(stub: BigQueryStub) -> None:
    stub.add(JOB_ID, LOAD, "DONE", failed=False)
    stub.tables.add(STAGED)
    assert once(LOAD).execute(context_of()) == JOB_ID
    assert stub.launched == []


def test_a_load_whose_table_is_gone_is_launched_under_the_next_id(stub: BigQueryStub) -> None:
    stub.add(JOB_ID, LOAD, "DONE", failed=False)
    assert waited_for(once(LOAD)) == f"{JOB_ID}__1"
    assert stub.launched == [f"{JOB_ID}__1"]


def test_a_job_that_always_fails_is_given_up_with_the_id_to_look_at(stub: BigQueryStub) -> None:
    for attempt in range(MAX_ATTEMPTS):
        stub.add(f"{JOB_ID}__{attempt}" if attempt else JOB_ID, QUERY, "DONE", failed=True)
    with pytest.raises(AirflowException, match=f"{JOB_ID}__{MAX_ATTEMPTS - 1}"):
        once(QUERY).execute(context_of())
    assert stub.launched == []


def test_the_bytes_of_a_job_are_measured_when_it_has_ended(stub: BigQueryStub) -> None:
    operator = once(QUERY)
    assert waited_for(operator) == JOB_ID
    assert measured_by(operator) == []
    stub.end(JOB_ID, billed_bytes=10485760)
    event = {"status": "success", "message": "done", "job_id": JOB_ID}
    assert operator.execute_complete(context_of(), event) == JOB_ID
    assert measured_by(operator) == [("step", 10485760)]


def test_the_bytes_of_a_job_that_ended_at_once_are_measured(stub: BigQueryStub) -> None:
    stub.state_of_new = "DONE"
    operator = once(LOAD)
    operator.execute(context_of())
    assert measured_by(operator) == [("step", 0)]


def test_the_bytes_of_a_job_that_was_found_done_are_not_measured_twice(
    stub: BigQueryStub,
) -> None:
    stub.add(JOB_ID, QUERY, "DONE", failed=False)
    operator = once(QUERY)
    operator.execute(context_of())
    assert measured_by(operator) == []


def test_bytes_that_nobody_can_tell_fail_nothing(stub: BigQueryStub) -> None:
    event = {"status": "success", "message": "done", "job_id": "unknown"}
    operator = once(QUERY)
    assert operator.execute_complete(context_of(), event) == "unknown"
    assert measured_by(operator) == []
