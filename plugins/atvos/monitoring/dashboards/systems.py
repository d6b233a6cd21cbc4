"""The applications and machines that the data comes from, beside the service-health mart."""

from __future__ import annotations

from grafana_foundation_sdk.builders import stat, statetimeline, table, timeseries
from grafana_foundation_sdk.models.dashboard import Dashboard

from atvos import names
from atvos.monitoring.dashboards import links, looks, panels
from atvos.monitoring.dashboards.document import board
from atvos.monitoring.dashboards.looks import GREEN, RED, YELLOW
from atvos.monitoring.dashboards.sources import Query

_CHOSEN = 'environment=~"$environment"'
_PROBES = f'probe_success{{job="probes", {_CHOSEN}}}'
_NODES = f'job="nodes", {_CHOSEN}'
_DISKS = 'fstype!~"tmpfs|ramfs|overlay|squashfs|iso9660"'
_EXPIRY = f'probe_ssl_earliest_cert_expiry{{job="probes", {_CHOSEN}}}'
_BY = "environment, system"
_NAME = "{{system}} ({{environment}})"

_SERVICE_HOURS = f"""\
SELECT hora, host, requests, erros, quedas, p50_ms, p95_ms
FROM {names.mart("fct_service_hour")}
WHERE log_date >= DATE_SUB(CURRENT_DATE('America/Sao_Paulo'), INTERVAL 2 DAY)
ORDER BY hora DESC, requests DESC
LIMIT 200"""


def dashboard() -> Dashboard:
    """Whether the data's sources answer, how fast, and how long they still can."""
    return board(
        "systems",
        "Plataforma de dados: sistemas de origem",
        "Probes, latency, errors and certificates of the applications; CPU, memory and disk of "
        "the machines (docs/systems.md).",
        ("Disponibilidade", [_answers(), _availability()]),
        ("Aplicações", [_latency(), _errors(), _requests(), _probes(), _certificates()]),
        ("Máquinas", [_cpu(), _memory(), _disk()]),
        variables=[
            links.with_all(
                links.chosen("environment", "Ambiente", 'up{environment!=""}, environment')
            ),
            *links.places(),
        ],
        folded=[("BigQuery: saúde dos serviços por hora", [_service_hours()])],
    )


def _answers() -> statetimeline.Panel:
    texts = {0: ("não responde", RED), 1: ("responde", GREEN)}
    return (
        panels.states(
            "Sondas",
            "Whether each probe of the last minutes was answered. Three in a row that are not "
            "fire SystemDown.",
            Query(f"min by ({_BY}, instance) ({_PROBES})", "{{instance}}"),
            span=16,
        )
        .mappings(looks.mapping(texts))
        .links(list(links.runbook("SystemDown")))
    )


def _availability() -> stat.Panel:
    return (
        panels.number(
            "Disponibilidade no período",
            "Share of the probes in the time range that were answered; 99.5 % a month is promised.",
            Query(f"avg by ({_BY}) (avg_over_time({_PROBES}[$__range]))", _NAME),
            unit="percentunit",
            span=8,
        )
        .height(10)
        .decimals(2)
        .thresholds(looks.bounds((0.99, YELLOW), (0.995, GREEN), below=RED))
    )


def _latency() -> timeseries.Panel:
    return (
        panels.lines(
            "Latência p95 das requisições (5 min)",
            "95th percentile of the users' requests where an application counts them.",
            Query(f"system:latency_seconds:p95_5m{{{_CHOSEN}}}", _NAME),
            unit="s",
        )
        .thresholds(looks.bounds((0.5, RED)))
        .thresholds_style(looks.shaded())
        .links(list(links.runbook("SystemSlow")))
    )


def _errors() -> timeseries.Panel:
    return (
        panels.lines(
            "Respostas 5xx (5 min)",
            "Share of the requests that ended with 5xx. Above 1 % of at least 100 requests "
            "fires SystemErrors.",
            Query(f"system:http_errors:ratio5m{{{_CHOSEN}}}", _NAME),
            unit="percentunit",
        )
        .thresholds(looks.bounds((0.01, RED)))
        .thresholds_style(looks.shaded())
        .links(list(links.runbook("SystemErrors")))
    )


def _requests() -> timeseries.Panel:
    counted = f'rate(http_requests_total{{job="applications", {_CHOSEN}}}[$__rate_interval])'
    return panels.bars(
        "Requisições por segundo, por status",
        "Requests where an application counts them.",
        Query(f"sum by (system, status) ({counted})", "{{system}} {{status}}"),
        unit="reqps",
    )


def _probes() -> timeseries.Panel:
    return panels.lines(
        "Duração das sondas",
        "How long each probe took, from outside: name, connection, TLS and answer.",
        Query(f'probe_duration_seconds{{job="probes", {_CHOSEN}}}', "{{instance}}"),
        unit="s",
    ).links(list(links.runbook("SystemSlow")))


def _certificates() -> table.Panel:
    days = f"(min by ({_BY}, instance) ({_EXPIRY}) - time()) / 86400"
    limits = looks.bounds((7, YELLOW), (21, GREEN), below=RED)
    return (
        panels.grid(
            "Dias até o certificado expirar",
            "Days until the first certificate of the chain expires: a ticket below 21, a page "
            "below 7.",
            {"Dias": days},
        )
        .height(7)
        .override_by_name("Dias", looks.coloured("none", limits))
        .decimals(0)
        .links(list(links.runbook("CertificateExpires")))
    )


def _cpu() -> timeseries.Panel:
    idle = f'rate(node_cpu_seconds_total{{{_NODES}, mode="idle"}}[$__rate_interval])'
    return panels.lines(
        "CPU em uso",
        "Share of all cores that is not idle.",
        Query(f"1 - avg by (instance) ({idle})", "{{instance}}"),
        unit="percentunit",
        span=8,
    ).max(1)


def _memory() -> timeseries.Panel:
    available = f"node_memory_MemAvailable_bytes{{{_NODES}}}"
    return panels.lines(
        "Memória em uso",
        "Share of the memory that cannot be given to programs.",
        Query(f"1 - {available} / node_memory_MemTotal_bytes{{{_NODES}}}", "{{instance}}"),
        unit="percentunit",
        span=8,
    ).max(1)


def _disk() -> timeseries.Panel:
    available = f"node_filesystem_avail_bytes{{{_NODES}, {_DISKS}}}"
    size = f"node_filesystem_size_bytes{{{_NODES}, {_DISKS}}}"
    return (
        panels.lines(
            "Disco em uso",
            "Share of each file system that is in use; above 90 % fires NodeDiskFull.",
            Query(f"1 - {available} / {size}", "{{instance}} {{mountpoint}}"),
            unit="percentunit",
            span=8,
        )
        .max(1)
        .thresholds(looks.bounds((0.9, RED)))
        .thresholds_style(looks.shaded())
        .links(list(links.runbook("NodeDiskFull")))
    )


def _service_hours() -> table.Panel:
    return panels.rows(
        "Saúde dos serviços por hora (logs)",
        "Requests, errors and latency by host and hour, from the applications' logs: what no "
        "scrape of a serverless function can count.",
        _SERVICE_HOURS,
    )
