"""Of a system that the data comes from ``why`` tells what fires, the loudest first."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from atvos.oncall import command
from atvos.oncall.prometheus_api import Prometheus
from atvos.oncall.sessions import ServiceError
from tests.dags.api_stub import Answer, served

app = typer.Typer()
app.command()(command.why)


def alert(name: str, system: str, severity: str = "page", state: str = "firing") -> dict[str, Any]:
    """An alert as Prometheus's API gives it."""
    return {
        "labels": {
            "alertname": name,
            "severity": severity,
            "system": system,
            "environment": "production",
        },
        "annotations": {
            "summary": f"{system} is not well",
            "description": "12% of the requests\nended with 5xx.",
            "runbook_url_en": f"https://git.atvos.example/{name}.md",
        },
        "state": state,
        "activeAt": "2026-06-02T12:00:00Z",
        "value": "1.2e-01",
    }


@pytest.fixture
def alerts() -> list[dict[str, Any]]:
    """What Prometheus has."""
    return []


@pytest.fixture
def url(alerts: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A Prometheus that watches one system."""

    def respond(_method: str, path: str, _query: dict[str, str], _body: dict[str, Any]) -> Answer:
        if path == "/api/v1/alerts":
            return 200, {"status": "success", "data": {"alerts": alerts}}
        found = [{"metric": {"system": "transport-api"}, "value": [1748865600.0, "1"]}]
        return 200, {"status": "success", "data": {"resultType": "vector", "result": found}}

    with served(respond) as address:
        monkeypatch.setenv("ATVOS_PROMETHEUS_URL", address)
        yield address


@pytest.fixture
def why(url: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The command, where no table is asked about: nothing of Google is needed."""
    monkeypatch.setattr(command, "_clients", lambda _settings: None)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, arguments)

    return run


def test_a_system_with_errors_is_told_with_its_runbook(
    why: Any, alerts: list[dict[str, Any]]
) -> None:
    alerts += [
        alert("SystemSlow", "transport-api", "ticket"),
        alert("SystemErrors", "transport-api"),
    ]
    found = why("transport-api")
    assert found.exit_code == 0, found.output
    first, second, third, *_ = found.output.splitlines()
    assert first == "transport-api is not well: 12% of the requests ended with 5xx."
    assert second.split() == ["alert", "SystemErrors", "(page,", "production)"]
    assert third.split() == ["runbook", "https://git.atvos.example/SystemErrors.md"]


def test_what_is_of_another_system_or_only_pending_is_not_told(
    why: Any, alerts: list[dict[str, Any]]
) -> None:
    alerts += [
        alert("SystemDown", "transport-web"),
        alert("SystemDown", "transport-api", state="pending"),
    ]
    assert why("transport-api").output.strip() == "transport-api: nothing fires."


def test_as_json_all_of_it_is_there(why: Any, alerts: list[dict[str, Any]]) -> None:
    alerts.append(alert("SystemErrors", "transport-api"))
    told = json.loads(why("transport-api", "--json").stdout)
    assert told["system"] == "transport-api"
    assert [item["alert"] for item in told["alerts"]] == ["SystemErrors"]


def test_a_name_that_is_neither_table_nor_system_is_refused(why: Any) -> None:
    found = why("transport-app")
    assert found.exit_code == command.REFUSED
    assert "no feed or mart 'transport-app'" in found.stderr


def test_something_else_at_the_address_is_said_to_be() -> None:
    with (
        served(lambda *_: (200, {"detail": "hello"})) as address,
        pytest.raises(ServiceError, match="api/v1/alerts is no Prometheus"),
    ):
        Prometheus(address).alarms("transport-api")
