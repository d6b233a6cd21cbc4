"""The operators of a run: each is its arguments, a few calls and one report."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

from airflow.providers.common.compat.sdk import (
    AirflowException,
    AirflowFailException,
    AirflowSkipException,
    BaseOperator,
)
from airflow.providers.google.cloud.hooks.bigquery import BigQueryHook
from airflow.providers.google.cloud.operators.bigquery import BigQueryInsertJobOperator
from airflow.providers.google.cloud.operators.dataflow import DataflowStartFlexTemplateOperator
from google.api_core.exceptions import Conflict, NotFound

from atvos import freshness, jobs, ledger, metrics, models, names, quality
from atvos.batch_store import BatchStore
from atvos.clients import bigquery_client, storage_client
from atvos.contract import Feed, Table
from atvos.jobs import Job
from atvos.models import Build, Model
from atvos.settings import Settings
from atvos.steps import IngestJobs

MAX_ATTEMPTS = 20
"""How many jobs of one step may fail before somebody has to look."""

Configure = Callable[[Any], Job]
"""Makes a task's job from its Airflow context."""


def batch_id_of(context: Any) -> str:
    """The id of the batch that this run's ``sense`` claimed."""
    return str(context["ti"].xcom_pull(task_ids="sense"))


def build_of(context: Any, model: str) -> Build:
    """The build that this run's ``plan`` decided on."""
    return Build.from_dict(context["ti"].xcom_pull(task_ids=f"{model}.plan"))


class BigQueryOnceOperator(BigQueryInsertJobOperator):
    """Runs one BigQuery job under an id of its own, and never twice.

    Where a job of that id exists it is waited for, or counts as done. Only where it failed,
    or the table that it loaded is gone, the next attempt gets an id with a number behind.
    """

    def __init__(self, *, settings: Settings, configure: Configure, **kwargs: Any) -> None:
        super().__init__(
            configuration={},
            project_id=settings.project,
            location=settings.location,
            gcp_conn_id=settings.gcp_conn_id,
            deferrable=True,
            **kwargs,
        )
        self.configure = configure

    def execute(self, context: Any) -> Any:
        """Submit the job or find it, and wait for it in the triggerer."""
        job = self.configure(context)
        self.configuration = job.configuration
        self.job_id = job.job_id
        return super().execute(context)

    def submit_job(self, context: Any) -> str:
        """The id of the job that does this task's work, launched or found."""
        self.hook = BigQueryHook(
            gcp_conn_id=self.gcp_conn_id, location=self.location, use_legacy_sql=False
        )
        self._add_job_labels(self.hook)
        first_id = str(self._configured_job_id)
        for attempt in range(MAX_ATTEMPTS):
            job_id = first_id if attempt == 0 else f"{first_id}__{attempt}"
            job = self._launch_or_find(self.hook, job_id)
            if job is not None:
                self._job = job
                self._persist_job_links(job, context)
                return job_id
        raise AirflowException(
            f"BigQuery job {first_id} failed {MAX_ATTEMPTS} times; look at the last one with "
            f"`bq show -j {first_id}__{MAX_ATTEMPTS - 1}`"
        )

    def _launch_or_find(self, hook: BigQueryHook, job_id: str) -> Any:
        """The job, or None where it exists and its id is used up."""
        try:
            return self._submit_job(hook, job_id)
        except Conflict:
            job = hook.get_job(job_id=job_id, project_id=self.project_id, location=self.location)
        if job.state == "DONE" and (job.error_result or not self._left_something(hook)):
            self.log.info("job %s is used up: %s", job_id, job.error_result or "its table is gone")
            return None
        self.log.info("job %s exists and is %s: attaching to it", job_id, job.state)
        return job

    def _left_something(self, hook: BigQueryHook) -> bool:
        """Whether the table of a load job is still there; other jobs leave nothing to look for."""
        load = self.configuration.get("load")
        if load is None:
            return True
        target = load["destinationTable"]
        client = hook.get_client(project_id=target["projectId"], location=self.location)
        try:
            client.get_table(f"{target['projectId']}.{target['datasetId']}.{target['tableId']}")
        except NotFound:
            return False
        return True


