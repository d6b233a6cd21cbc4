"""The curate job of a batch is launched once, on Dataflow as in a process of this machine."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.google.cloud.hooks.dataflow import DataflowHook
from airflow.sdk.exceptions import AirflowException, AirflowFailException
from google.auth.credentials import AnonymousCredentials
from googleapiclient.discovery import build  # type: ignore[import-untyped]
from googleapiclient.errors import HttpError  # type: ignore[import-untyped]

from atvos import names, settings
from atvos.batch import Batch
from atvos.batch_store import BatchStore
from atvos.clients import storage_client
from atvos.contract import Feed, Protection
from atvos.curate_operators import CurateLocallyOperator, CurateOnDataflowOperator, launch_body
from local.environment import WORK_BUCKET
from local.stack import Stack
from tests.atvos.examples import batch, positions, stats, version
from tests.dags.api_stub import served
from tests.dags.dataflow_stub import DataflowStub
from tests.dags.running import context_of, deferred
from tests.dags.test_shapes import DATAFLOW

ON_DATAFLOW = settings.load({**DATAFLOW, "ATVOS_PROJECT": "atvos"})
FEED = positions()
PERSONAL = replace(
    FEED,
    columns=tuple(
        replace(c, classification="pii", protection=Protection.HASH) if c.name == "trip" else c
        for c in FEED.columns
    ),
)
"""The feed with a column that is to be hashed."""
PASSWORD = '{"conn_type": "generic", "password": "' + "k" * 32 + '"}'
SECRET = "projects/p/secrets/pii-key/versions/1"


@pytest.fixture
def claimed(emulators: Stack, request: pytest.FixtureRequest) -> tuple[BatchStore, Batch]:
    """A batch of the test's own that waits for its curate job."""
    store = BatchStore(storage_client(settings.load()), WORK_BUCKET, FEED)
    made = batch(version(f"positions/{request.node.name}.ndjson"))
    store.claim(made, request.node.name)
    return store, made


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[DataflowStub]:
    """Dataflow. The provider can be told no other address, so its hook is given the client."""
    stub = DataflowStub()
    with served(stub.respond) as address:
        monkeypatch.setattr(
            DataflowHook,
            "get_conn",
            lambda _: build(
                "dataflow",
                "v1b3",
                credentials=AnonymousCredentials(),
                client_options={"api_endpoint": address},
                static_discovery=True,
            ),
        )
        yield stub


def on_dataflow() -> CurateOnDataflowOperator:
    """The operator of a batch of ``FEED``."""
    return CurateOnDataflowOperator(task_id="curate", settings=ON_DATAFLOW, feed=FEED)


def waited_for(operator: CurateOnDataflowOperator, context: Any) -> str:
    """The id of the job that the operator waits for in the triggerer."""
    _, arguments = deferred(operator, context).trigger.serialize()
    return str(arguments["job_id"])


def test_a_batch_is_launched_as_a_job_of_its_own_name(
    stub: DataflowStub, claimed: tuple[BatchStore, Batch]
) -> None:
    store, made = claimed
    job_id = waited_for(on_dataflow(), context_of(sense=made.batch_id))
    name = f"curate-positions-{made.batch_id}"
    assert [(job["id"], job["name"]) for job in stub.jobs] == [(job_id, name)]
    assert stub.launched == [launch_body(ON_DATAFLOW, FEED, name, store.folder_uri(made.batch_id))]


def test_the_launch_names_template_account_and_the_folder_of_the_batch() -> None:
    assert launch_body(
        ON_DATAFLOW, FEED, "curate-positions-0f1e", "gs://work/batches/positions/0f1e"
    ) == {
        "launchParameter": {
            "jobName": "curate-positions-0f1e",
            "containerSpecGcsPath": "gs://templates/curate.json",
            "parameters": {"batch": "gs://work/batches/positions/0f1e"},
            "environment": {
                "serviceAccountEmail": "curate@atvos.iam.gserviceaccount.com",
                "tempLocation": "gs://work/tmp",
                "maxWorkers": 4,
                "machineType": "n2-standard-2",
                "subnetwork": "regions/r/subnetworks/s",
                "ipConfiguration": "WORKER_IP_PRIVATE",
                "additionalUserLabels": {"environment": "local"},
            },
        }
    }


def test_a_feed_with_personal_data_is_told_the_name_of_the_secret_and_not_the_key() -> None:
    dataflow = replace(ON_DATAFLOW.dataflow, pii_key_secret=SECRET)  # type: ignore[type-var]
    body = launch_body(replace(ON_DATAFLOW, dataflow=dataflow), PERSONAL, "j", "gs://work/b")
    assert body["launchParameter"]["parameters"] == {
        "batch": "gs://work/b",
        "pii_key_secret": SECRET,
    }


def test_a_feed_with_personal_data_is_not_launched_without_a_secret() -> None:
    with pytest.raises(AirflowFailException, match="ATVOS_PII_KEY_SECRET is not set; valid: proj"):
        launch_body(ON_DATAFLOW, PERSONAL, "j", "gs://work/b")


def test_a_retry_attaches_to_the_job_that_runs(
    stub: DataflowStub, claimed: tuple[BatchStore, Batch]
) -> None:
    _, made = claimed
    running = stub.add(names.dataflow_job("positions", made.batch_id), "JOB_STATE_RUNNING")
    assert waited_for(on_dataflow(), context_of(sense=made.batch_id)) == running["id"]
    assert stub.launched == []


