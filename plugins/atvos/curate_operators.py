"""The operators that run the curate job: in a process of its own, or on Dataflow."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, NoReturn

from airflow.providers.common.compat.sdk import (
    AirflowException,
    AirflowFailException,
    AirflowNotFoundException,
    BaseHook,
    BaseOperator,
)
from airflow.providers.google.cloud.operators.dataflow import DataflowStartFlexTemplateOperator

from atvos import names
from atvos.batch_store import BatchStore
from atvos.clients import storage_client
from atvos.contract import Feed, Protection
from atvos.operators import batch_id_of
from atvos.settings import Settings

KEY_VARIABLE = "ATVOS_PII_KEY"
"""Where the curate job finds the key of pseudonyms, when it runs beside Airflow."""


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
        environment = {**os.environ, "PYTHONPATH": path}
        if Protection.HASH in self.feed.protections:
            # Not an argument: those of a process can be read by every other one.
            environment[KEY_VARIABLE] = self._pii_key()
        self._process = SubprocessHook()
        result = self._process.run_command(
            [sys.executable, str(self.settings.curate_main), "--batch", folder],
            env=environment,
        )
        if result.exit_code:
            raise AirflowException(f"the curate job of {folder} ended with {result.exit_code}")

    def _pii_key(self) -> str:
        """The secret key of pseudonyms. AirflowFailException where there is none."""
        connection = self.settings.pii_conn_id
        try:
            key = BaseHook.get_connection(connection).password
        except AirflowNotFoundException:
            key = None
        if not key:
            raise AirflowFailException(
                f"{self.feed.name} has personal data to hash, and the connection {connection} "
                "has no password: put the secret key there (32 characters or more), in the "
                "secrets backend or with `airflow connections add`"
            )
        return str(key)

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
        self.body = launch_body(self.settings, self.feed, name, store.folder_uri(batch_id))
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


def launch_body(settings: Settings, feed: Feed, job_name: str, folder: str) -> dict[str, Any]:
    """The body of the Flex Template's launch request.

    Of the key of pseudonyms only the secret's name travels: the workers read it themselves.
    """
    dataflow = settings.dataflow
    if dataflow is None:
        raise AirflowException("BEAM_RUNNER is not DataflowRunner")
    parameters = {"batch": folder}
    if Protection.HASH in feed.protections:
        if not dataflow.pii_key_secret:
            raise AirflowFailException(
                f"{feed.name} has personal data to hash, and ATVOS_PII_KEY_SECRET is not set; "
                "valid: projects/<project>/secrets/<name>/versions/<version>"
            )
        parameters["pii_key_secret"] = dataflow.pii_key_secret
    return {
        "launchParameter": {
            "jobName": job_name,
            "containerSpecGcsPath": dataflow.template,
            "parameters": parameters,
            "environment": {
                "serviceAccountEmail": dataflow.service_account,
                "tempLocation": dataflow.temp_location,
                "subnetwork": dataflow.subnetwork,
                "ipConfiguration": "WORKER_IP_PRIVATE",
                "maxWorkers": dataflow.max_workers,
                "machineType": dataflow.machine_type,
                "additionalUserLabels": {"environment": settings.environment},
            },
        }
    }