class CurateLocallyOperator(BaseOperator):
    """Runs the curate job of the run's batch in a process of its own."""

    def __init__(self, *, settings: Settings, feed: Feed, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.settings = settings
        self.feed = feed
        self._process: Any = None

    def execute(self, context: Any) -> None:
        """Run the job; its log is this task's log. AirflowException where it fails."""
        from airflow.providers.standard.hooks.subprocess import SubprocessHook

        store = BatchStore(storage_client(self.settings), self.settings.work_bucket, self.feed)
        folder = store.folder_uri(batch_id_of(context))
        plugins = str(Path(__file__).resolve().parent.parent)
        path = os.pathsep.join(filter(None, [plugins, os.environ.get("PYTHONPATH")]))
        self._process = SubprocessHook()
        result = self._process.run_command(
            [sys.executable, str(self.settings.curate_main), "--batch", folder],
            env={**os.environ, "PYTHONPATH": path},
        )
        if result.exit_code:
            raise AirflowException(f"the curate job of {folder} ended with {result.exit_code}")

    def on_kill(self) -> None:
        """End the job's process group."""
        if self._process is not None:
            self._process.send_sigterm()


class CurateOnDataflowOperator(DataflowStartFlexTemplateOperator):
    """Launches the curate job of the run's batch on Dataflow, or attaches to it.

    The job is named after the batch, and Dataflow runs one job of a name at a time. A batch
    that has its stats is done, whatever became of the job that wrote them.
    """

    def __init__(self, *, settings: Settings, feed: Feed, **kwargs: Any) -> None:
        if settings.dataflow is None:
            raise AirflowException("BEAM_RUNNER is not DataflowRunner")
        super().__init__(
            body={},
            location=settings.dataflow.region,
            project_id=settings.project,
            gcp_conn_id=settings.gcp_conn_id,
            append_job_name=False,
            deferrable=True,
            **kwargs,
        )
        self.settings = settings
        self.feed = feed

    def execute(self, context: Any) -> Any:
        """Wait in the triggerer for the job."""
        batch_id = batch_id_of(context)
        store = BatchStore(storage_client(self.settings), self.settings.work_bucket, self.feed)
        if store.is_curated(batch_id):
            self.log.info("batch %s is curated", batch_id)
            return None
        name = names.dataflow_job(self.feed.name, batch_id)
        running = self._active_job(name)
        if running is not None:
            self.log.info("Dataflow job %s runs as %s: attaching to it", name, running["id"])
            self._wait_for(running["id"])
        self.body = launch_body(self.settings, name, store.folder_uri(batch_id))
        return super().execute(context)

    def defer(self, **kwargs: Any) -> NoReturn:
        """Wait no longer than the task may take: the provider sets no limit in the triggerer."""
        super().defer(**{"timeout": self.execution_timeout, **kwargs})

    def _active_job(self, name: str) -> dict[str, Any] | None:
        dataflow_jobs = self.hook.get_conn().projects().locations().jobs()
        request = dataflow_jobs.list(
            projectId=self.project_id, location=self.location, filter="ACTIVE", name=name
        )
        found: list[dict[str, Any]] = request.execute(num_retries=3).get("jobs", [])
        return next((job for job in found if job["name"] == name), None)

    def _wait_for(self, job_id: str) -> None:
        from airflow.providers.google.cloud.triggers.dataflow import TemplateJobStartTrigger

        self.defer(
            trigger=TemplateJobStartTrigger(
                job_id=job_id,
                project_id=self.project_id,
                location=self.location,
                gcp_conn_id=self.gcp_conn_id,
                poll_sleep=self.poll_sleep,
                cancel_timeout=self.cancel_timeout,
            ),
            method_name="execute_complete",
        )


def launch_body(settings: Settings, job_name: str, folder: str) -> dict[str, Any]:
    """The body of the Flex Template's launch request."""
    dataflow = settings.dataflow
    if dataflow is None:
        raise AirflowException("BEAM_RUNNER is not DataflowRunner")
    return {
        "launchParameter": {
            "jobName": job_name,
            "containerSpecGcsPath": dataflow.template,
            "parameters": {"batch": folder},
            "environment": {
                "serviceAccountEmail": dataflow.service_account,
                "tempLocation": dataflow.temp_location,
                "maxWorkers": dataflow.max_workers,
                "additionalUserLabels": {"environment": settings.environment},
            },
        }
    }


class AuditOperator(BaseOperator):
    """Checks a staged batch against the contract; a failed blocking check holds it back."""

    def __init__(self, *, settings: Settings, feed: Feed, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.settings = settings
        self.feed = feed

    def execute(self, context: Any) -> None:
        """Run all checks. AirflowFailException, after the batch is held, where one blocks."""
        from atvos.audit import run_checks

        store = BatchStore(storage_client(self.settings), self.settings.work_bucket, self.feed)
        batch = store.batch(batch_id_of(context))
        stats = store.stats(batch.batch_id)
        client = bigquery_client(self.settings)
        staged = names.staging_table(self.feed.name, batch.batch_id)
        results = [
            *quality.batch_results(self.feed, stats),
            *run_checks(client, self.feed, staged),
        ]
        store.write_audit(batch.batch_id, results)
        blocking = log_results(self.log, results)
        if not blocking:
            return
        if any(result.state is quality.CheckState.ERRORED for result in blocking):
            # Nothing is known of the data: the next attempt may find out.
            raise AirflowException(f"batch {batch.batch_id}: {_summary(blocking)}")
        detail = ", ".join(result.name for result in blocking)
        hold = IngestJobs(self.settings, self.feed).hold(batch, detail)
        jobs.run(client, hold.configuration)
        raise AirflowFailException(
            f"batch {batch.batch_id} is held back and stays in {staged}: {_summary(blocking)}"
        )


class AuditModelOperator(BaseOperator):
    """Checks the staged rows of a model's build; a failed blocking check stops the publish."""

    def __init__(self, *, settings: Settings, model: Model, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.settings = settings
        self.model = model

    def execute(self, context: Any) -> None:
        """Run all checks. AirflowException where one blocks."""
        from atvos.audit import run_checks

        build = build_of(context, self.model.name)
        staged = names.staging_table(self.model.name, build.build_id)
        results = run_checks(bigquery_client(self.settings), self.model, staged)
        blocking = log_results(self.log, results)
        if blocking:
            raise AirflowException(
                f"build {build.build_id} of {self.model.name} stays in {staged}: "
                f"{_summary(blocking)}"
            )


class PlanOperator(BaseOperator):
    """Decides which days of a model are built anew; skips the model where none are."""

    def __init__(
        self, *, settings: Settings, model: Model, feeds: Mapping[str, Feed], **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.settings = settings
        self.model = model
        self.feeds = feeds

    def execute(self, context: Any) -> dict[str, Any]:  # noqa: ARG002
        """The build as a mapping. AirflowSkipException where nothing changed."""
        now = datetime.now(UTC)
        client = bigquery_client(self.settings)
        sources = models.source_feeds(self.model)
        batches = ledger.new_batches(client, self.settings, self.model.name, sources, now.date())
        published = ledger.last_published(client, self.settings, now.date())
        last_events = {
            name: state.last_event_at for name, state in published.items() if state.last_event_at
        }
        build = models.plan(self.model, self.feeds, batches, last_events, now)
        if build is None:
            raise AirflowSkipException(f"no source of {self.model.name} has changed")
        self.log.info(
            "build %s: %d days, %d batches", build.build_id, len(build.days), len(batches)
        )
        return build.to_dict()


class ReportOperator(BaseOperator):
    """Publishes the freshness gauges of ``tables`` from the ledgers."""

    def __init__(
        self,
        *,
        settings: Settings,
        tables: tuple[Table, ...],
        heartbeat: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.settings = settings
        self.tables = tables
        self.heartbeat = heartbeat

    def execute(self, context: Any) -> int:  # noqa: ARG002
        """How many gauges were sent; a socket that fails is logged and fails nothing."""
        now = datetime.now(UTC)
        client = bigquery_client(self.settings)
        published = ledger.last_published(client, self.settings, now.date())
        gauges = freshness.gauges_of(self.tables, published, now)
        if self.heartbeat:
            gauges.append(freshness.heartbeat(now))
        return metrics.send(gauges, self.settings.statsd_host, self.settings.statsd_port)


def log_results(log: Any, results: list[quality.CheckResult]) -> list[quality.CheckResult]:
    """Log every result by its weight; returns those that block."""
    for result in results:
        if result.state is quality.CheckState.PASSED:
            log.info("%s", result)
        elif result.blocks:
            log.error("%s", result)
        else:
            log.warning("%s", result)
    return quality.blocking(results)


def _summary(blocking: list[quality.CheckResult]) -> str:
    return "; ".join(str(result) for result in blocking)
