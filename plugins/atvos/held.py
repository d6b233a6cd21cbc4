"""Publishes a batch that its audit has held back, because somebody answers for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from atvos import jobs, names, ops_tables, tables
from atvos.batch_store import BatchStore
from atvos.contract import Feed
from atvos.jobs import Job
from atvos.settings import Settings
from atvos.steps import IngestJobs

if TYPE_CHECKING:
    from google.cloud import bigquery, storage

LOOK_BACK_DAYS = 90
"""How long after its objects landed a held batch is found."""

_BATCH_ID = re.compile(r"[0-9a-f]{20}")
_LIMIT_SECONDS = 600
_LABELS = {"step": "release"}

HELD_SQL = f"""\
SELECT feed, batch_id, ANY_VALUE(detail) AS detail, COUNT(*) AS objects,
  SUM(rows_read) AS rows_read, SUM(rows_valid) AS rows_valid, SUM(rows_rejected) AS rows_rejected,
  MIN(landed_at) AS landed_at
FROM `{names.OBJECT_LEDGER}`
WHERE landed_date >= DATE_SUB(CURRENT_DATE(), INTERVAL {LOOK_BACK_DAYS} DAY) AND state = 'held'
GROUP BY feed, batch_id
ORDER BY landed_at"""
"""Every batch that is held back, the oldest first."""

RECORD_SQL = f"""\
INSERT INTO `{names.RELEASES}` (released_date, batch_id, feed, owner, reason, detail, released_at)
SELECT CURRENT_DATE(), @batch_id, @feed, @owner, @reason, @detail, CURRENT_TIMESTAMP()
FROM UNNEST([1])"""
"""Writes down who released a batch, and why, before it is published."""


class ReleaseError(ValueError):
    """A batch cannot be released; nothing was changed."""


@dataclass(frozen=True, slots=True)
class HeldBatch:
    """A batch as the ledger has it; ``detail`` says by which checks it is held."""

    feed: str
    batch_id: str
    detail: str
    objects: int
    rows_read: int
    rows_valid: int
    rows_rejected: int

    def line(self) -> str:
        """What people are told of it."""
        return (
            f"{self.batch_id} of {self.feed}: {self.objects} objects, {self.rows_read} rows read, "
            f"{self.rows_valid} valid, {self.rows_rejected} rejected; held by {self.detail}"
        )


class HeldBatches:
    """The batches that are held back. Raises what the clients raise."""

    def __init__(
        self,
        bq: bigquery.Client,
        gcs: storage.Client,
        settings: Settings,
        feeds: Mapping[str, Feed],
    ) -> None:
        """Nothing is asked yet."""
        self._bq = bq
        self._gcs = gcs
        self._settings = settings
        self._feeds = feeds

    def all(self) -> list[HeldBatch]:
        """Every held batch, the oldest first; none before the first run."""
        from google.api_core.exceptions import NotFound

        try:
            found = self._query(HELD_SQL)
        except NotFound:
            return []
        columns = HeldBatch.__dataclass_fields__
        return [HeldBatch(**{name: row[name] for name in columns}) for row in found]

    def find(self, batch_id: str) -> HeldBatch:
        """The held batch of that id. ReleaseError where there is none."""
        held = {batch.batch_id: batch for batch in self.all()}
        if not _BATCH_ID.fullmatch(batch_id) or batch_id not in held:
            valid = ", ".join(held) or "no batch is held"
            raise ReleaseError(f"batch {batch_id!r} is not held; valid: {valid}")
        if held[batch_id].feed not in self._feeds:
            raise ReleaseError(
                f"batch {batch_id} is of {held[batch_id].feed}, which has no contract"
            )
        return held[batch_id]

    def release(self, held: HeldBatch, owner: str, reason: str) -> None:
        """Record it, load the batch's curated files once more, and publish them.

        ReleaseError without a reason. Publishing twice changes nothing, as for any batch.
        """
        if not reason.strip():
            raise ReleaseError("--reason is empty; valid: why the checks may be passed over")
        feed = self._feeds[held.feed]
        work = IngestJobs(self._settings, feed)
        store = BatchStore(self._gcs, self._settings.work_bucket, feed)
        batch, stats = store.batch(held.batch_id), store.stats(held.batch_id)
        self._query(tables.prepare_script(ops_tables.operations(), self._settings))
        record = {"owner": owner, "reason": reason, "detail": held.detail or ""}
        record |= {"batch_id": held.batch_id, "feed": held.feed}
        self._query(RECORD_SQL, *(jobs.string_parameter(n, v) for n, v in record.items()))
        # What was staged may have expired.
        for job in (work.stage_rows(batch, stats), work.stage_objects(batch, stats)):
            self._run(job)
        self._run(work.publish(batch, stats))

    def _run(self, job: Job) -> None:
        self._bq.create_job(job.configuration).result(timeout=_LIMIT_SECONDS)

    def _query(self, sql: str, *parameters: dict[str, Any]) -> list[dict[str, Any]]:
        limit = self._settings.maximum_bytes_billed
        return jobs.run(self._bq, jobs.query(sql, _LABELS, limit, list(parameters)))
