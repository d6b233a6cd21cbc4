"""A message wakes a run on every Airflow that the DAGs must run on, and costs no parsing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from local.layout import PLUGINS, REPOSITORY
from tests.events.woken_dag import BATCH

_DAG = Path(__file__).with_name("woken_dag.py")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("environment", "version"), [("airflow", "3.3.1"), ("airflow-3.1", "3.1.8")]
)
def test_a_message_wakes_a_run(environment: str, version: str, tmp_path: Path) -> None:
    programs = REPOSITORY / ".venv" / environment / "bin"
    if not programs.exists():
        pytest.fail(f"{programs} is not there; run `make test`", pytrace=False)
    (tmp_path / "dags").mkdir()
    file = shutil.copy(_DAG, tmp_path / "dags")
    variables = {
        **{
            name: value
            for name, value in os.environ.items()
            if "AIRFLOW" not in name and "ATVOS" not in name
        },
        "AIRFLOW_HOME": str(tmp_path),
        "AIRFLOW__CORE__DAGS_FOLDER": str(tmp_path / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "PYTHONPATH": f"{PLUGINS}:{REPOSITORY}",
    }

    def run(*command: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            list(map(str, command)),
            env=variables,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )

    migrated = run(programs / "airflow", "db", "migrate")
    assert migrated.returncode == 0, migrated.stderr
    done = run(programs / "python", "-W", "ignore", file)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == [
        version,
        False,
        ["PubsubPullTrigger", "DateTimeTrigger", BATCH],
        "success",
        ["ack-7"],
        [],
    ]
