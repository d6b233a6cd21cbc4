"""The stack for real: emulators, metrics, and what happens when something is wrong."""

import os
import signal
import stat
from pathlib import Path

import psutil
import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery
from google.cloud.storage import Client as StorageClient
from typer.testing import CliRunner

from local.__main__ import app
from local.errors import StackError
from local.processes import identify, is_alive, with_descendants
from local.services import EMULATORS, METRICS, MONITORING, Service
from local.stack import Stack
from local.state import ProcessId

GCS_ONLY = [Service.GCS]


def test_an_object_comes_back_as_it_was_put(emulators: Stack) -> None:
    bucket = StorageClient().bucket(os.environ["ATVOS_LANDING_BUCKET"])

    bucket.blob("stack/greeting.txt").upload_from_string("olá")

    assert bucket.blob("stack/greeting.txt").download_as_text() == "olá"
    assert StorageClient().bucket(os.environ["ATVOS_WORK_BUCKET"]).exists()


def test_a_query_is_answered(emulators: Stack) -> None:
    client = bigquery.Client(credentials=AnonymousCredentials())

    rows = client.query("SELECT ARRAY_LENGTH([1, 2, 3]) AS n").result(timeout=20)

    assert [row.n for row in rows] == [3]


def test_a_table_is_loaded_from_the_bucket(emulators: Stack) -> None:
    StorageClient().bucket("landing").blob("stack/rows.ndjson").upload_from_string('{"n": 7}\n')
    client = bigquery.Client(credentials=AnonymousCredentials())
    client.create_dataset("stack_test", exists_ok=True)

    client.load_table_from_uri(
        "gs://landing/stack/rows.ndjson",
        "stack_test.rows",
        job_config=bigquery.LoadJobConfig(
            schema=[bigquery.SchemaField("n", "INT64")], source_format="NEWLINE_DELIMITED_JSON"
        ),
    ).result(timeout=20)

    assert [row.n for row in client.list_rows("stack_test.rows")] == [7]


def test_every_service_runs_with_its_own_pid_and_log(metrics_stack: Stack) -> None:
    services = metrics_stack.services

    assert services.keys() == EMULATORS | MONITORING
    assert {status.state for status in services.values()} == {"running"}
    assert len({status.pid for status in services.values()}) == len(services)
    assert all(status.log and status.log.exists() for status in services.values())


def test_every_service_listens_on_the_loopback_interface_alone(metrics_stack: Stack) -> None:
    listening = [
        connection.laddr.ip
        for status in metrics_stack.services.values()
        for connection in psutil.Process(status.pid).net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]

    assert len(listening) >= len(EMULATORS | MONITORING)
    assert set(listening) <= {"127.0.0.1", "::ffff:127.0.0.1", "::1"}


def test_another_process_can_attach_to_it(metrics_stack: Stack) -> None:
    attached = Stack.attach(metrics_stack.state_dir)

    assert attached.environment() == metrics_stack.environment()
    assert attached.services == metrics_stack.services


def test_a_second_start_finds_it_running(metrics_stack: Stack, lines: list[str]) -> None:
    pids = {name: status.pid for name, status in metrics_stack.services.items()}

    Stack(metrics_stack.state_dir, EMULATORS, report=lines.append).start()

    assert lines == [f"the stack in {metrics_stack.state_dir} is already running"]
    assert {name: status.pid for name, status in metrics_stack.services.items()} == pids


def test_status_and_env_show_it(metrics_stack: Stack) -> None:
    options = ["--state-dir", str(metrics_stack.state_dir)]

    status = CliRunner().invoke(app, ["status", *options])
    env = CliRunner().invoke(app, ["env", *options])

    assert (status.exit_code, env.exit_code) == (0, 0)
    header, *rows = [line.split() for line in status.output.splitlines()]
    assert header == ["SERVICE", "STATE", "PID", "ADDRESS", "LOG"]
    assert [row[0] for row in rows] == [s for s in Service if s in EMULATORS | MONITORING]
    assert "export GOOGLE_CLOUD_PROJECT=atvoslocal\n" in env.output


