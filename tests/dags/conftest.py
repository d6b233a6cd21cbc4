"""DAG folders as two fresh processes read them, and as this process does."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG

from local.layout import DAGS, PLUGINS, REPOSITORY

BROKEN = Path(__file__).with_name("broken")
PROBE_LIMIT_SECONDS = 240
Reading = dict[str, Any]
"""What the probe prints."""


class Loaded(NamedTuple):
    """The DAGs by id, and the import errors by file."""

    dags: dict[str, DAG]
    errors: dict[str, str]


Load = Callable[..., Loaded]


@pytest.fixture(scope="session")
def readings() -> list[Reading]:
    """Two readings, by processes that hash differently and start at different instants."""
    processes = [_start(seed) for seed in ("1", "2")]
    return [_finish(process) for process in processes]


@pytest.fixture(scope="session")
def ours(readings: list[Reading]) -> dict[str, Any]:
    """The report on dags/."""
    report: dict[str, Any] = readings[0]["reports"][str(DAGS)]
    return report


@pytest.fixture(scope="session")
def broken(readings: list[Reading]) -> dict[str, Any]:
    """The report on the files that break a rule each."""
    report: dict[str, Any] = readings[0]["reports"][str(BROKEN)]
    return report


def _start(hash_seed: str) -> subprocess.Popen[str]:
    """Read with nothing set but what every Composer environment has."""
    inherited = ("HOME", "LANG", "PATH", "TMPDIR", "AIRFLOW_HOME")
    environment = {name: os.environ[name] for name in inherited if name in os.environ}
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "tests.dags.probe", str(DAGS), str(BROKEN)],
        cwd=REPOSITORY,
        env={**environment, "PYTHONPATH": str(PLUGINS), "PYTHONHASHSEED": hash_seed},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _finish(process: subprocess.Popen[str]) -> Reading:
    printed, complaints = process.communicate(timeout=PROBE_LIMIT_SECONDS)
    assert process.returncode == 0, complaints
    # Airflow logs to standard output while it is imported.
    reading: Reading = json.loads(printed[printed.rindex('{"reports"') :])
    return reading


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Load:
    """Reads dags/ in this process with the given environment variables."""

    def read(**environment: str) -> Loaded:
        for name in [name for name in os.environ if name.startswith(("ATVOS_", "BEAM_"))]:
            monkeypatch.delenv(name)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        bag = DagBag(DAGS, safe_mode=True)
        errors = {Path(file).name: error for file, error in bag.import_errors.items()}
        return Loaded(bag.dags, errors)

    return read


@pytest.fixture
def dags(load: Load) -> dict[str, DAG]:
    """The DAGs of dags/ with nothing set."""
    found, errors = load()
    assert errors == {}
    return found
