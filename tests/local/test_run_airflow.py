"""Before they fork, Airflow's processes import all that DAG files need, and nothing of ours."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from local.environment import process_environment
from local.layout import PLUGINS, REPOSITORY

LIMIT_SECONDS = 100
PROGRAM = """
import json, runpy, sys
runpy.run_path("local/run_airflow.py")
before = set(sys.modules)
import atvos.dags
added = sorted(set(sys.modules) - before)
ours = sorted(name for name in before if name.split(".")[0] in ("atvos", "curate", "local"))
print(json.dumps({"ours": ours, "late": [name for name in added if name.startswith("airflow.")]}))
"""


@pytest.mark.slow
def test_everything_that_a_dag_file_needs_of_airflow_is_imported_and_nothing_of_ours(
    tmp_path: Path,
) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM],
        cwd=REPOSITORY,
        env=process_environment({"PYTHONPATH": str(PLUGINS), "AIRFLOW_HOME": str(tmp_path)}),
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=True,
    )
    assert json.loads(done.stdout.splitlines()[-1]) == {"ours": [], "late": []}
