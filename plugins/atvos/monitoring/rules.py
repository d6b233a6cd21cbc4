"""Prometheus' rules as documents: recorded series, alerts on datasets, alerts on the platform."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from atvos.contract import Table
from atvos.models import Model
from atvos.monitoring import recording, runbooks
from atvos.monitoring.alerts import Alert
from atvos.monitoring.lateness_alerts import lateness
from atvos.monitoring.lineage import watched
from atvos.monitoring.platform_alerts import platform
from atvos.monitoring.quality_alerts import quality
from atvos.monitoring.timing import Timing, duration

PRODUCTION = Timing()
"""The times of the rules that are committed."""


def rules(
    feeds: Mapping[str, Table], marts: Mapping[str, Model], timing: Timing = PRODUCTION
) -> dict[str, dict[str, Any]]:
    """The rule files by name, each as Prometheus reads it."""
    return {
        "recording.yml": {"groups": recording.groups(watched(feeds, marts), timing)},
        "datasets.yml": {"groups": [_group("datasets", of_datasets(timing), timing)]},
        "platform.yml": {"groups": [_group("platform", platform(timing), timing)]},
    }


def of_datasets(timing: Timing) -> list[Alert]:
    """The alerts on single datasets."""
    return [*lateness(timing), *quality(timing)]


def alerts(timing: Timing = PRODUCTION) -> list[Alert]:
    """All alerts."""
    return [*of_datasets(timing), *platform(timing)]


def _group(name: str, found: Iterable[Alert], timing: Timing) -> dict[str, Any]:
    return {"name": name, "rules": [_rule(alert, timing) for alert in found]}


def _rule(alert: Alert, timing: Timing) -> dict[str, Any]:
    rule: dict[str, Any] = {"alert": alert.name, "expr": alert.expr}
    if alert.wait > timedelta():
        rule["for"] = duration(timing.scaled(alert.wait))
    rule["labels"] = {"severity": str(alert.severity), "cause": alert.cause.value}
    rule["annotations"] = {
        "summary": alert.summary,
        "description": alert.description,
        "runbook_url": runbooks.url(alert.name, runbooks.Language.PORTUGUESE),
        "runbook_url_en": runbooks.url(alert.name, runbooks.Language.ENGLISH),
    }
    return rule
