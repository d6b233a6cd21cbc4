"""The variables of clients and of the stack's own processes."""

import json
import stat
from pathlib import Path

import pytest

from local.environment import Secrets, client_environment, process_environment
from local.layout import AIRFLOW_BIN, PLUGINS
from local.ports import Ports

KEYS = Secrets(fernet_key="fernet", jwt_secret="jwt", api_secret_key="api", pii_key="pii")


@pytest.fixture
def client() -> dict[str, str]:
    return client_environment(Path("/state"), Ports(), KEYS)


def test_google_clients_are_sent_to_the_emulators(client: dict[str, str]) -> None:
    assert client["STORAGE_EMULATOR_HOST"] == "http://127.0.0.1:9023"
    assert client["BIGQUERY_EMULATOR_HOST"] == "http://127.0.0.1:9050"
    assert client["GOOGLE_CLOUD_PROJECT"] == "atvoslocal"
    assert json.loads(client["AIRFLOW_CONN_GOOGLE_CLOUD_DEFAULT"]) == {
        "conn_type": "google_cloud_platform",
        "extra": {"project": "atvoslocal", "is_anonymous": True},
    }


def test_the_project_has_its_settings(client: dict[str, str]) -> None:
    ours = {name: value for name, value in client.items() if name.startswith(("ATVOS_", "BEAM_"))}

    assert ours == {
        "ATVOS_ENVIRONMENT": "local",
        "ATVOS_PROJECT": "atvoslocal",
        "ATVOS_LOCATION": "southamerica-east1",
        "ATVOS_LANDING_BUCKET": "landing",
        "ATVOS_WORK_BUCKET": "work",
        "ATVOS_STATSD_HOST": "127.0.0.1",
        "ATVOS_STATSD_PORT": "9125",
        "ATVOS_AIRFLOW_URL": "http://127.0.0.1:8080",
        "ATVOS_PROMETHEUS_URL": "http://127.0.0.1:9090",
        "ATVOS_EXTRA_CONTRACTS_DIR": "/state/contracts",
        "ATVOS_SENSE_INTERVAL": "1",
        "ATVOS_RETRIES": "2",
        "BEAM_RUNNER": "FnApiRunner",
    }
    assert client["PYTHONPATH"] == str(PLUGINS)


def test_airflow_listens_on_the_loopback_interface_alone(client: dict[str, str]) -> None:
    assert client["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert client["AIRFLOW__API__BASE_URL"] == "http://127.0.0.1:8080"
    assert client["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == "http://127.0.0.1:8080/execution/"


def test_processes_take_over_little_of_the_shell(client: dict[str, str]) -> None:
    shell = {
        "HOME": "/home/ana",
        "PATH": "/usr/bin",
        "GOOGLE_APPLICATION_CREDENTIALS": "/home/ana/key.json",
        "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
    }

    process = process_environment(client, shell)

    assert process["HOME"] == "/home/ana"
    assert process["PATH"] == f"{AIRFLOW_BIN}:/usr/bin"
    assert "GOOGLE_APPLICATION_CREDENTIALS" not in process
    assert process["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"


def test_keys_are_generated_once(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"

    created = Secrets.load_or_create(path)

    assert Secrets.load_or_create(path) == created
    assert Secrets.load_or_create(tmp_path / "other.json") != created
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
