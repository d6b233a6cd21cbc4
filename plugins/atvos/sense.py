"""Finds what has landed and is not in the ledger."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from google.cloud import bigquery, storage

from atvos import ledger, names
from atvos.batch import Batch, ObjectKey, ObjectVersion, next_batch
from atvos.settings import Settings


def waiting_batch(
    gcs: storage.Client, bq: bigquery.Client, settings: Settings, feed: str, now: datetime
) -> Batch | None:
    """The next batch of ``feed``: the listing minus the ledger, None where nothing waits."""
    listed = list_objects(gcs, settings.landing_bucket, feed)
    return _next_batch(listed, bq, settings, feed, now)


class Watch:
    """Looks again and again whether objects of a feed wait.

    The ledger costs a query, so it is only asked about a listing with something new in it.
    """

    def __init__(self, settings: Settings, feed: str) -> None:
        self._settings = settings
        self._feed = feed
        self._known: set[ObjectKey] = set()

    def sees_something(self, gcs: storage.Client, ledger_of: Callable[[], bigquery.Client]) -> bool:
        """Whether an object waits. ``ledger_of`` makes the client, if it is needed."""
        listed = list_objects(gcs, self._settings.landing_bucket, self._feed)
        keys = {item.key for item in listed}
        if keys <= self._known:
            return False
        now = datetime.now(UTC)
        waiting = _next_batch(listed, ledger_of(), self._settings, self._feed, now)
        if waiting is None:
            self._known = keys
        return waiting is not None


def list_objects(gcs: storage.Client, bucket: str, feed: str) -> list[ObjectVersion]:
    """The live objects below the feed's landing prefix, folder placeholders left out."""
    return [
        ObjectVersion(
            bucket=bucket,
            name=blob.name,
            generation=int(blob.generation),
            size=int(blob.size or 0),
            crc32c=blob.crc32c or "",
            # The creation of this generation: an overwritten object is a new one.
            created_at=blob.time_created.astimezone(UTC),
        )
        for blob in gcs.list_blobs(bucket, prefix=names.landing_prefix(feed))
        if not blob.name.endswith("/")
    ]


def minus_ledger(
    listed: Sequence[ObjectVersion], bq: bigquery.Client, settings: Settings, feed: str
) -> list[ObjectVersion]:
    """Those of the listed objects that are not in the ledger."""
    known = _known(listed, bq, settings, feed)
    return [item for item in listed if item.key not in known]


def _next_batch(
    listed: Sequence[ObjectVersion],
    bq: bigquery.Client,
    settings: Settings,
    feed: str,
    now: datetime,
) -> Batch | None:
    known = _known(listed, bq, settings, feed)
    return next_batch(
        feed, listed, known, now, settings.max_batch_objects, settings.max_batch_bytes
    )


def _known(
    listed: Sequence[ObjectVersion], bq: bigquery.Client, settings: Settings, feed: str
) -> set[ObjectKey]:
    """What the ledger has of the days of the listing; without a listing it is not asked."""
    if not listed:
        return set()
    days = [item.created_at.date() for item in listed]
    return ledger.known_objects(bq, settings, feed, min(days), max(days))
