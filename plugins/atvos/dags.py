"""Wires operators into the platform's DAGs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import DAG, Asset, TaskGroup

from atvos import names
from atvos.alter import live_columns
from atvos.batch import Batch, BatchStats
from atvos.batch_store import BatchStore
from atvos.clients import bigquery_client, storage_client
from atvos.contract import Feed, Table
from atvos.jobs import Job
from atvos.models import Model, source_feeds
from atvos.operators import (
    AuditModelOperator,
    AuditOperator,
    BigQueryOnceOperator,
    Configure,
    CurateLocallyOperator,
    CurateOnDataflowOperator,
    PlanOperator,
    ReportOperator,
    batch_id_of,
    build_of,
)
from atvos.sensors import NewObjectsSensor
from atvos.settings import Settings
from atvos.steps import IngestJobs, ModelJobs

START_DATE = datetime(2026, 1, 1, tzinfo=UTC)


def ingest(settings: Settings, feed: Feed, doc_md: str | None = None) -> DAG:
    """The DAG that ingests ``feed``: prepare, sense, curate, stage, audit, publish, report."""
    # A contract that is being tried runs when it is told to, once.
    tried = settings.extra_contracts_dir in feed.path.parents
    with DAG(
        names.ingest_dag(feed.name),
        description=feed.purpose,
        schedule=None if tried else feed.schedule,
        tags=["ingest", f"tier-{feed.tier}", *(["try"] if tried else [])],
        default_args=_defaults(settings, feed),
        **_common(doc_md),
    ) as dag:
        jobs = IngestJobs(settings, feed)

        def once(task_id: str, configure: Configure, **kwargs: Any) -> BigQueryOnceOperator:
            return BigQueryOnceOperator(
                task_id=task_id, settings=settings, configure=configure, **kwargs
            )

        prepare = once("prepare", _with_live(settings, jobs))
        sense = NewObjectsSensor(task_id="sense", settings=settings, feed=feed)
        curate_class = (
            CurateOnDataflowOperator if settings.runs_on_dataflow else CurateLocallyOperator
        )
        curate = curate_class(
            task_id="curate",
            settings=settings,
            feed=feed,
            execution_timeout=timedelta(hours=2),
        )
        stage_rows = once("stage_rows", _with_stats(settings, feed, jobs.stage_rows))
        stage_rejects = once("stage_rejects", _with_stats(settings, feed, jobs.stage_rejects))
        stage_objects = once("stage_objects", _with_stats(settings, feed, jobs.stage_objects))
        quarantine = once(
            "quarantine", _with_stats(settings, feed, lambda batch, _: jobs.quarantine(batch))
        )
        audit = AuditOperator(task_id="audit", settings=settings, feed=feed)
        publish = once(
            "publish",
            _with_stats(settings, feed, jobs.publish),
            outlets=[table_asset(names.curated_table(feed.name))],
        )
        report = ReportOperator(task_id="report", settings=settings, tables=(feed,))

        prepare >> sense >> curate >> [stage_rows, stage_rejects, stage_objects]
        [stage_rejects, stage_objects] >> quarantine
        [stage_rows, quarantine] >> audit >> publish >> report
    return dag


def transform(
    settings: Settings,
    group: str,
    members: Sequence[Model],
    feeds: Mapping[str, Feed],
    doc_md: str | None = None,
) -> DAG:
    """The DAG that builds a group's models when one of their sources has changed."""
    sources = sorted({source for model in members for source in model.sources})
    schedule: Any = table_asset(sources[0])
    for source in sources[1:]:
        schedule = schedule | table_asset(source)
    with DAG(
        names.transform_dag(group),
        description=f"Builds {', '.join(model.name for model in members)}.",
        schedule=schedule,
        tags=["transform"],
        default_args=_defaults(settings, members[0]),
        **_common(doc_md),
    ) as dag:
        for model in members:
            _build(settings, model, feeds)
    return dag


def heartbeat(settings: Settings, tables: tuple[Table, ...], doc_md: str | None = None) -> DAG:
    """The DAG that publishes every table's gauges again, every two minutes."""
    with DAG(
        "heartbeat",
        description="Publishes the freshness of every table again.",
        schedule="*/2 * * * *",
        tags=["operate"],
        default_args={
            "owner": "data-platform",
            "retries": 0,  # the next beat is the retry
            "execution_timeout": timedelta(minutes=5),
        },
        **_common(doc_md),
    ) as dag:
        ReportOperator(task_id="report", settings=settings, tables=tables, heartbeat=True)
    return dag


def table_asset(table: str) -> Asset:
    """The asset that stands for ``dataset.table``."""
    return Asset(name=table, uri=names.table_asset(table))


def _build(settings: Settings, model: Model, feeds: Mapping[str, Feed]) -> None:
    """The tasks of one model, in a group of its name."""
    sources = tuple(feeds[name] for name in source_feeds(model))
    jobs = ModelJobs(settings, model, sources)

    def once(task_id: str, configure: Configure, **kwargs: Any) -> BigQueryOnceOperator:
        return BigQueryOnceOperator(
            task_id=task_id, settings=settings, configure=configure, **kwargs
        )

    with TaskGroup(model.name):
        prepare = once("prepare", _with_live(settings, jobs))
        plan = PlanOperator(task_id="plan", settings=settings, model=model, feeds=feeds)
        build = once("build", lambda context: jobs.build(build_of(context, model.name)))
        audit = AuditModelOperator(task_id="audit", settings=settings, model=model)
        publish = once(
            "publish",
            lambda context: jobs.publish(build_of(context, model.name)),
            outlets=[table_asset(names.mart_table(model.name))],
        )
        report = ReportOperator(task_id="report", settings=settings, tables=(model,))
        prepare >> plan >> build >> audit >> publish >> report


def _with_stats(
    settings: Settings, feed: Feed, configure: Callable[[Batch, BatchStats], Job]
) -> Configure:
    """A job that is made of the run's batch and of what the curate job found in it."""

    def job(context: Any) -> Job:
        store = BatchStore(storage_client(settings), settings.work_bucket, feed)
        batch_id = batch_id_of(context)
        return configure(store.batch(batch_id), store.stats(batch_id))

    return job


def _with_live(settings: Settings, steps: IngestJobs | ModelJobs) -> Configure:
    """The job that prepares tables, made of what those that are there look like now."""

    def job(context: Any) -> Job:
        owned = [spec.table for spec in steps.owned]
        return steps.prepare(_run_digest(context), live_columns(bigquery_client(settings), owned))

    return job


def _run_digest(context: Any) -> str:
    """A DAG run's id in letters that a BigQuery job id may have."""
    return hashlib.sha256(context["run_id"].encode()).hexdigest()[:20]


def _defaults(settings: Settings, table: Table) -> dict[str, Any]:
    return {
        "owner": table.owner,
        "retries": settings.retries,
        "retry_delay": timedelta(seconds=20),
        "retry_exponential_backoff": True,
        "max_retry_delay": timedelta(minutes=10),
        "execution_timeout": timedelta(minutes=30),
    }


def _common(doc_md: str | None) -> dict[str, Any]:
    """What all DAGs have alike: one run at a time, no catching up, the module's docstring."""
    return {
        "start_date": START_DATE,
        "catchup": False,
        "max_active_runs": 1,
        "doc_md": doc_md,
    }
