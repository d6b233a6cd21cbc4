"""The operators that tell what the platform knows of its tables: gauges, registry, views."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from airflow.providers.common.compat.sdk import BaseOperator

from atvos import gauges, metrics, names, reconcile, registry, repair, sense, snapshot
from atvos.batch_store import BatchStore
from atvos.clients import bigquery_client, storage_client
from atvos.contract import Feed, Table
from atvos.metrics import Sample
from atvos.models import Model
from atvos.monitoring.registry import LATENCY
from atvos.operators import batch_id_of
from atvos.reconcile import Gap
from atvos.settings import Settings

_LOOKS = 3
"""How often a difference must be seen before it counts."""


class ReportOperator(BaseOperator):
    """Publishes the gauges of feeds and models from ledgers, bucket and tables.

    ``heartbeat`` says that it is all of them, and when.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        feeds: Mapping[str, Feed] | None = None,
        models: Mapping[str, Model] | None = None,
        heartbeat: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.settings = settings
        self.feeds = feeds or {}
        self.models = models or {}
        self.heartbeat = heartbeat

    def execute(self, context: Any) -> int:
        """How many samples were sent; a socket that fails is logged and fails nothing."""
        now = datetime.now(UTC)
        bq, gcs = bigquery_client(self.settings), storage_client(self.settings)
        states = snapshot.read(bq, gcs, self.settings, self.feeds, self.models, now)
        samples = [sample for state in states.values() for sample in gauges.of_dataset(state)]
        samples += self.events(context, bq, gcs)
        if self.heartbeat:
            samples.append(gauges.heartbeat(now))
        return metrics.send(samples, self.settings.statsd_host, self.settings.statsd_port)

    def events(self, context: Any, bq: Any, gcs: Any) -> list[Sample]:  # noqa: ARG002
        """What happened in this run besides; nothing, unless a subclass knows of it."""
        return []


class ReportBatchOperator(ReportOperator):
    """Publishes a feed's gauges, and how long each object of the run's batch took to arrive.

    Cleared and run again it observes the same batch once more: a histogram cannot take back.
    """

    def __init__(self, *, settings: Settings, feed: Feed, **kwargs: Any) -> None:
        super().__init__(settings=settings, feeds={feed.name: feed}, **kwargs)
        self.feed = feed

    def events(self, context: Any, bq: Any, gcs: Any) -> list[Sample]:
        """One sample per object: from its landing to the end of the job that published it."""
        store = BatchStore(gcs, self.settings.work_bucket, self.feed)
        batch = store.batch(batch_id_of(context))
        job_id = context["ti"].xcom_pull(task_ids="publish")
        queryable_at = bq.get_job(job_id, location=self.settings.location).ended
        return [
            Sample(
                LATENCY,
                max((queryable_at - item.created_at).total_seconds(), 0),
                self.feed.metric_labels,
            )
            for item in batch.objects
        ]


class ReconcileOperator(BaseOperator):
    """Compares bucket, ledger and table of every feed, and records what differs.

    What is safe to repair it repairs first, and says so in the log.
    """

    def __init__(self, *, settings: Settings, feeds: Mapping[str, Feed], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.settings = settings
        self.feeds = feeds

    def execute(self, context: Any) -> dict[str, int]:  # noqa: ARG002
        """How many differences each feed has; an alert tells of them, the task is not failed."""
        now = datetime.now(UTC)
        bq, gcs = bigquery_client(self.settings), storage_client(self.settings)
        found = {}
        for feed in self.feeds.values():
            listed = sense.list_objects(gcs, self.settings.landing_bucket, feed.name)
            landed = {item.name for item in listed}
            for line in repair.of_feed(bq, gcs, self.settings, feed, landed, now):
                self.log.warning("%s: %s", feed.name, line)
            gaps = self._compare(feed, bq, gcs, now)
            reconcile.record(bq, self.settings, feed.name, gaps, now)
            for gap in gaps:
                if gap.found:
                    self.log.warning("%s: %d %s: %s", feed.name, gap.found, gap.kind, gap.detail)
            found[feed.name] = sum(gap.found for gap in gaps)
        return found

    def _compare(self, feed: Feed, bq: Any, gcs: Any, now: datetime) -> list[Gap]:
        """What differs, and goes on to: a publish between two looks is no difference."""
        gaps: list[Gap] = []
        for _ in range(_LOOKS):
            entries = reconcile.entries_of(bq, self.settings, feed.name)
            listed = sense.list_objects(gcs, self.settings.landing_bucket, feed.name)
            rows = snapshot.row_counts(bq, self.settings, names.CURATED)
            own = rows.get(names.curated_table(feed.name))
            gaps = reconcile.compare(feed, listed, entries, own, now)
            if not any(gap.found for gap in gaps):
                break
        return gaps


class RegisterOperator(BaseOperator):
    """Makes the registry of datasets, and the views of queries, what the repository says."""

    def __init__(
        self,
        *,
        settings: Settings,
        tables: tuple[Table, ...],
        views: tuple[Model, ...],
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.settings = settings
        self.tables = tables
        self.views = views

    def execute(self, context: Any) -> list[str]:  # noqa: ARG002
        """What was changed; nothing is written where all is as it should be."""
        client = bigquery_client(self.settings)
        changed = registry.update(client, self.settings, self.tables, self.views, datetime.now(UTC))
        for name in changed:
            self.log.info("%s is up to date now", name)
        return changed