def test_a_job_that_another_run_launched_in_between_is_a_conflict_and_the_retry_attaches(
    stub: DataflowStub, claimed: tuple[BatchStore, Batch], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, made = claimed
    running = stub.add(names.dataflow_job("positions", made.batch_id), "JOB_STATE_RUNNING")
    with monkeypatch.context() as patch:
        patch.setattr(CurateOnDataflowOperator, "_active_job", lambda *_: None)
        with pytest.raises(HttpError, match="already an active job"):
            on_dataflow().execute(context_of(sense=made.batch_id))
    assert waited_for(on_dataflow(), context_of(sense=made.batch_id)) == running["id"]
    assert stub.launched == []


def test_a_job_that_failed_is_launched_anew(
    stub: DataflowStub, claimed: tuple[BatchStore, Batch]
) -> None:
    _, made = claimed
    failed = stub.add(names.dataflow_job("positions", made.batch_id), "JOB_STATE_FAILED")
    assert waited_for(on_dataflow(), context_of(sense=made.batch_id)) != failed["id"]
    assert len(stub.launched) == 1


def test_a_batch_that_has_its_stats_is_done(
    stub: DataflowStub, claimed: tuple[BatchStore, Batch]
) -> None:
    store, made = claimed
    done = names.batch_prefix("positions", made.batch_id) + "stats.json"
    store.client.bucket(WORK_BUCKET).blob(done).upload_from_string(stats(made.batch_id).to_json())
    assert on_dataflow().execute(context_of(sense=made.batch_id)) is None
    assert stub.jobs == []


@pytest.mark.parametrize("runs", [False, True], ids=["launched", "attached to"])
def test_waiting_for_a_job_ends_with_the_time_of_the_task(
    stub: DataflowStub, claimed: tuple[BatchStore, Batch], runs: bool
) -> None:
    _, made = claimed
    if runs:
        stub.add(names.dataflow_job("positions", made.batch_id), "JOB_STATE_RUNNING")
    operator = on_dataflow()
    operator.execution_timeout = timedelta(hours=2)
    assert deferred(operator, context_of(sense=made.batch_id)).timeout == timedelta(hours=2)


def locally(main: str, folder: Path, feed: Feed = FEED) -> CurateLocallyOperator:
    """The operator with ``main`` in place of the curate job."""
    file = folder / "main.py"
    file.write_text(main, encoding="utf-8")
    return CurateLocallyOperator(
        task_id="curate", settings=replace(settings.load(), curate_main=file), feed=feed
    )


KEY_OR_ARGUMENT = """
import os, sys
key = os.environ.get("ATVOS_PII_KEY", "")
sys.exit(0 if key == "k" * 32 and key not in " ".join(sys.argv) else 3)
"""


def test_a_local_job_gets_the_key_of_the_connection_in_its_environment(
    claimed: tuple[BatchStore, Batch], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_ATVOS_PII_KEY", PASSWORD)
    locally(KEY_OR_ARGUMENT, tmp_path, PERSONAL).execute(context_of(sense=claimed[1].batch_id))


def test_a_feed_without_personal_data_gets_no_key(
    claimed: tuple[BatchStore, Batch], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_ATVOS_PII_KEY", PASSWORD)
    with pytest.raises(AirflowException, match="ended with 3"):
        locally(KEY_OR_ARGUMENT, tmp_path).execute(context_of(sense=claimed[1].batch_id))


@pytest.mark.parametrize("connection", [None, '{"conn_type": "generic"}'])
def test_without_a_key_nothing_is_started(
    claimed: tuple[BatchStore, Batch],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    connection: str | None,
) -> None:
    monkeypatch.delenv("AIRFLOW_CONN_ATVOS_PII_KEY", raising=False)
    if connection is not None:
        monkeypatch.setenv("AIRFLOW_CONN_ATVOS_PII_KEY", connection)
    operator = locally("import sys; sys.exit(0)", tmp_path, PERSONAL)
    with pytest.raises(AirflowFailException, match="the connection atvos_pii_key has no password"):
        operator.execute(context_of(sense=claimed[1].batch_id))


def test_a_local_job_is_given_the_folder_of_the_batch(
    claimed: tuple[BatchStore, Batch], tmp_path: Path
) -> None:
    store, made = claimed
    seen = tmp_path / "seen"
    main = f"import sys; open({str(seen)!r}, 'w').write(' '.join(sys.argv[1:]))"
    locally(main, tmp_path).execute(context_of(sense=made.batch_id))
    assert seen.read_text(encoding="utf-8") == f"--batch {store.folder_uri(made.batch_id)}"


def test_a_local_job_that_fails_fails_the_task_and_its_output_is_in_the_log(
    claimed: tuple[BatchStore, Batch], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store, made = claimed
    main = "import sys; print('no space left on device', file=sys.stderr); sys.exit(3)"
    operator = locally(main, tmp_path)
    with pytest.raises(AirflowException, match="ended with 3") as caught:
        operator.execute(context_of(sense=made.batch_id))
    assert store.folder_uri(made.batch_id) in str(caught.value)
    assert "no space left on device" in capsys.readouterr().out
