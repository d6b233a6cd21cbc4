"""The job's result: what came of each object and of the batch."""

from __future__ import annotations

import json
import logging
from collections import Counter
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any

from atvos.batch import BatchStats, ObjectStats, ObjectVersion
from atvos.contract import reasons
from curate.folder import OBJECTS, STATS
from curate.job import Job
from curate.tally import ObjectTally, Tally

log = logging.getLogger(__name__)


class CountError(RuntimeError):
    """Rows of an object were lost, or counted twice: nothing of the batch may be loaded."""


def finish(tally: Tally, job: Job) -> BatchStats:
    """Write ``objects.ndjson`` and, last of all, ``stats.json``: the first run that gets there.

    CountError where the rows of an object do not reconcile.
    """
    found = [
        _object_stats(version, tally.of(number), job)
        for number, version in enumerate(job.batch.objects)
    ]
    for item in found:
        if not item.reconciles:
            raise CountError(
                f"{item.object}#{item.generation}: {item.rows_read} rows read, but "
                f"{item.rows_valid} valid, {item.rows_rejected} rejected "
                f"and {item.rows_duplicate} duplicate"
            )
    stats = _batch_stats(found, tally, job)
    with job.folder.create(OBJECTS) as file:
        file.writelines(_ndjson_line(item) for item in found)
    if not job.folder.whole.create_first(STATS, stats.to_json().encode()):
        log.warning("another run of batch %s was done first: its result stays", stats.batch_id)
        return BatchStats.from_json(job.folder.whole.read(STATS))
    log.info(
        "batch %s is done: %d rows read, %d valid, %d rejected, %d duplicate",
        stats.batch_id,
        stats.rows_read,
        stats.rows_valid,
        stats.rows_rejected,
        stats.rows_duplicate,
    )
    return stats


def _object_stats(version: ObjectVersion, counted: ObjectTally, job: Job) -> ObjectStats:
    last = counted.last_event
    if job.feed.event_time is None:
        last = version.created_at
    return ObjectStats(
        bucket=version.bucket,
        object=version.name,
        generation=version.generation,
        size=version.size,
        crc32c=version.crc32c,
        landed_at=version.created_at,
        rows_read=counted.read,
        rows_valid=counted.valid,
        rows_rejected=counted.rejected,
        rows_duplicate=counted.duplicate,
        reasons=dict(sorted(counted.reasons.items())),
        event_dates=tuple(sorted(counted.event_dates)),
        last_event_at=None if last is None else min(last, job.batch.created_at),
    )


def _batch_stats(found: list[ObjectStats], tally: Tally, job: Job) -> BatchStats:
    codes: Counter[str] = Counter()
    for item in found:
        codes.update(item.reasons)
    return BatchStats(
        feed=job.feed.name,
        batch_id=job.batch.batch_id,
        rows_uris=tuple(sorted(tally.rows_files)),
        rejects_uris=tuple(sorted(tally.rejects_files)),
        objects_uri=job.folder.file(OBJECTS),
        rows_read=sum(item.rows_read for item in found),
        rows_valid=sum(item.rows_valid for item in found),
        rows_rejected=sum(item.rows_rejected for item in found),
        rows_duplicate=sum(item.rows_duplicate for item in found),
        unreadable_objects=sum(reasons.UNREADABLE in item.reasons for item in found),
        reasons=dict(sorted(codes.items())),
        event_dates=tuple(sorted({day for item in found for day in item.event_dates})),
        last_event_at=max((i.last_event_at for i in found if i.last_event_at), default=None),
    )


def _ndjson_line(item: ObjectStats) -> bytes:
    """The stats as BigQuery loads them: a repeated record instead of a mapping."""
    codes = [{"reason": code, "row_count": rows} for code, rows in item.reasons.items()]
    return json.dumps({**asdict(item), "reasons": codes}, default=_plain).encode() + b"\n"


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{value!r} has no place in the stats")
