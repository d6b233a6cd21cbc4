"""Alertmanager's configuration is the one of monitoring/, and the relay keeps what it sends."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests
import yaml

from local.alertmanager import write_configuration
from local.layout import ALERTMANAGER_CONFIG
from local.ports import Ports
from local.services import Service
from local.stack import Stack


def test_only_the_receivers_place_and_the_waits_differ(tmp_path: Path) -> None:
    write_configuration(tmp_path, Ports(alert_relay=29095))

    source = yaml.safe_load(ALERTMANAGER_CONFIG.read_text(encoding="utf-8"))
    local = yaml.safe_load((tmp_path / "alertmanager.yml").read_text(encoding="utf-8"))
    assert local["inhibit_rules"] == source["inhibit_rules"]
    assert local["route"]["routes"] == source["route"]["routes"]
    assert {
        receiver["name"]: receiver["webhook_configs"][0]["url"] for receiver in local["receivers"]
    } == {name: f"http://127.0.0.1:29095/{name}" for name in ("page", "ticket", "info")}


def test_an_alert_of_prometheus_kind_reaches_the_relay(metrics_stack: Stack) -> None:
    labels = {"alertname": "ExporterDown", "severity": "page", "cause": "metrics"}
    answer = requests.post(
        f"{metrics_stack.url(Service.ALERTMANAGER)}/api/v2/alerts",
        json=[{"labels": labels}],
        timeout=10,
    )
    assert answer.status_code == 200

    def kept() -> list[tuple[str, dict[str, str]]]:
        file = metrics_stack.state_dir / "alertmanager" / "notifications.ndjson"
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        found: list[dict[str, Any]] = [json.loads(line) for line in lines]
        return [
            (item["receiver"], alert["labels"])
            for item in found
            for alert in item["notification"]["alerts"]
        ]

    assert ("page", labels) in _within(30, kept, lambda found: ("page", labels) in found)


def test_the_relay_refuses_what_is_no_notification(metrics_stack: Stack) -> None:
    url = f"{metrics_stack.url(Service.ALERT_RELAY)}/page"
    assert requests.post(url, data=b"no json", timeout=10).status_code == 400


def _within(
    seconds: float,
    look: Callable[[], list[tuple[str, dict[str, str]]]],
    is_there: Callable[[list[tuple[str, dict[str, str]]]], bool],
) -> list[tuple[str, dict[str, str]]]:
    deadline = time.monotonic() + seconds
    while not is_there(seen := look()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return seen
