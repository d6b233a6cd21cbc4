"""Senses new objects of a feed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from airflow.providers.common.compat.sdk import (
    AirflowSkipException,
    BaseSensorOperator,
    PokeReturnValue,
)

from atvos.batch_store import BatchStore
from atvos.clients import bigquery_client, storage_client
from atvos.contract import Feed
from atvos.sense import waiting_batch
from atvos.settings import Settings
from atvos.triggers import NewObjectsTrigger


class NewObjectsSensor(BaseSensorOperator):
    """Waits until objects of ``feed`` wait, makes them a batch, and returns its id.

    Waiting happens in the triggerer; where that does not have this package, the task ends and
    comes back every ``settings.sense_interval`` seconds. The batch is claimed for the DAG run:
    however often the run or the task is run again, it is the same batch. Where nothing lands
    in ``settings.sense_timeout`` seconds the run is skipped.
    """

    def __init__(self, *, settings: Settings, feed: Feed, **kwargs: Any) -> None:
        comes_back = settings.sense_in == "worker"
        super().__init__(
            timeout=settings.sense_timeout,
            poke_interval=settings.sense_interval,
            mode="reschedule" if comes_back else "poke",
            soft_fail=comes_back,  # a run without objects is skipped
            **kwargs,
        )
        self.settings = settings
        self.feed = feed

    def execute(self, context: Any) -> str:
        """The id of this run's batch; defers, or comes back, until there is one."""
        if self.reschedule:
            return str(super().execute(context))
        batch_id = self._batch_id(context["run_id"])
        if batch_id is None:
            self.defer(
                trigger=NewObjectsTrigger(
                    self.feed.name, self.settings.sense_interval, self.timeout
                ),
                method_name="execute_complete",
            )
        return str(batch_id)

    def poke(self, context: Any) -> PokeReturnValue:
        """Whether there is a batch, and its id: how a worker looks."""
        batch_id = self._batch_id(context["run_id"])
        return PokeReturnValue(is_done=batch_id is not None, xcom_value=batch_id)

    def execute_complete(self, context: Any, event: dict[str, Any]) -> str:
        """Claim what the trigger saw, or skip the run."""
        batch_id = self._batch_id(context["run_id"]) if event["status"] == "landed" else None
        if batch_id is None:
            raise AirflowSkipException(f"nothing new landed for {self.feed.name}")
        return batch_id

    def _batch_id(self, run_id: str) -> str | None:
        gcs = storage_client(self.settings)
        store = BatchStore(gcs, self.settings.work_bucket, self.feed)
        claimed = store.claimed(run_id)
        if claimed is not None:
            self.log.info("batch %s was claimed by this run before", claimed)
            return claimed
        now = datetime.now(UTC)
        bq = bigquery_client(self.settings)
        batch = waiting_batch(gcs, bq, self.settings, self.feed.name, now)
        if batch is None:
            return None
        batch = store.claim(batch, run_id)
        size = sum(item.size for item in batch.objects)
        self.log.info("batch %s: %d objects, %d bytes", batch.batch_id, len(batch.objects), size)
        return batch.batch_id