def test_stopping_ends_every_process_and_a_second_start_works(state_dir: Path) -> None:
    stack = Stack(state_dir, EMULATORS)
    stack.start()
    first = _processes(stack)

    stack.stop()

    assert len(first) == 3  # Supervisor and the two emulators
    assert not any(is_alive(process) for process in first)
    assert stack.services == {}

    with stack:
        assert {status.state for status in stack.services.values()} == {"running"}
        assert stat.S_IMODE((state_dir / "stack.json").stat().st_mode) == 0o600


def test_a_stack_whose_supervisor_was_killed_is_ended_and_started_again(
    state_dir: Path, lines: list[str]
) -> None:
    broken = Stack(state_dir, GCS_ONLY)
    broken.start()
    left = _processes(broken)
    pid = int((state_dir / "supervisord.pid").read_text())
    os.kill(pid, signal.SIGKILL)

    with Stack(state_dir, GCS_ONLY, report=lines.append) as again:
        assert again.services[Service.GCS].state == "running"
        assert not any(is_alive(process) for process in left)
    assert f"ending what is left of an earlier stack in {state_dir}" in lines


def test_a_service_that_died_is_shown_and_comes_back_with_the_next_start(
    state_dir: Path, lines: list[str]
) -> None:
    with Stack(state_dir, GCS_ONLY, report=lines.append) as stack:
        gcs = stack.services[Service.GCS]
        assert gcs.pid is not None
        psutil.Process(gcs.pid).kill()
        while stack.services[Service.GCS].state == "running":
            pass
        assert stack.services[Service.GCS].state == "failed"

        stack.start()

        assert stack.services[Service.GCS].state == "running"
        assert "gcs is failed" in lines


def test_a_service_that_cannot_start_is_named_with_its_last_lines_and_all_is_stopped(
    state_dir: Path, tmp_path: Path, lines: list[str]
) -> None:
    broken = tmp_path / "prometheus"
    broken.write_text("#!/bin/sh\nseq -f 'line %g' 30\nexit 3\n")
    broken.chmod(0o755)
    stack = Stack(
        state_dir,
        [Service.GCS, Service.PROMETHEUS],
        report=lines.append,
        find_tool=lambda _service: broken,
    )

    with pytest.raises(StackError) as raised:
        stack.start()

    message = str(raised.value)
    assert message.startswith("prometheus ended while starting")
    assert f"log: {state_dir / 'logs' / 'prometheus.log'}" in message
    shown = [line.strip() for line in message.splitlines() if line.startswith("  line")]
    assert shown == [f"line {number}" for number in range(11, 31)]
    assert lines[-1] == "stopped: 2 processes ended"  # Supervisor and the storage emulator
    assert stack.services == {}


def test_without_the_tools_for_metrics_it_starts_and_says_so(
    state_dir: Path, lines: list[str]
) -> None:
    services = [Service.GCS, *METRICS]

    with Stack(state_dir, services, report=lines.append, find_tool=lambda _service: None) as stack:
        states = {name: status.state for name, status in stack.services.items()}
        reason = stack.services[Service.STATSD].note

    assert states == {"gcs": "running", "statsd": "absent", "prometheus": "absent"}
    assert reason.startswith("metrics are not collected: ")
    assert f"statsd: {reason}" in lines


def test_without_the_emulators_environment_it_says_how_to_install_it(
    state_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.stack.EMULATORS_BIN", state_dir / "bin")

    with pytest.raises(StackError, match=r"bqemulator is missing: run `make install`"):
        Stack(state_dir, GCS_ONLY).start()


def test_stopping_where_nothing_runs_says_so_and_succeeds(state_dir: Path) -> None:
    done = CliRunner().invoke(app, ["down", "--state-dir", str(state_dir)])

    assert (done.exit_code, done.output) == (0, f"no stack runs in {state_dir}\n")


def test_attaching_where_nothing_runs_is_refused(state_dir: Path) -> None:
    done = CliRunner().invoke(app, ["env", "--state-dir", str(state_dir)])

    assert done.exit_code == 1
    assert f"no stack runs in {state_dir}: start one with `make up`" in done.output


def _processes(stack: Stack) -> set[ProcessId]:
    supervisor = identify(int((stack.state_dir / "supervisord.pid").read_text()))
    assert supervisor is not None
    return with_descendants([supervisor])
