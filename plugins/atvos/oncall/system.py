"""Why a system that the data comes from is watched with alarm: what Prometheus says of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.text import Text

_LOUDEST_FIRST = ("page", "ticket", "info")


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alert that fires about a system, as Prometheus has it."""

    alert: str
    severity: str
    environment: str
    summary: str
    description: str
    runbook: str


def loudest_first(alarms: list[Alarm]) -> list[Alarm]:
    """Pages before tickets, and by name."""
    ranks = {severity: rank for rank, severity in enumerate(_LOUDEST_FIRST)}
    return sorted(alarms, key=lambda alarm: (ranks.get(alarm.severity, len(ranks)), alarm.alert))


def show(system: str, alarms: list[Alarm], console: Console) -> None:
    """Print what fires, the loudest first, with its runbook."""
    if not alarms:
        console.print(Text(f"{system}: nothing fires.", "bold"))
    for alarm in loudest_first(alarms):
        text = f"{alarm.summary}: {' '.join(alarm.description.split())}"
        console.print(Text(text, "bold"))
        console.print(Text(f"alert     {alarm.alert} ({alarm.severity}, {alarm.environment})"))
        console.print(Text(f"runbook   {alarm.runbook}"))


def as_json(system: str, alarms: list[Alarm]) -> dict[str, Any]:
    """The form of ``atvos why --json`` for a system, described in docs/oncall.md."""
    return {
        "system": system,
        "alerts": [
            {
                "alert": alarm.alert,
                "severity": alarm.severity,
                "environment": alarm.environment,
                "summary": alarm.summary,
                "description": alarm.description,
                "runbook": alarm.runbook,
            }
            for alarm in loudest_first(alarms)
        ],
    }
