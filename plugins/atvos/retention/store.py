"""Looks at what is stored, and removes what is due."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from atvos import jobs, names, sense, tables
from atvos.contract import Feed
from atvos.held import LOOK_BACK_DAYS
from atvos.models import Model
from atvos.retention import core
from atvos.retention.core import Due, Ended, Promise, Stored
from atvos.schema import TableSpec
from atvos.settings import Settings

if TYPE_CHECKING:
    from google.cloud import bigquery, storage

ENDED_SQL = f"""\
SELECT build, IF(LOGICAL_OR(state = 'held'), 'held', 'published') AS state,
  MAX(ended_at) AS ended_at
FROM (
  SELECT batch_id AS build, state, recorded_at AS ended_at FROM `{names.OBJECT_LEDGER}`
  WHERE landed_date >= @since
  UNION ALL
  SELECT build_id AS build, 'published' AS state, built_at AS ended_at FROM `{names.MODEL_LEDGER}`
  WHERE built_date >= @since
  UNION ALL
  SELECT change_id AS build, 'published' AS state, changed_at AS ended_at
  FROM `{names.TABLE_CHANGES}`
  WHERE changed_date >= @since
  UNION ALL
  SELECT replay_id AS build, 'claimed' AS state, replayed_at AS ended_at FROM `{names.REPLAYS}`
  WHERE replayed_date >= @since
)
GROUP BY build"""
"""How every batch, build and replay of late stands."""


PARTITIONS_SQL = """\
SELECT COUNT(*) AS overdue
FROM {dataset}.INFORMATION_SCHEMA.PARTITIONS
WHERE table_name = @table AND partition_id < @last AND REGEXP_CONTAINS(partition_id, r'^[0-9]+$')"""
"""How many partitions of a table are older than it keeps them."""


class Retention:
    """What is stored of an environment. Raises what the clients raise."""

    def __init__(
        self,
        bq: bigquery.Client,
        gcs: storage.Client,
        settings: Settings,
        feeds: Mapping[str, Feed],
        models: Mapping[str, Model],
    ) -> None:
        """Nothing is asked yet."""
        self._bq = bq
        self._gcs = gcs
        self._settings = settings
        self._feeds = feeds
        self._models = models

    def due(self, now: datetime) -> list[Due]:
        """What is to be removed here; nothing is."""
        found = [Stored(name, at) for name, at in self._staging(now)]
        blobs = [
            Stored(blob.name, blob.updated.astimezone(UTC))
            for prefix in ("batches/", "runs/", "replays/")
            for blob in self._gcs.list_blobs(self._settings.work_bucket, prefix=prefix)
        ]
        ended = self._ended(now) if found else None
        # Without ledgers nobody can say what has ended.
        staged = [] if ended is None else core.staging(found, ended, now)
        return [*staged, *core.work(blobs, now)]

    def promises(self, now: datetime) -> list[Promise]:
        """What goes by itself, by the contracts."""
        specs: list[TableSpec] = []
        for feed in self._feeds.values():
            specs += [tables.curated(feed), tables.quarantine(feed)]
        specs += [tables.model(model) for model in self._models.values() if not model.is_view]
        found = [p for spec in specs if spec.partition and (p := self._of_table(spec, now))]
        return [*found, *(self._of_landing(f, now) for f in self._feeds.values() if f.retention)]

    def remove(self, due: Sequence[Due]) -> int:
        """Remove what was listed; how many that were."""
        for item in due:
            self._remove(item)
        return len(due)

    def _remove(self, item: Due) -> None:
        from google.api_core.exceptions import NotFound

        if not item.objects:
            self._bq.delete_table(f"{names.STAGING}.{item.name}", not_found_ok=True)
            return
        bucket = self._gcs.bucket(self._settings.work_bucket)
        # The manifest goes first: a folder that has lost it is no batch any more.
        for name in sorted(item.objects, key=lambda n: not n.endswith("/manifest.json")):
            with suppress(NotFound):  # the bucket's lifecycle was faster
                bucket.blob(name).delete()

    def _staging(self, now: datetime) -> Iterator[tuple[str, datetime]]:
        """Names of staging tables that are a day old at least, and when they were last written."""
        from google.api_core.exceptions import NotFound

        try:
            listed = list(self._bq.list_tables(names.STAGING))
        except NotFound:
            return
        for item in listed:
            if item.created is not None and item.created > now - core.STAGING_AFTER:
                continue
            try:
                table = self._bq.get_table(item.reference)
            except NotFound:
                continue
            yield item.table_id, table.modified or now

    def _ended(self, now: datetime) -> dict[str, Ended] | None:
        from google.api_core.exceptions import NotFound

        # Objects may have landed long before their batch was staged.
        since = now.date() - timedelta(days=LOOK_BACK_DAYS)
        try:
            found = self._query(ENDED_SQL, jobs.date_parameter("since", since))
        except NotFound:
            return None
        return {row["build"]: Ended(row["state"], row["ended_at"]) for row in found}

    def _of_table(self, spec: TableSpec, now: datetime) -> Promise | None:
        """What its contract promises of a partitioned table; None where it is not there."""
        from google.api_core.exceptions import NotFound

        try:
            table = self._bq.get_table(spec.table)
        except NotFound:
            return None
        partitioning = table.time_partitioning
        expiration = partitioning.expiration_ms if partitioning else None
        days = spec.partition_expiration_days
        overdue = 0
        if days is not None:
            last = (now - timedelta(days=days)).strftime("%Y%m%d")
            dataset, _, name = spec.table.partition(".")
            overdue = self._query(
                PARTITIONS_SQL.format(dataset=dataset),
                jobs.string_parameter("table", name),
                jobs.string_parameter("last", last),
            )[0]["overdue"]
        return Promise(
            spec.table, days, int(expiration) // 86_400_000 if expiration else None, overdue
        )

    def _of_landing(self, feed: Feed, now: datetime) -> Promise:
        """The landing bucket's lifecycle is Terraform's, made of the same contract."""
        assert feed.retention is not None
        bucket = self._settings.landing_bucket
        listed = sense.list_objects(self._gcs, bucket, feed.name)
        old = [item for item in listed if item.created_at < now - feed.retention]
        place = names.gcs_uri(bucket, names.landing_prefix(feed.name))
        return Promise(place, feed.retention.days, feed.retention.days, len(old))

    def _query(self, sql: str, *parameters: dict[str, Any]) -> list[dict[str, Any]]:
        limit = self._settings.maximum_bytes_billed
        return jobs.run(self._bq, jobs.query(sql, {"step": "retention"}, limit, parameters))
