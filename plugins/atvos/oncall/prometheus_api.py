"""Asks Prometheus what it has of the platform's metrics."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from atvos.monitoring import registry
from atvos.oncall import sessions
from atvos.oncall.facts import Metrics
from atvos.oncall.sessions import ServiceError
from atvos.oncall.system import Alarm

VARIABLE = "ATVOS_PROMETHEUS_URL"
_UP = 'up{job="statsd"}'


class Prometheus:
    """The Prometheus at one address."""

    def __init__(self, url: str) -> None:
        """Nothing is asked yet. ServiceError where credentials may not or cannot be sent."""
        self._url = url.rstrip("/")
        self._session = sessions.session_for(VARIABLE, self._url)

    def metrics(self) -> Metrics:
        """Exporter, heartbeat, and the last publishes. ServiceError where it does not answer."""
        up = [value for _, value in self._query(_UP)]
        beats = [value for _, value in self._query(registry.HEARTBEAT.name)]
        published = self._query(registry.LAST_SUCCESS.name)
        return Metrics(
            exporter_up=max(up) == 1 if up else None,
            heartbeat_at=_time(max(beats)) if beats else None,
            last_success={labels.get("dataset", ""): _time(value) for labels, value in published},
        )

    def systems(self) -> set[str]:
        """Names of the systems that are watched. ServiceError where it does not answer."""
        watched = self._query('group by (system) ({__name__=~"up|probe_success", system!=""})')
        return {labels["system"] for labels, _ in watched}

    def alarms(self, system: str) -> list[Alarm]:
        """What fires about a system. ServiceError where it does not answer."""
        url = f"{self._url}/api/v1/alerts"
        answer: Any = sessions.json_of(sessions.get(self._session, url))
        try:
            return [
                _alarm(alert["labels"], alert["annotations"])
                for alert in answer["data"]["alerts"]
                if alert["state"] == "firing" and alert["labels"].get("system") == system
            ]
        except (KeyError, TypeError):
            raise ServiceError(f"{url} is no Prometheus") from None

    def _query(self, expression: str) -> list[tuple[Mapping[str, str], float]]:
        url = f"{self._url}/api/v1/query"
        answer: Any = sessions.json_of(
            sessions.get(self._session, url, params={"query": expression})
        )
        try:
            samples = answer["data"]["result"]
            return [(sample["metric"], float(sample["value"][1])) for sample in samples]
        except (KeyError, TypeError, ValueError):
            raise ServiceError(f"{url} is no Prometheus") from None


def _alarm(labels: Mapping[str, str], annotations: Mapping[str, str]) -> Alarm:
    return Alarm(
        alert=labels["alertname"],
        severity=labels.get("severity", ""),
        environment=labels.get("environment", ""),
        summary=annotations.get("summary", ""),
        description=annotations.get("description", ""),
        runbook=annotations.get("runbook_url_en", ""),
    )


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
