"""Alertmanager's configuration: who is told, and which alert keeps which other one quiet.

Only an alert that is as loud can silence another, so that nobody misses a page because a ticket
is open. No two alerts silence each other: Alertmanager would then send neither.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from atvos.contract import Table
from atvos.models import Model
from atvos.monitoring.alerts import Severity
from atvos.monitoring.lineage import readers, watched
from atvos.monitoring.timing import duration

BLIND = ("ExporterDown", "HeartbeatMissing")
"""Without metrics, or with old ones, nothing can be said of a dataset."""

CAUSES = ("BatchHeld", "StepFailing", "PipelineStopped", "SourceSilent")
"""Why a dataset is late, the most exact first."""

DEADLINES = ("ReportMissing", "MonthClosingLate")
"""What is promised for a time of day."""

SYMPTOMS = ("DatasetStale", "FreshnessBurnFast", "DatasetUnknown", "FreshnessBurnSlow")
"""What a cause looks like from outside, the most exact first."""

_LADDER = (Severity.PAGE, Severity.TICKET, Severity.INFO)
_GROUP = ["dataset", "system", "environment"]
_REPEATS = {
    Severity.PAGE: timedelta(hours=4),
    Severity.TICKET: timedelta(days=1),
    Severity.INFO: timedelta(days=7),
}
Rule = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Receivers:
    """Where notifications go, and how long they are collected before they do.

    ``url`` is the base of three webhooks, one for each severity: ``<url>/page`` and so on.
    """

    url: str = "http://alert-relay:9095"
    group_wait: timedelta = timedelta(seconds=30)
    group_interval: timedelta = timedelta(minutes=5)


PRODUCTION = Receivers()
"""The receivers of the configuration that is committed."""


def alertmanager(
    feeds: Mapping[str, Table], marts: Mapping[str, Model], receivers: Receivers = PRODUCTION
) -> dict[str, Any]:
    """The configuration as Alertmanager reads it."""
    return {
        "route": {
            # What has no severity is somebody's mistake, and is looked at by day.
            "receiver": Severity.TICKET.value,
            "group_by": ["alertname", *_GROUP],
            "group_wait": duration(receivers.group_wait),
            "group_interval": duration(receivers.group_interval),
            "repeat_interval": duration(_REPEATS[Severity.TICKET]),
            "routes": [_route(severity) for severity in _LADDER],
        },
        "receivers": [_receiver(severity, receivers) for severity in _LADDER],
        "inhibit_rules": [
            *_blindness(),
            *_same_dataset(),
            *_lineage(watched(feeds, marts)),
            *_systems(),
        ],
    }


def _route(severity: Severity) -> Rule:
    route: Rule = {
        "receiver": severity.value,
        "matchers": [f'severity="{severity}"'],
        "repeat_interval": duration(_REPEATS[severity]),
    }
    # Whatever pages for one dataset or system is one incident.
    return {**route, "group_by": _GROUP} if severity is Severity.PAGE else route


def _receiver(severity: Severity, receivers: Receivers) -> Rule:
    hook = {"url": f"{receivers.url}/{severity}", "send_resolved": True}
    return {"name": severity.value, "webhook_configs": [hook]}


def _blindness() -> Iterator[Rule]:
    judged = (*CAUSES, *DEADLINES, *SYMPTOMS)
    yield _inhibit(_among(*BLIND), [_among(*judged)])
    blind, *rest = BLIND
    yield _inhibit(_among(blind), [_among(*rest, "SchedulerSilent", "DagImportErrors")])


def _same_dataset() -> Iterator[Rule]:
    # Who is on the way to a dataset because of a page need not read its tickets now.
    yield _inhibit(
        f'severity="{Severity.PAGE}"', ['severity=~"ticket|info"', 'dataset!=""'], "dataset"
    )
    # A step that fails for a day misses the deadline first; the deadline says more.
    ranked = (CAUSES[0], *DEADLINES, *CAUSES[1:], *SYMPTOMS)
    for place, alert in enumerate(ranked[:-1], start=1):
        lower = [name for name in ranked[place:] if {alert, name} != set(DEADLINES)]
        if lower:
            yield _inhibit(_among(alert), [_among(*lower)], "dataset", "severity")


def _lineage(tables: Mapping[str, Table]) -> Iterator[Rule]:
    for name, table in tables.items():
        behind = readers(name, tables)
        loudest = table.tier - 1
        for place, severity in list(enumerate(_LADDER))[loudest : max(loudest + 1, 2)]:
            if behind:
                quieter = "|".join(_LADDER[place:])
                yield _inhibit(
                    [f'dataset="{name}"', f'severity="{severity}"', _among(*CAUSES, *SYMPTOMS)],
                    [
                        f'dataset=~"{"|".join(behind)}"',
                        f'severity=~"{quieter}"',
                        _among(*DEADLINES, *SYMPTOMS),
                    ],
                )


def _systems() -> Iterator[Rule]:
    # What answers with errors fails its probes too, and is slow while it does.
    yield _inhibit(_among("SystemErrors"), [_among("SystemDown", "SystemSlow")], *_GROUP[1:])
    yield _inhibit(_among("SystemDown"), [_among("SystemSlow")], *_GROUP[1:])


def _among(*names: str) -> str:
    return f'alertname=~"{"|".join(names)}"' if len(names) > 1 else f'alertname="{names[0]}"'


def _inhibit(source: str | list[str], target: list[str], *equal: str) -> Rule:
    rule: Rule = {
        "source_matchers": [source] if isinstance(source, str) else source,
        "target_matchers": target,
    }
    return {**rule, "equal": list(equal)} if equal else rule
