"""The dashboards that there are."""

from __future__ import annotations

from grafana_foundation_sdk.models.dashboard import Dashboard

from atvos.monitoring.dashboards import airflow, cost, dataset, ingestion, overview, systems


def every() -> dict[str, Dashboard]:
    """Every dashboard by its name, made anew."""
    return {
        "overview": overview.dashboard(),
        "dataset": dataset.dashboard(),
        "ingestion": ingestion.dashboard(),
        "cost": cost.dashboard(),
        "airflow": airflow.dashboard(),
        "systems": systems.dashboard(),
    }
