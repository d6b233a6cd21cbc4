"""The operators that check staged rows, of a batch and of a model's build."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from airflow.providers.common.compat.sdk import (
    AirflowException,
    AirflowFailException,
    BaseOperator,
)

from atvos import data_docs, jobs, names, quality, snapshot
from atvos.batch_store import BatchStore
from atvos.clients import bigquery_client, storage_client
from atvos.contract import Feed, Table
from atvos.models import Model
from atvos.operators import batch_id_of, build_of
from atvos.quality import CheckResult
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
        store = BatchStore(storage_client(self.settings), self.settings.work_bucket, self.feed)
        batch = store.batch(batch_id_of(context))
        stats = store.stats(batch.batch_id)
        staged = names.staging_table(self.feed.name, batch.batch_id)
        counted = quality.batch_results(self.feed, stats)
        results = _audit(self.settings, self.feed, batch.batch_id, staged, counted)
        store.write_audit(batch.batch_id, results)
        blocking = log_results(self.log, results)
        if not blocking:
            return
        if any(result.state is quality.CheckState.ERRORED for result in blocking):
            # Nothing is known of the data: the next attempt may find out.
            raise AirflowException(f"batch {batch.batch_id}: {_summary(blocking)}")
        detail = ", ".join(result.name for result in blocking)
        hold = IngestJobs(self.settings, self.feed).hold(batch, detail)
        jobs.run(bigquery_client(self.settings), hold.configuration)
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
        build = build_of(context, self.model.name)
        staged = names.staging_table(self.model.name, build.build_id)
        results = _audit(self.settings, self.model, build.build_id, staged, [])
        blocking = log_results(self.log, results)
        if blocking:
            raise AirflowException(
                f"build {build.build_id} of {self.model.name} stays in {staged}: "
                f"{_summary(blocking)}"
            )


def _audit(
    settings: Settings, table: Table, run_id: str, staged: str, counted: list[CheckResult]
) -> list[CheckResult]:
    """Run the checks of ``table`` on the staged rows, and keep what they found.

    ``counted`` are results that are known already. They are all recorded for metrics and people,
    and shown in Data Docs.
    """
    from atvos.audit import run_checks

    client = bigquery_client(settings)
    validations: list[Any] = []
    results = [*counted, *run_checks(client, table, staged, validations)]
    snapshot.record_audit(client, settings, table.name, run_id, results, datetime.now(UTC))
    data_docs.keep(
        storage_client(settings), settings.work_bucket, table, run_id, results, validations
    )
    return results


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
