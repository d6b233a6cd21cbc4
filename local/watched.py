"""Whether Prometheus has what it should have after a run: every series, every rule, no alarm."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import requests
import yaml

from atvos.monitoring.registry import REGISTRY
from local.client import Client
from local.layout import PROMETHEUS_CONFIG
from local.services import Service

_TIMEOUT_SECONDS = 30
RULES = PROMETHEUS_CONFIG.parent / "rules"


def problems(client: Client) -> list[str]:
    """A line for every documented series, rule or target that is not there, and every alarm."""
    return [*missing_series(client), *missing_rules(client), *targets_down(client), *alarms(client)]


def missing_series(client: Client) -> Iterator[str]:
    """The documented metrics of which Prometheus has no sample."""
    there = set(_ask(client, "label/__name__/values"))
    for metric in REGISTRY:
        for series in metric.series:
            if series not in there:
                yield f"metric {series}: no sample"


def missing_rules(client: Client) -> Iterator[str]:
    """The rules of the repository that are not loaded, or cannot be evaluated."""
    loaded = {
        rule["name"]: rule["health"]
        for group in _ask(client, "rules")["groups"]
        for rule in group["rules"]
    }
    for name in rule_names(RULES.glob("*.yml")):
        if loaded.get(name) != "ok":
            yield f"rule {name}: {loaded.get(name, 'not loaded')}"


def rule_names(files: Iterable[Path]) -> list[str]:
    """The alerts and recorded series of rule files, sorted."""
    documents = [yaml.safe_load(file.read_text(encoding="utf-8")) for file in files]
    rules = [rule for found in documents for group in found["groups"] for rule in group["rules"]]
    return sorted({rule.get("alert") or rule["record"] for rule in rules})


def targets_down(client: Client) -> Iterator[str]:
    """What Prometheus cannot scrape."""
    for target in _ask(client, "targets")["activeTargets"]:
        if target["health"] == "down":
            yield f"target {target['scrapeUrl']}: {target['lastError']}"


def alarms(client: Client) -> Iterator[str]:
    """The alerts that fire."""
    for alert in _ask(client, "alerts")["alerts"]:
        if alert["state"] == "firing":
            labels = alert["labels"]
            about = labels.get("dataset") or labels.get("system") or "the platform"
            yield f"alert {labels['alertname']} of {about}: {alert['annotations']['summary']}"


def _ask(client: Client, what: str) -> Any:
    url = f"{client.stack.url(Service.PROMETHEUS)}/api/v1/{what}"
    return requests.get(url, timeout=_TIMEOUT_SECONDS).json()["data"]
