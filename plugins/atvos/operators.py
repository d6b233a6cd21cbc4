"""The operator of a BigQuery job that runs once, and what a run's tasks hand to each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from airflow.providers.common.compat.sdk import AirflowException
from airflow.providers.google.cloud.hooks.bigquery import BigQueryHook
from airflow.providers.google.cloud.operators.bigquery import BigQueryInsertJobOperator
from google.api_core.exceptions import Conflict, GoogleAPICallError, NotFound

from atvos.builds import Build
from atvos.jobs import Job
from atvos.settings import Settings
from atvos.step_metrics import StepMetrics

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

    def __init__(
        self, *, settings: Settings, configure: Configure, step_metrics: StepMetrics, **kwargs: Any
    ) -> None:
        super().__init__(
            configuration={},
            project_id=settings.project,
            location=settings.location,
            gcp_conn_id=settings.gcp_conn_id,
            deferrable=True,
            **kwargs,
        )
        self.configure = configure
        self.step_metrics = step_metrics
        self._was_launched = False

    def execute(self, context: Any) -> Any:
        """Submit the job or find it, and wait for it in the triggerer."""
        job = self.configure(context)
        self.configuration = job.configuration
        self.job_id = job.job_id
        job_id = super().execute(context)
        # It was done at once, and nobody comes back for it. One that was found is counted.
        if self._was_launched:
            self._measure_bytes(job_id)
        return job_id

    def execute_complete(self, context: Any, event: dict[str, Any]) -> Any:
        """The id of the job that has ended; what it was billed for is measured."""
        job_id = super().execute_complete(context, event)
        if job_id:
            self._measure_bytes(job_id)
        return job_id

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
            job: Any = self._submit_job(hook, job_id)
        except Conflict:
            job = hook.get_job(job_id=job_id, project_id=self.project_id, location=self.location)
        else:
            self._was_launched = True
            return job
        if job.state == "DONE" and (job.error_result or not self._left_something(hook)):
            self.log.info("job %s is used up: %s", job_id, job.error_result or "its table is gone")
            return None
        self.log.info("job %s exists and is %s: attaching to it", job_id, job.state)
        return job

    def _measure_bytes(self, job_id: str) -> None:
        hook = BigQueryHook(gcp_conn_id=self.gcp_conn_id, location=self.location)
        try:
            job = hook.get_job(job_id=job_id, project_id=self.project_id, location=self.location)
        except GoogleAPICallError as error:
            self.log.warning("bytes billed of job %s are not known: %s", job_id, error)
            return
        # A load job is not billed, and has no such number.
        billed = getattr(job, "total_bytes_billed", None) or 0
        self.step_metrics.billed(self.task_id, billed)

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
