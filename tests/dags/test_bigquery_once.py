"""A BigQuery job is launched once, however often its task runs: found, waited for, or replaced."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowException

from atvos import jobs, settings
from atvos.jobs import Job
from atvos.operators import MAX_ATTEMPTS, BigQueryOnceOperator
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


def once(configuration: dict[str, Any]) -> BigQueryOnceOperator:
    """The operator of one job."""
    return BigQueryOnceOperator(
        task_id="step",
        settings=settings.load({"ATVOS_PROJECT": "atvos"}),
        configure=lambda _: Job(JOB_ID, configuration),
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
