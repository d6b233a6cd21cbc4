"""Wires operators into the platform's DAGs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import DAG, Asset, TaskGroup

from atvos import names, pending
from atvos.airflow_compat import AssetOrTimeSchedule, CronTriggerTimetable
from atvos.alter import live_columns
from atvos.audit_operators import AuditModelOperator, AuditOperator
from atvos.backup_operators import BackupOperator
from atvos.batch import Batch, BatchStats
from atvos.batch_store import BatchStore
from atvos.clients import bigquery_client, storage_client
from atvos.contract import Feed, Table
from atvos.curate_operators import CurateLocallyOperator, CurateOnDataflowOperator
from atvos.jobs import Job
from atvos.models import Model, in_order, source_feeds, source_models
from atvos.operators import BigQueryOnceOperator, Configure, batch_id_of, build_of
from atvos.pending import Replay
from atvos.plan_operators import PlanOperator, PlanReplayOperator
from atvos.powerbi import refresh
from atvos.refresh_operators import CHANGES, PlanRefreshOperator, ReportRefreshOperator
from atvos.report_operators import (
    ReconcileOperator,
    RegisterOperator,
    ReportBatchOperator,
    ReportOperator,
)
from atvos.retention_operators import RetentionOperator
from atvos.sensors import NewObjectsSensor
from atvos.settings import PowerBi, Settings
from atvos.step_metrics import StepMetrics
from atvos.steps import IngestJobs, ModelJobs, record_refresh

START_DATE = datetime(2026, 1, 1, tzinfo=UTC)

_REFRESH_LIMIT = timedelta(hours=1)
_REFRESH_INTERVAL_SECONDS = 30


def ingest(
    settings: Settings, feed: Feed, feeds: Mapping[str, Feed], doc_md: str | None = None
) -> DAG:
    """The DAG that ingests ``feed``: prepare, sense, curate, stage, audit, publish, report.

    ``feeds`` has, by name, those that its rows refer to.
    """
    tried = is_tried(settings, feed)
    with DAG(
        names.ingest_dag(feed.name),
        description=feed.purpose,
        schedule=None if tried else feed.schedule,
        tags=_tags(settings, "ingest", f"tier-{feed.tier}", *(["try"] if tried else [])),
        default_args=_defaults(settings, feed),
        **_common(doc_md),
    ) as dag:
        jobs = IngestJobs(settings, feed, _referenced(feed, feeds))
        once = _once(settings, feed)
        prepare = once("prepare", _with_live(settings, jobs))
        sense = _sense(settings, feed)
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
        report = ReportBatchOperator(task_id="report", settings=settings, feed=feed)

        prepare >> sense >> curate >> [stage_rows, stage_rejects, stage_objects]
        [stage_rejects, stage_objects] >> quarantine
        [stage_rows, stage_objects] >> audit
        [audit, quarantine] >> publish >> report
    return dag


def transform(
    settings: Settings,
    group: str,
    members: Sequence[Model],
    feeds: Mapping[str, Feed],
    models: Mapping[str, Model],
    doc_md: str | None = None,
) -> DAG:
    """The DAG that builds a group's models when a table from outside the group has changed.

    Models that read each other run one after the other; one with nothing to do skips its
    own tasks alone. ``feeds`` and ``models`` are all that there are, by name.
    """
    ordered = in_order(members)
    own = {model.view_name for model in ordered}
    sources = sorted({source for model in ordered for source in model.sources} - own)
    schedule: Any = table_asset(sources[0])
    for source in sources[1:]:
        schedule = schedule | table_asset(source)
    with DAG(
        names.transform_dag(group),
        description=f"Builds {', '.join(model.name for model in ordered)}.",
        schedule=schedule,
        tags=_tags(settings, "transform"),
        default_args=_defaults(settings, ordered[0]),
        **_common(doc_md),
    ) as dag:
        groups: dict[str, TaskGroup] = {}
        for model in ordered:
            groups[model.name] = _build(settings, model, feeds, models)
            for read in source_models(model):
                if read in groups:
                    groups[read] >> groups[model.name]
    return dag


def replay(settings: Settings, feed: Feed, feeds: Mapping[str, Feed], doc_md: str | None) -> DAG:
    """The DAG that lets waiting rows of ``feed`` go on when what they refer to has come.

    It also looks every quarter of an hour: rows may begin to wait at the very moment that
    their reference comes.
    """
    referenced = _referenced(feed, feeds)
    jobs = IngestJobs(settings, feed, referenced)
    schedule: Any = table_asset(names.curated_table(referenced[0].name))
    for other in referenced[1:]:
        schedule = schedule | table_asset(names.curated_table(other.name))
    with DAG(
        names.replay_dag(feed.name),
        description=f"Replays rows of {feed.name} whose reference has come.",
        schedule=AssetOrTimeSchedule(
            timetable=CronTriggerTimetable("*/15 * * * *", timezone="UTC"), assets=schedule
        ),
        tags=_tags(settings, "operate"),
        default_args=_defaults(settings, feed),
        **_common(doc_md),
    ) as dag:
        once = _once(settings, feed)
        prepare = once("prepare", _with_live(settings, jobs))
        plan = PlanReplayOperator(task_id="plan", settings=settings, feed=feed)
        publish = once(
            "publish",
            lambda context: jobs.replay(_replay_of(context)),
            outlets=[table_asset(names.curated_table(feed.name))],
        )
        report = ReportOperator(task_id="report", settings=settings, feeds={feed.name: feed})
        prepare >> plan >> publish >> report
    return dag


def heartbeat(
    settings: Settings,
    feeds: Mapping[str, Feed],
    models: Mapping[str, Model],
    doc_md: str | None = None,
) -> DAG:
    """The DAG that publishes every table's gauges again, every two minutes.

    Before that it makes the registry of datasets, and the views, what the repository says.
    """
    with DAG(
        "heartbeat",
        description="Publishes the freshness of every table again.",
        schedule="*/2 * * * *",
        tags=_tags(settings, "operate"),
        default_args=_platform_defaults(retries=0),  # the next beat is the retry
        **_common(doc_md),
    ) as dag:
        register = RegisterOperator(
            task_id="register",
            settings=settings,
            tables=(*feeds.values(), *(m for m in models.values() if not m.is_view)),
            views=tuple(model for model in models.values() if model.is_view),
        )
        report = ReportOperator(
            task_id="report",
            settings=settings,
            feeds=feeds,
            models=models,
            heartbeat=True,
            trigger_rule="all_done",  # gauges go on whatever became of the registry
        )
        register >> report
        if settings.power_bi is not None:
            report >> ReportRefreshOperator(
                task_id="report_power_bi",
                settings=settings,
                tables=refresh.imported(models),
                trigger_rule="all_done",
            )
    return dag


def reconciliation(settings: Settings, feeds: Mapping[str, Feed], doc_md: str | None) -> DAG:
    """The DAG that compares bucket, ledger and tables, every hour."""
    with _operating(
        settings,
        "reconcile",
        "Compares the landing bucket, the ledger and the tables of every feed.",
        "17 * * * *",
        doc_md,
    ) as dag:
        ReconcileOperator(task_id="compare", settings=settings, feeds=feeds)
    return dag


def backup(settings: Settings, models: Mapping[str, Model], doc_md: str | None = None) -> DAG:
    """The DAG that keeps a copy of all marts in Cloud Storage, every night."""
    with _operating(
        settings, "backup", "Keeps a copy of the marts in Cloud Storage.", "30 5 * * *", doc_md
    ) as dag:
        BackupOperator(
            task_id="copy",
            settings=settings,
            tables=tuple(in_order(m for m in models.values() if not m.is_view)),
            execution_timeout=timedelta(hours=1),
        )
    return dag


def retention(
    settings: Settings,
    feeds: Mapping[str, Feed],
    models: Mapping[str, Model],
    doc_md: str | None = None,
) -> DAG:
    """The DAG that removes staging tables and batch folders that have had their time."""
    with _operating(
        settings,
        "retention",
        "Removes staging tables of ended batches, and old batch folders.",
        "45 4 * * *",
        doc_md,
    ) as dag:
        RetentionOperator(
            task_id="remove",
            settings=settings,
            feeds=feeds,
            models=models,
            execution_timeout=timedelta(minutes=30),
        )
    return dag


def refresh_power_bi(
    settings: Settings, power_bi: PowerBi, models: Mapping[str, Model], doc_md: str | None = None
) -> DAG:
    """The DAG that takes changes of marts to the semantic model, one refresh after the other.

    It also looks every half hour: what a failed refresh has left waiting is not lost.
    """
    # Imported here because the provider takes a second, which only this DAG is worth.
    from airflow.providers.microsoft.azure.operators.powerbi import PowerBIDatasetRefreshOperator

    tables = refresh.imported(models)
    schedule: Any = table_asset(tables[0].view_name)
    for table in tables[1:]:
        schedule = schedule | table_asset(table.view_name)
    step_metrics = StepMetrics(settings, refresh.LABELS)
    with DAG(
        names.refresh_dag(refresh.NAME),
        description="Takes changes of the marts to Power BI.",
        schedule=AssetOrTimeSchedule(
            timetable=CronTriggerTimetable("*/30 * * * *", timezone="UTC"), assets=schedule
        ),
        tags=_tags(settings, "operate"),
        default_args={**_platform_defaults(settings.retries), **step_metrics.callbacks},
        **_common(doc_md),
    ) as dag:
        plan = PlanRefreshOperator(task_id="plan", settings=settings, tables=tables)
        refreshed = PowerBIDatasetRefreshOperator.partial(
            task_id="refresh",
            group_id=power_bi.workspace,
            dataset_id=power_bi.dataset,
            conn_id=settings.power_bi_conn_id,
            timeout=_REFRESH_LIMIT.total_seconds(),
            check_interval=_REFRESH_INTERVAL_SECONDS,
            execution_timeout=_REFRESH_LIMIT + timedelta(minutes=5),
            # Power BI refuses a second refresh of a semantic model while one runs.
            max_active_tis_per_dagrun=1,
            retry_exponential_backoff=True,
        ).expand(request_body=plan.output)
        record = BigQueryOnceOperator(
            task_id="record",
            settings=settings,
            configure=lambda context: record_refresh(
                settings, context["ti"].xcom_pull(task_ids="plan", key=CHANGES)
            ),
            step_metrics=step_metrics,
        )
        report = ReportRefreshOperator(task_id="report", settings=settings, tables=tables)
        plan >> refreshed >> record >> report
    return dag


def is_tried(settings: Settings, feed: Feed) -> bool:
    """Whether the contract is being tried: its DAG runs when it is told to, and no other does."""
    return settings.extra_contracts_dir in feed.path.parents


def table_asset(table: str) -> Asset:
    """The asset that stands for ``dataset.table``."""
    return Asset(name=table, uri=names.table_asset(table))


def _sense(settings: Settings, feed: Feed) -> NewObjectsSensor:
    """Waits for objects; where the environment has subscriptions, messages wake it."""
    if settings.event_subscription is None or is_tried(settings, feed):
        return NewObjectsSensor(task_id="sense", settings=settings, feed=feed)
    # Imported here because the provider's Pub/Sub takes its time, which few environments need.
    from atvos.events.sensors import WokenObjectsSensor
    from atvos.events.subscription import of_feed

    subscription = of_feed(settings.event_subscription, feed.name)
    return WokenObjectsSensor(
        task_id="sense", settings=settings, feed=feed, subscription=subscription
    )


def _referenced(feed: Feed, feeds: Mapping[str, Feed]) -> tuple[Feed, ...]:
    """The feeds that the feed's rows refer to."""
    columns = pending.references(feed)
    wanted = dict.fromkeys(column.reference.table for column in columns if column.reference)
    return tuple(feeds[name] for name in wanted)


