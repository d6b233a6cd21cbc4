"""The whole DAG, as Airflow runs it: plan, the requests one by one, record, report."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from atvos import jobs, names, ops_tables, settings, tables
from atvos.powerbi import refresh
from local.client import Client
from local.layout import PLUGINS, REPOSITORY
from local.stack import Stack
from tests.atvos.desk import query
from tests.powerbi.refresh.service import DATASET, WORKSPACE, Service, served

LIMIT_SECONDS = 240
OLD_DAY = "2026-01-31"


@pytest.fixture
def client(emulators: Stack) -> Client:
    """A client of emulators with the books of the platform, and one change of a mart."""
    found = Client(emulators)
    script = tables.prepare_script(ops_tables.operations(), settings.load({}))
    jobs.run(found.bigquery, jobs.query(script, {}, 1 << 30))
    query(
        found.bigquery,
        f"INSERT INTO {names.TABLE_CHANGES} "
        "(changed_date, table_name, change_id, kind, days, changed_at) "
        f"SELECT CURRENT_DATE(), 'marts.rpt_d1', GENERATE_UUID(), 'build', [DATE '{OLD_DAY}'], "
        "CURRENT_TIMESTAMP()",
    )
    return found


def run_dag(home: Path, service: Service) -> dict[str, Any]:
    """Run the DAG in a process of its own."""
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW_CONN_POWERBI_DEFAULT": service.connection,
        "ATVOS_POWERBI_WORKSPACE": WORKSPACE,
        "ATVOS_POWERBI_DATASET": DATASET,
        "NO_PROXY": "127.0.0.1",
        "PYTHONPATH": f"{REPOSITORY}:{PLUGINS}",
    }
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.powerbi.refresh.run_dag"],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_change_reaches_power_bi_and_is_on_record(client: Client, tmp_path: Path) -> None:
    with served(Service(looks_until_done=0), tmp_path) as service:
        found = run_dag(tmp_path / "airflow", service)
        assert found["run"] == "success", found
        assert set(found["tasks"].values()) == {"success"}
        # The first refresh ever fills all by the policies, in one request.
        assert list(found["tasks"]).count("refresh[0]") == 1
        (body,) = service.bodies
        assert {"table": "rpt_d1"} in body["objects"]
        assert body["applyRefreshPolicy"] is True
        taken = query(
            client.bigquery,
            f"SELECT COUNT(*) AS n FROM {names.MODEL_LEDGER} WHERE table_name = '{refresh.NAME}'",
        )
        assert taken[0]["n"] >= 1
