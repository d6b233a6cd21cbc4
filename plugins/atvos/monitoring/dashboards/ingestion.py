"""All feeds side by side: what waits, what came, and which steps fail."""

from __future__ import annotations

from grafana_foundation_sdk.builders import stat, table, timeseries
from grafana_foundation_sdk.models.dashboard import Dashboard

from atvos.monitoring import registry
from atvos.monitoring.dashboards import links, looks, panels
from atvos.monitoring.dashboards.document import board
from atvos.monitoring.dashboards.looks import GREEN, RED, YELLOW
from atvos.monitoring.dashboards.sources import Query

_CHOSEN = 'dataset=~"$dataset"'
_RUNS = registry.STEP_RUNS.name
_FAILED = f'{_RUNS}{{{_CHOSEN}, state="failed"}}'
_ALL_RUNS = f"{_RUNS}{{{_CHOSEN}}}"
_OLDEST = (
    f"max by (dataset) (time() - {registry.OLDEST_WAITING.name}{{{_CHOSEN}}}"
    f" and {registry.WAITING_OBJECTS.name}{{{_CHOSEN}}} > 0)"
)
_WAITING = f"max by (dataset) ({registry.WAITING_OBJECTS.name}{{{_CHOSEN}}})"


def dashboard() -> Dashboard:
    """Where to see whether one feed is in trouble, or all of them."""
    return board(
        "ingestion",
        "Plataforma de dados: ingestão",
        "Waiting objects, rows and steps of all feeds.",
        ("Agora", [_waiting_now(), _oldest_now(), _failures_now(), _held(), _gaps(), _silent()]),
        ("Pouso", [_waiting(), _oldest(), _landed(), _rows()]),
        ("Etapas", [_failures(), _durations(), _latency()]),
        variables=[
            links.with_all(links.chosen("dataset", "Fonte", "dataset_waiting_objects, dataset")),
            *links.places(),
        ],
    )


def _waiting_now() -> stat.Panel:
    return (
        panels.number(
            "Objetos à espera",
            "Objects that have landed and are not in the ledger.",
            Query(f"sum({_WAITING})"),
            unit="none",
        )
        .thresholds(looks.bounds((100, YELLOW)))
        .links(list(links.runbook("PipelineStopped")))
    )


def _oldest_now() -> stat.Panel:
    return (
        panels.number(
            "O mais antigo espera há",
            "How long the oldest object has waited; zero while none waits.",
            Query(f"max({_OLDEST}) or vector(0)"),
            unit="s",
        )
        .thresholds(looks.bounds((300, YELLOW), (900, RED)))
        .links(list(links.runbook("PipelineStopped")))
    )


def _failures_now() -> stat.Panel:
    return (
        panels.number(
            "Tentativas falhas (1 h)",
            "Task tries that failed in the last hour; a try that failed may have been repeated.",
            Query(f"sum(increase({_FAILED}[1h])) or vector(0)"),
            unit="none",
        )
        .thresholds(looks.bounds((1, YELLOW), (10, RED)))
        .links(list(links.runbook("StepFailing")))
    )


def _held() -> stat.Panel:
    return (
        panels.number(
            "Lotes retidos",
            "Batches that a failed check holds back.",
            Query(f"sum(max by (dataset) (dataset_held_batches{{{_CHOSEN}}}))"),
            unit="none",
        )
        .thresholds(looks.bounds((1, RED)))
        .links(list(links.runbook("BatchHeld")))
    )


def _gaps() -> stat.Panel:
    gaps = f"max by (dataset, kind) (dataset_reconcile_gaps{{{_CHOSEN}}})"
    return (
        panels.number(
            "Divergências da conferência",
            "What buckets, ledger and tables disagreed on at the last reconcile.",
            Query(f"sum({gaps})"),
            unit="none",
        )
        .thresholds(looks.bounds((1, RED)))
        .links(list(links.runbook("ReconcileGap")))
    )