def _replay_of(context: Any) -> Replay:
    return Replay.from_dict(context["ti"].xcom_pull(task_ids="plan"))


def _build(
    settings: Settings, model: Model, feeds: Mapping[str, Feed], models: Mapping[str, Model]
) -> TaskGroup:
    """The tasks of one model, in a group of its name."""
    sources: dict[str, Table] = {
        **{names.curated_table(name): feeds[name] for name in source_feeds(model)},
        **{names.mart(name): models[name] for name in source_models(model)},
    }
    jobs = ModelJobs(settings, model, tuple(sources.values()))

    once = _once(settings, model)
    own: Any = {**_priority(model), **StepMetrics(settings, model.metric_labels).callbacks}
    with TaskGroup(model.name, default_args=own) as group:
        plan = PlanOperator(
            task_id="plan",
            settings=settings,
            model=model,
            sources=sources,
            trigger_rule="none_failed",  # a model that this one reads may have had nothing to do
        )
        prepare = once("prepare", _with_live(settings, jobs))
        build = once("build", lambda context: jobs.build(build_of(context, model.name)))
        audit = AuditModelOperator(task_id="audit", settings=settings, model=model)
        publish = once(
            "publish",
            lambda context: jobs.publish(build_of(context, model.name)),
            outlets=[table_asset(model.view_name)],
        )
        report = ReportOperator(task_id="report", settings=settings, models={model.name: model})
        plan >> prepare >> build >> audit >> publish >> report
    return group


