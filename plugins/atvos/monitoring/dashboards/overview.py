"""Every dataset at a glance: its state, its SLO, and what fires."""

from __future__ import annotations

from grafana_foundation_sdk.builders import stat, statetimeline, table
from grafana_foundation_sdk.models.dashboard import Dashboard, DynamicConfigValue

from atvos.monitoring.dashboards import links, looks, panels
from atvos.monitoring.dashboards.document import board
from atvos.monitoring.dashboards.looks import GREEN, RED, YELLOW
from atvos.monitoring.dashboards.sources import Query
from atvos.monitoring.dashboards.state import COLOURS, TEXTS, age, promised, relative_age, state
from atvos.monitoring.promql import BY

# Without their names, by which a table would tell the rows apart.
_ATTAINMENT = f"max by ({BY}) (dataset:slo_attainment:ratio30d)"
_BUDGET = f"max by ({BY}) (dataset:error_budget_remaining:ratio30d)"
_ALERTS = 'ALERTS{alertstate="firing"}'

# 99.5 % is promised (docs/adr/0007); below 99 % twice the budget is spent.
_ATTAINED = looks.bounds((0.99, YELLOW), (0.995, GREEN), below=RED)
_BUDGET_LEFT = looks.bounds((0.0, YELLOW), (0.25, GREEN), below=RED)


def dashboard() -> Dashboard:
    """The page to open first."""
    return board(
        "overview",
        "Plataforma de dados: visão geral",
        "State, SLO and error budget of every dataset, and the alerts that fire.",
        ("Agora", [*(_count(number) for number in TEXTS), _firing_count(), _heartbeat()]),
        ("Tabelas", [_datasets(), _history()]),
        ("SLO em 30 dias", [_attainment(), _budget()]),
        ("Alertas", [_alerts()]),
        variables=links.places(),
    )


def _count(number: int) -> stat.Panel:
    text, color = TEXTS[number]
    return panels.number(
        f"Tabelas: {text}",
        f"Datasets whose state is {number}: {text}.",
        Query(f"count(({state()}) == {number}) or vector(0)"),
        unit="none",
    ).thresholds(looks.bounds((1, color)))


def _firing_count() -> stat.Panel:
    return panels.number(
        "Alertas que chamam alguém",
        "Alerts of severity page that fire now.",
        Query('count(ALERTS{alertstate="firing", severity="page"}) or vector(0)'),
        unit="none",
    ).thresholds(looks.bounds((1, RED)))


def _heartbeat() -> stat.Panel:
    return (
        panels.number(
            "Último heartbeat há",
            "Time since the heartbeat sent all gauges. Above five minutes nothing on this page "
            "can be believed.",
            Query("time() - max(heartbeat_timestamp_seconds)"),
            unit="s",
        )
        .thresholds(looks.bounds((180, YELLOW), (300, RED)))
        .links(list(links.runbook("HeartbeatMissing")))
    )


def _datasets() -> table.Panel:
    columns = {
        "Estado": state(),
        "Idade": age(),
        "SLO": promised(),
        "Idade / SLO": relative_age(),
        "SLO 30 dias": _ATTAINMENT,
        "Orçamento": _BUDGET,
    }
    panel = panels.grid(
        "Estado das tabelas",
        "State of every dataset that a contract describes, against its SLO. A click on the name "
        "opens its page.",
        columns,
    ).height(14)
    relative = looks.coloured("percentunit", looks.bounds(*COLOURS))
    return (
        panel.override_by_name("dataset", [DynamicConfigValue("links", [_to_dataset()])])
        .override_by_name("Estado", _state_cell())
        .override_by_name("Idade", looks.measured("s"))
        .override_by_name("SLO", looks.measured("s"))
        .override_by_name("Idade / SLO", relative)
        .override_by_name("SLO 30 dias", looks.coloured("percentunit", _ATTAINED))
        .override_by_name("Orçamento", looks.coloured("percentunit", _BUDGET_LEFT))
        .links(list(links.runbook("DatasetStale")))
    )


def _state_cell() -> list[DynamicConfigValue]:
    background = {"type": "color-background", "mode": "basic"}
    return [
        DynamicConfigValue("mappings", looks.mapping(TEXTS)),
        DynamicConfigValue("custom.cellOptions", background),
    ]


def _to_dataset() -> dict[str, object]:
    return links.to_dataset("${__value.raw}")


def _history() -> statetimeline.Panel:
    return panels.states(
        "Estado ao longo do tempo",
        "When each dataset was fresh, paused, stale or unknown.",
        Query(state(), "{{dataset}}"),
    ).mappings(looks.mapping(TEXTS))


def _attainment() -> table.Panel:
    return panels.grid(
        "Cumprimento do SLO (30 dias)",
        "Share of the last 30 days in which the dataset was fresh or its calendar promised "
        "nothing; 99.5 % is promised.",
        {"Cumprimento": _ATTAINMENT},
        span=12,
    ).override_by_name("Cumprimento", looks.coloured("percentunit", _ATTAINED))


def _budget() -> table.Panel:
    return (
        panels.grid(
            "Orçamento de erro restante (30 dias)",
            "What is left of the 0.5 % of the time in which the dataset may be stale; below zero "
            "the promise is broken.",
            {"Restante": _BUDGET},
            span=12,
        )
        .override_by_name("Restante", looks.coloured("percentunit", _BUDGET_LEFT))
        .links(list(links.runbook("FreshnessBurnFast")))
    )


def _alerts() -> table.Panel:
    return panels.grid(
        "Alertas ativos",
        "Every alert that fires, those that Alertmanager holds back included.",
        {"Ativo": f"max by (alertname, severity, dataset, system, environment) ({_ALERTS})"},
    ).override_by_name("dataset", [DynamicConfigValue("links", [_to_dataset()])])
