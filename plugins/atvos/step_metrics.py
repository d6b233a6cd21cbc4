"""Measures every task: how long it took, how its tries ended, what it was billed for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from atvos import metrics
from atvos.metrics import Sample
from atvos.monitoring import registry
from atvos.settings import Settings


class StepMetrics:
    """The callbacks of the tasks that work on the dataset of ``labels``, as DAG arguments.

    Airflow runs them in the task's own process and only logs what they raise. A process that
    was killed from outside leaves no sample; its retry does.
    """

    def __init__(self, settings: Settings, labels: Mapping[str, str]) -> None:
        self._settings = settings
        self._labels = dict(labels)

    @property
    def callbacks(self) -> dict[str, Any]:
        """What ``default_args`` takes."""
        return {
            "on_success_callback": self.succeeded,
            "on_retry_callback": self.failed,
            "on_failure_callback": self.failed,
        }

    def succeeded(self, context: Any) -> None:
        """Count the try, and observe how long the task took, deferred time included."""
        task = context["ti"]
        labels = self._step(task.task_id)
        took = (datetime.now(UTC) - task.start_date).total_seconds()
        self._send(
            Sample(registry.STEP_RUNS, 1, {**labels, "state": "success"}),
            Sample(registry.STEP_DURATION, took, labels),
        )

    def failed(self, context: Any) -> None:
        """Count the try."""
        labels = {**self._step(context["ti"].task_id), "state": "failed"}
        self._send(Sample(registry.STEP_RUNS, 1, labels))

    def billed(self, task_id: str, billed_bytes: int) -> None:
        """Count what a BigQuery job of the task was billed for."""
        self._send(Sample(registry.BILLED_BYTES, billed_bytes, self._step(task_id)))

    def _step(self, task_id: str) -> dict[str, str]:
        # Within a task group the id has the group's name before the step's.
        return {**self._labels, "step": task_id.rpartition(".")[2]}

    def _send(self, *samples: Sample) -> None:
        metrics.send(samples, self._settings.statsd_host, self._settings.statsd_port)
