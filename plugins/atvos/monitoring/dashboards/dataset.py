"""One dataset: how fresh it is, how its batches go, and what was refused."""

from __future__ import annotations

from grafana_foundation_sdk.builders import stat, statetimeline, timeseries
from grafana_foundation_sdk.models.dashboard import Dashboard

from atvos import names
from atvos.monitoring import registry
from atvos.monitoring.dashboards import dataset_books, dataset_quality, links, looks, panels
from atvos.monitoring.dashboards.document import PanelBuilder, board
from atvos.monitoring.dashboards.looks import RED, YELLOW
from atvos.monitoring.dashboards.sources import Query
from atvos.monitoring.dashboards.state import (
    CHOSEN,
    COLOURS,
    TEXTS,
    age,
    promised,
    relative_age,
    state,
)


def dashboard() -> Dashboard:
    """The page that an alert about a dataset leads to."""
    return board(
        "dataset",
        "Plataforma de dados: uma tabela",
        "One feed or mart: freshness, steps, rows, quality, latency, last batches.",
        ("Atualidade", [*_numbers(), _ages(), _history()]),
        ("Lotes", [_durations(), _latency(), _waiting()]),
        ("Linhas e qualidade", dataset_quality.row()),
        variables=[
            links.chosen("dataset", "Tabela", "dataset:expected:info, dataset"),
            links.hidden(links.chosen("layer", "Camada", f"dataset:expected:info{CHOSEN}, layer")),
            *links.places(),
        ],
        # Only feeds have batches and quarantine, only marts have builds.
        folded=[
            ("BigQuery: lotes e quarentena (fontes)", dataset_books.feed_row()),
            ("BigQuery: construções (marts)", dataset_books.mart_row()),
        ],
    )


def _numbers() -> list[PanelBuilder]:
    return [_state(), _relative_age(), _rows(), _held(), _gaps(), _last_success()]


def _state() -> stat.Panel:
    return (
        panels.number(
            "Estado",
            "Fresh, paused, stale or unknown against the contract's SLO and calendar.",
            Query(state(CHOSEN)),
            unit="none",
        )
        .mappings(looks.mapping(TEXTS))
        .links(
            [
                *links.runbook("DatasetStale"),
                *links.runbook("DatasetUnknown"),
                links.to_airflow_dag(names.ingest_dag("${dataset}"), "Airflow: DAG da fonte"),
                links.to_airflow("assets?name_pattern=${dataset}", "Airflow: a tabela"),
                links.to_dictionary("${layer}", "${dataset}"),
            ]
        )
    )


def _relative_age() -> stat.Panel:
    return panels.number(
        "Idade / SLO",
        "Age of the newest event as a share of the promised age: green up to 100 % (5 minutes "
        "where 5 are promised), yellow up to 300 % (15 minutes), red above.",
        Query(relative_age(CHOSEN)),
        unit="percentunit",
    ).thresholds(looks.bounds(*COLOURS))


def _rows() -> stat.Panel:
    return panels.number(
        "Linhas na tabela",
        "Rows in the table.",
        Query(f"max(dataset_rows{CHOSEN})"),
        unit="short",
    )


def _held() -> stat.Panel:
    return (
        panels.number(
            "Lotes retidos",
            "Batches that a failed check holds back; marts have none.",
            Query(f"max(dataset_held_batches{CHOSEN})"),
            unit="none",
        )
        .thresholds(looks.bounds((1, RED)))
        .links(list(links.runbook("BatchHeld")))
    )


def _gaps() -> stat.Panel:
    return (
        panels.number(
            "Divergências da conferência",
            "What bucket, ledger and table disagreed on at the last reconcile; marts have none.",
            Query(f"sum(max by (kind) (dataset_reconcile_gaps{CHOSEN}))"),
            unit="none",
        )
        .thresholds(looks.bounds((1, RED)))
        .links(list(links.runbook("ReconcileGap")))
    )


def _last_success() -> stat.Panel:
    return panels.number(
        "Última publicação há",
        "Time since rows were last published.",
        Query(f"time() - max(dataset_last_success_timestamp_seconds{CHOSEN})"),
        unit="s",
    )


def _ages() -> timeseries.Panel:
    return (
        panels.lines(
            "Idade dos dados e SLO",
            "Age of the newest event, and the age that the contract promises (dashed).",
            Query(age(CHOSEN), "idade"),
            Query(promised(CHOSEN), "SLO"),
            unit="s",
        )
        .override_by_name("SLO", looks.dashed())
        .links(list(links.runbook("DatasetStale")))
    )


def _history() -> statetimeline.Panel:
    return (
        panels.states(
            "Estado ao longo do tempo",
            "When the dataset was fresh, paused, stale or unknown.",
            Query(state(CHOSEN), "{{dataset}}"),
            span=12,
        )
        .height(8)
        .mappings(looks.mapping(TEXTS))
    )


def _durations() -> timeseries.Panel:
    labels = "{{step}}"
    window = "[$__rate_interval]"
    total, count = (f"rate({name}{CHOSEN}{window})" for name in registry.STEP_DURATION.series[1:])
    return (
        panels.lines(
            "Duração média por etapa",
            "Mean duration of the successful tries of each task.",
            Query(f"sum by (step) ({total}) / sum by (step) ({count})", labels),
            unit="s",
        )
        .interval("10m")
        .links(list(links.runbook("StepFailing")))
    )


def _latency() -> timeseries.Panel:
    buckets = f"{registry.LATENCY.series[0]}{CHOSEN}[$__rate_interval]"
    quantiles = [
        Query(f"histogram_quantile({share}, sum by (le) (rate({buckets})))", f"p{share * 100:g}")
        for share in (0.5, 0.95)
    ]
    return (
        panels.lines(
            "Do pouso à consulta (p50, p95)",
            "Time from the landing of an object to its rows being queryable; 5 minutes are the "
            "bound for the 95th percentile.",
            *quantiles,
            unit="s",
        )
        .interval("10m")
        .thresholds(looks.bounds((300, YELLOW), (900, RED)))
        .thresholds_style(looks.shaded())
        .links(list(links.runbook("LatencyHigh")))
    )


def _waiting() -> timeseries.Panel:
    return panels.lines(
        "Objetos à espera",
        "Objects that have landed and are not in the ledger; marts have none.",
        Query(f"max(dataset_waiting_objects{CHOSEN})", "objetos"),
        unit="none",
        span=24,
    ).links(list(links.runbook("PipelineStopped")))
