"""A real Airflow that is fed from a bucket, as Composer feeds its own."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import requests

from atvos.deploy.bucket import Bucket
from local.environment import Secrets, client_environment, process_environment
from local.layout import AIRFLOW_BIN
from local.ports import LOOPBACK, choose
from local.processes import end, identify, with_descendants

READY_LIMIT_SECONDS = 90
SYNC_SECONDS = 0.5

ON_SERVER = "ATVOS_TEST_ON_SERVER"
"""Set in Airflow's processes alone: a DAG file can tell that it is not checked but run."""


@contextmanager
def fed_from(bucket: Bucket, folder: Path) -> Iterator[str]:
    """An api-server and a DAG processor on what lies in the bucket; gives the address.

    No scheduler: nothing is run.
    """
    ports = choose(preferred=None, needed={"airflow"}, report=print)
    for name in ("airflow", "dags", "plugins"):
        (folder / name).mkdir()
    keys = Secrets.load_or_create(folder / "secrets.json")
    environment = process_environment(
        client_environment(folder, ports, keys) | _own_settings(folder)
    )
    with (folder / "airflow.log").open("w") as log:
        subprocess.run(
            _airflow("db", "migrate"), env=environment, stdout=log, stderr=log, check=True
        )
        with _mirrored(bucket, folder), _running(environment, log.fileno()):
            url = f"http://{LOOPBACK}:{ports.airflow}"
            _wait_for(url, folder / "airflow.log")
            yield url


def _own_settings(folder: Path) -> dict[str, str]:
    return {
        ON_SERVER: "yes",
        "PYTHONPATH": str(folder / "plugins"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(folder / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(folder / "plugins"),
        "AIRFLOW__METRICS__STATSD_ON": "False",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "1",
        "AIRFLOW__DAG_PROCESSOR__BUNDLE_REFRESH_CHECK_INTERVAL": "1",
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "1",
    }


def _airflow(*arguments: str) -> list[str]:
    return [str(AIRFLOW_BIN / "airflow"), *arguments]


@contextmanager
def _running(environment: dict[str, str], log: int) -> Iterator[None]:
    started = [
        subprocess.Popen(
            _airflow(name), env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        for name in ("api-server", "dag-processor")
    ]
    try:
        yield
    finally:
        known = {found for process in started if (found := identify(process.pid))}
        with_children = with_descendants(known)
        for process in started:
            process.terminate()
        end(with_children, patience_seconds=10)
        for process in started:
            process.wait(timeout=10)


def _wait_for(url: str, log: Path) -> None:
    deadline = time.monotonic() + READY_LIMIT_SECONDS
    while not _answers(f"{url}/api/v2/monitor/health"):
        if time.monotonic() > deadline:
            raise TimeoutError(f"Airflow is not ready\n{log.read_text()[-2000:]}")
        time.sleep(0.25)


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except requests.RequestException:
        return False


@contextmanager
def _mirrored(bucket: Bucket, folder: Path) -> Iterator[None]:
    """Keep the folder like the bucket: file by file, each at once, a moment later."""
    ends = Event()

    def mirror() -> None:
        seen: dict[str, str | None] = {}
        while not ends.wait(SYNC_SECONDS):
            seen = _mirror(bucket, folder, seen)

    thread = Thread(target=mirror, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ends.set()
        thread.join(timeout=10)


def _mirror(bucket: Bucket, folder: Path, seen: dict[str, str | None]) -> dict[str, str | None]:
    """Bring what has changed; returns what was seen."""
    there = bucket.deployed()
    for name in there:
        if seen.get(name) == there[name]:
            continue
        content = bucket.client.bucket(bucket.name).blob(name).download_as_bytes()
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".{target.name}.part")
        part.write_bytes(content)
        part.replace(target)
    for name in seen.keys() - there.keys():
        (folder / name).unlink()
    return there
