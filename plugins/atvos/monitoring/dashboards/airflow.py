"""Airflow's health, where it sends its own metrics."""

from __future__ import annotations

from grafana_foundation_sdk.builders import stat, timeseries
from grafana_foundation_sdk.models.dashboard import Dashboard

from atvos.monitoring import registry
from atvos.monitoring.dashboards import links, looks, panels
from atvos.monitoring.dashboards.document import board
from atvos.monitoring.dashboards.looks import GREEN, RED, YELLOW
from atvos.monitoring.dashboards.sources import Query

_SCHEDULER = registry.SCHEDULER_HEARTBEAT.name
_TRIGGERER = registry.TRIGGERER_HEARTBEAT.name
_FINISHED = registry.TASKS_FINISHED.name


def dashboard() -> Dashboard:
    """Whether the scheduler beats and tasks find slots."""
    return board(
        "airflow",
        "Plataforma de dados: Airflow",
        "Airflow's own metrics. Cloud Composer sends none of them here: its environment page in "
        "the Google Cloud console has them.",
        ("Agora", [_beats("Agendador", _SCHEDULER), _beats("Triggerer", _TRIGGERER)]),
        ("Tarefas", [_finished(), _executor(), _pools(), _heartbeats()]),
        ("DAGs", [_import_errors(), _parse_time()]),
        variables=links.places(),
    )


def _beats(title: str, metric: str) -> stat.Panel:
    return (
        panels.number(
            f"{title}: batimentos por minuto",
            "Heartbeats per minute over the last five; none is a process that stands still.",
            Query(f"60 * sum(rate({metric}[5m]))"),
            unit="none",
            span=12,
        )
        .decimals(1)
        .thresholds(looks.bounds((1, GREEN), below=RED))
        .links([*links.runbook("SchedulerSilent"), links.to_airflow("", "Airflow")])
    )


def _finished() -> timeseries.Panel:
    return (
        panels.bars(
            "Tarefas terminadas por minuto",
            "Task instances that ended, by how.",
            Query(f"60 * sum by (state) (rate({_FINISHED}[$__rate_interval]))", "{{state}}"),
            unit="short",
        )
        .override_by_name("success", looks.painted(GREEN))
        .override_by_name("failed", looks.painted(RED))
        .links([links.to_airflow("task_instances?task_state=failed", "Airflow: tarefas falhas")])
    )


def _executor() -> timeseries.Panel:
    return panels.lines(
        "Vagas do executor",
        "Slots of the executor by state: queued above zero for long with none open is too "
        "little capacity.",
        Query(f"max by (state) ({registry.EXECUTOR_SLOTS.name})", "{{state}}"),
        unit="none",
    )


def _pools() -> timeseries.Panel:
    return panels.lines(
        "Vagas dos pools",
        "Slots of every pool by state.",
        Query(f"max by (pool, state) ({registry.POOL_SLOTS.name})", "{{pool}} {{state}}"),
        unit="none",
    )


def _heartbeats() -> timeseries.Panel:
    window = "[$__rate_interval]"
    return panels.lines(
        "Batimentos por minuto",
        "Heartbeats of scheduler and triggerer.",
        Query(f"60 * sum(rate({_SCHEDULER}{window}))", "agendador"),
        Query(f"60 * sum(rate({_TRIGGERER}{window}))", "triggerer"),
        unit="short",
    ).links(list(links.runbook("SchedulerSilent")))


def _import_errors() -> timeseries.Panel:
    return (
        panels.lines(
            "Arquivos de DAG que não importam",
            "DAG files that cannot be imported; their DAGs do not run.",
            Query(f"max({registry.IMPORT_ERRORS.name})", "arquivos"),
            unit="none",
        )
        .thresholds(looks.bounds((1, RED)))
        .thresholds_style(looks.shaded())
        .links(list(links.runbook("DagImportErrors")))
    )


def _parse_time() -> timeseries.Panel:
    return (
        panels.lines(
            "Tempo para ler todos os DAGs",
            "Time to parse all DAG files once.",
            Query(f"max({registry.PARSE_TIME.name})", "leitura"),
            unit="s",
        )
        .thresholds(looks.bounds((30, YELLOW), (60, RED)))
        .thresholds_style(looks.shaded())
    )
