"""Writes what the contenders read: N contracts, and the same DAGs as dag-factory's YAML."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from atvos.contract.load import SUFFIX
from local.layout import DAGS

_BIGQUERY = "airflow.providers.google.cloud.operators.bigquery.BigQueryInsertJobOperator"
_SENSOR = "airflow.providers.google.cloud.sensors.gcs.GCSObjectsWithPrefixExistenceSensor"
_EMPTY = "airflow.providers.standard.operators.empty.EmptyOperator"
_QUERY = {
    "operator": _BIGQUERY,
    "configuration": {"query": {"query": "SELECT 1", "useLegacySql": False}},
    "project_id": "atvoslocal",
    "location": "southamerica-east1",
    "deferrable": True,
}
_BEFORE = {
    "prepare": [],
    "sense": ["prepare"],
    "curate": ["sense"],
    "stage_rows": ["curate"],
    "stage_rejects": ["curate"],
    "stage_objects": ["curate"],
    "quarantine": ["stage_rejects", "stage_objects"],
    "audit": ["stage_rows", "stage_objects"],
    "publish": ["audit", "quarantine"],
    "report": ["publish"],
}
"""The tasks that come before each task."""


def write_contracts(folder: Path, count: int) -> None:
    """``count`` contracts: copies of the two real ones by turns, under names of their own."""
    folder.mkdir(parents=True)
    vehicles, telemetry = (
        (DAGS / "contracts" / f"{name}{SUFFIX}").read_text(encoding="utf-8")
        for name in ("vehicles", "telemetry_events")
    )
    for place in range(count):
        fleet = f"vehicles_{place // 2:03}"
        name, text = fleet, vehicles
        if place % 2:
            name = f"telemetry_events_{place // 2:03}"
            text = re.sub(r"\btelemetry_events\b", name, telemetry)
        # Telemetry refers to the fleet that was written before it.
        text = re.sub(r"\bvehicles\b", fleet, text)
        (folder / f"{name}{SUFFIX}").write_text(text, encoding="utf-8")


def write_dag_factory(folder: Path, count: int) -> None:
    """``count`` YAML files with a DAG each: the tasks of bare.py, with fewer of their arguments."""
    folder.mkdir(parents=True)
    for place in range(count):
        name = f"factory_{place:03}"
        text = yaml.safe_dump({f"ingest__{name}": _dag(name)}, sort_keys=False)
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")


def _dag(feed: str) -> dict[str, Any]:
    return {
        "description": "One row per vehicle.",
        "schedule": "@continuous",
        "catchup": False,
        "max_active_runs": 1,
        "tags": ["ingest", "tier-1"],
        "default_args": {
            "owner": "transport-data",
            "start_date": "2026-01-01",
            "retries": 3,
            "retry_delay_sec": 20,
            "retry_exponential_backoff": True,
        },
        "tasks": [
            {"task_id": task, **_task(task, feed), "dependencies": before}
            for task, before in _BEFORE.items()
        ],
    }


def _task(task: str, feed: str) -> dict[str, Any]:
    if task == "sense":
        return {
            "operator": _SENSOR,
            "bucket": "landing",
            "prefix": f"{feed}/",
            "deferrable": True,
        }
    return {"operator": _EMPTY} if task in ("curate", "audit", "report") else _QUERY
