"""The operators that check staged rows, of a batch and of a model's build."""

from __future__ import annotations

from typing import Any

from airflow.providers.common.compat.sdk import (
    AirflowException,
    AirflowFailException,
    BaseOperator,
)

from atvos import jobs, names, quality
from atvos.batch_store import BatchStore
from atvos.clients import bigquery_client, storage_client
from atvos.contract import Feed
from atvos.models import Model
from atvos.operators import batch_id_of, build_of
from atvos.settings import Settings
from atvos.steps import IngestJobs


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