def _once(settings: Settings, table: Table) -> Callable[..., BigQueryOnceOperator]:
    """Makes the operators that run BigQuery jobs for ``table``."""
    step_metrics = StepMetrics(settings, table.metric_labels)

    def once(task_id: str, configure: Configure, **kwargs: Any) -> BigQueryOnceOperator:
        return BigQueryOnceOperator(
            task_id=task_id,
            settings=settings,
            configure=configure,
            step_metrics=step_metrics,
            **kwargs,
        )

    return once


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
        live = live_columns(bigquery_client(settings), steps.looked_at)
        return steps.prepare(_run_digest(context), live)

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
        **_priority(table),
        **StepMetrics(settings, table.metric_labels).callbacks,
    }


def _priority(table: Table) -> dict[str, Any]:
    """Where slots are few, feeds go before marts, and the lower tier first."""
    weight = (4 - table.tier) * (10 if isinstance(table, Feed) else 1)
    return {"priority_weight": weight, "weight_rule": "absolute"}


def _platform_defaults(retries: int) -> dict[str, Any]:
    """Of tasks that work on no table of their own."""
    return {
        "owner": "data-platform",
        "retries": retries,
        "retry_delay": timedelta(minutes=1),
        "priority_weight": 100,
        "weight_rule": "absolute",
        "execution_timeout": timedelta(minutes=5),
    }


def _operating(
    settings: Settings, dag_id: str, description: str, schedule: str, doc_md: str | None
) -> DAG:
    """A DAG of the platform's own, by the clock."""
    return DAG(
        dag_id,
        description=description,
        schedule=schedule,
        tags=_tags(settings, "operate"),
        default_args=_platform_defaults(settings.retries),
        **_common(doc_md),
    )


def _tags(settings: Settings, *tags: str) -> list[str]:
    """The tags of a DAG: that of the release tells a deploy that Airflow has read it."""
    return [*tags, *([names.release_tag(settings.commit)] if settings.commit else [])]


def _common(doc_md: str | None) -> dict[str, Any]:
    """What all DAGs have alike: one run at a time, no catching up, the module's docstring."""
    return {
        "start_date": START_DATE,
        "catchup": False,
        "max_active_runs": 1,
        "doc_md": doc_md,
    }