def _silent() -> stat.Panel:
    landed = f"time() - dataset_last_landed_timestamp_seconds{{{_CHOSEN}}}"
    return panels.number(
        "Fonte calada há mais tempo",
        "Time since the newest object of the feed that has been silent for longest.",
        Query(f"max({landed})"),
        unit="s",
    ).links(list(links.runbook("SourceSilent")))


def _waiting() -> timeseries.Panel:
    return panels.lines(
        "Objetos à espera, por fonte",
        "Objects that have landed and are not in the ledger.",
        Query(_WAITING, "{{dataset}}"),
        unit="none",
    ).links(list(links.runbook("PipelineStopped")))


def _oldest() -> timeseries.Panel:
    return (
        panels.lines(
            "Espera do objeto mais antigo",
            "How long the oldest object of each feed has waited: green up to 5 minutes, yellow "
            "up to 15, red above.",
            Query(f"{_OLDEST} or 0 * {_WAITING}", "{{dataset}}"),
            unit="s",
        )
        .thresholds(looks.bounds((300, YELLOW), (900, RED)))
        .thresholds_style(looks.shaded())
        .links(list(links.runbook("PipelineStopped")))
    )


def _landed() -> timeseries.Panel:
    landed = f"dataset_last_landed_timestamp_seconds{{{_CHOSEN}}}"
    return panels.lines(
        "Último objeto pousou há",
        "Time since the newest object landed: a line that only rises is a source that is silent.",
        Query(f"max by (dataset) (time() - {landed})", "{{dataset}}"),
        unit="s",
    ).links(list(links.runbook("SourceSilent")))


def _rows() -> timeseries.Panel:
    valid = f'dataset_landed_rows{{{_CHOSEN}, outcome="valid"}}'
    return panels.bars(
        "Linhas válidas por hora",
        "Valid rows of the objects that came into the ledger in the hour before.",
        Query(f"clamp_min(max by (dataset) (delta({valid}[1h])), 0)", "{{dataset}}"),
        unit="short",
    )


def _failures() -> table.Panel:
    runs = f"sum by (dataset, step) (increase({_ALL_RUNS}[24h]))"
    failed = f"sum by (dataset, step) (increase({_FAILED}[24h]))"
    return (
        panels.grid(
            "Tentativas por etapa (24 h)",
            "Task tries of the last 24 hours, and those that failed.",
            {"Tentativas": runs, "Falhas": f"{failed} or 0 * {runs}"},
            span=12,
        )
        .override_by_name("Falhas", looks.coloured("none", looks.bounds((1, YELLOW), (10, RED))))
        .decimals(0)
        .links(list(links.runbook("StepFailing")))
    )


def _durations() -> table.Panel:
    bucket = f"{registry.STEP_DURATION.series[0]}{{{_CHOSEN}}}"
    rates = f"sum by (dataset, step, le) (rate({bucket}[24h]))"
    return (
        panels.grid(
            "Duração por etapa (24 h)",
            "Median and 95th percentile of the successful tries of the last 24 hours.",
            {
                "p50": f"histogram_quantile(0.5, {rates})",
                "p95": f"histogram_quantile(0.95, {rates})",
            },
            span=12,
        )
        .unit("s")
        .decimals(1)
    )


def _latency() -> timeseries.Panel:
    buckets = f"{registry.LATENCY.series[0]}{{{_CHOSEN}}}[$__rate_interval]"
    return (
        panels.lines(
            "Do pouso à consulta, p95 por fonte",
            "95th percentile of the time from landing to queryable: green up to 5 minutes, "
            "yellow up to 15, red above.",
            Query(
                f"histogram_quantile(0.95, sum by (dataset, le) (rate({buckets})))", "{{dataset}}"
            ),
            unit="s",
            span=24,
        )
        .interval("10m")
        .thresholds(looks.bounds((300, YELLOW), (900, RED), below=GREEN))
        .thresholds_style(looks.shaded())
        .links(list(links.runbook("LatencyHigh")))
    )
