"""A DAG file as one would write it by hand, with literals: what Airflow's objects alone cost.

Tasks, order and DAG arguments are those of ``ingest__<feed>``. Where our task has a class of
Airflow's behind it, that class stands here; our other three have BaseOperator behind them, and
the empty operator stands for them.
"""

import os
from datetime import UTC, datetime, timedelta

from airflow.providers.google.cloud.operators.bigquery import BigQueryInsertJobOperator
from airflow.providers.google.cloud.sensors.gcs import GCSObjectsWithPrefixExistenceSensor
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, Asset


def _query(task_id: str, outlets: list[Asset] | None = None) -> BigQueryInsertJobOperator:
    return BigQueryInsertJobOperator(
        task_id=task_id,
        configuration={"query": {"query": "SELECT 1", "useLegacySql": False}},
        project_id="atvoslocal",
        location="southamerica-east1",
        deferrable=True,
        outlets=outlets,
    )


def _dag(feed: str) -> DAG:
    with DAG(
        f"ingest__{feed}",
        description="One row per vehicle.",
        schedule="@continuous",
        start_date=datetime(2026, 1, 1, tzinfo=UTC),
        catchup=False,
        max_active_runs=1,
        tags=["ingest", "tier-1"],
        default_args={
            "owner": "transport-data",
            "retries": 3,
            "retry_delay": timedelta(seconds=20),
            "retry_exponential_backoff": True,
            "max_retry_delay": timedelta(minutes=10),
            "execution_timeout": timedelta(minutes=30),
        },
    ) as dag:
        prepare = _query("prepare")
        sense = GCSObjectsWithPrefixExistenceSensor(
            task_id="sense", bucket="landing", prefix=f"{feed}/", deferrable=True
        )
        curate = EmptyOperator(task_id="curate")
        stage_rows = _query("stage_rows")
        stage_rejects = _query("stage_rejects")
        stage_objects = _query("stage_objects")
        quarantine = _query("quarantine")
        audit = EmptyOperator(task_id="audit")
        publish = _query("publish", [Asset(f"atvos://bigquery/curated/{feed}")])
        report = EmptyOperator(task_id="report")

        prepare >> sense >> curate >> [stage_rows, stage_rejects, stage_objects]
        [stage_rejects, stage_objects] >> quarantine
        [stage_rows, stage_objects] >> audit
        [audit, quarantine] >> publish >> report
    return dag


for _place in range(int(os.environ["BENCH_DAGS"])):
    globals()[f"dag_{_place}"] = _dag(f"bare_{_place:03}")
