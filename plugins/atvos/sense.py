"""Finds what has landed and is not in the ledger."""

from __future__ import annotations

from datetime import UTC, datetime

from google.cloud import bigquery, storage

from atvos import ledger, names
from atvos.batch import Batch, ObjectVersion, next_batch
from atvos.settings import Settings


def waiting_batch(
    gcs: storage.Client, bq: bigquery.Client, settings: Settings, feed: str, now: datetime
) -> Batch | None:
    """The next batch of ``feed``: the listing minus the ledger, None where nothing waits."""
    listed = list_objects(gcs, settings.landing_bucket, feed)
    if not listed:
        return None
    days = [o.created_at.date() for o in listed]
    known = ledger.known_objects(bq, settings, feed, min(days), max(days))
    return next_batch(
        feed, listed, known, now, settings.max_batch_objects, settings.max_batch_bytes
    )


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
