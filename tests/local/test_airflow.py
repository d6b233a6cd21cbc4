"""Airflow's four services for real."""

from pathlib import Path

import psutil
import pytest
import requests

from local.processes import identify, is_alive, with_descendants
from local.services import AIRFLOW, Service
from local.stack import Stack


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_airflow_becomes_healthy_listens_here_alone_and_ends(tmp_path: Path) -> None:
    stack = Stack(tmp_path / "state", AIRFLOW)
    with stack:
        url = f"{stack.url(Service.API_SERVER)}/api/v2/monitor/health"
        health = requests.get(url, timeout=10).json()
        supervisor = identify(int((stack.state_dir / "supervisord.pid").read_text()))
        assert supervisor is not None
        family = with_descendants([supervisor])
        listening = {
            connection.laddr.ip
            for process in family
            for connection in psutil.Process(process.pid).net_connections("inet")
            if connection.status == psutil.CONN_LISTEN
        }

    assert {name: part["status"] for name, part in health.items()} == {
        "metadatabase": "healthy",
        "scheduler": "healthy",
        "triggerer": "healthy",
        "dag_processor": "healthy",
    }
    assert listening == {"127.0.0.1"}
    assert len(family) > len(AIRFLOW)
    assert not any(is_alive(process) for process in family)
