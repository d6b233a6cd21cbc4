"""Compares the landing bucket, the ledger and the table of a feed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from atvos import jobs, ledger, names
from atvos.batch import ObjectKey, ObjectVersion
from atvos.contract import Feed, LoadMode
from atvos.settings import Settings

if TYPE_CHECKING:
    from google.cloud import bigquery

GRACE = timedelta(hours=1)
"""How long an object may wait before it counts as missed."""

ENTRIES_SQL = f"""\
SELECT bucket, object, generation, landed_at, state, rows_valid, recorded_at, batch_id
FROM `{names.OBJECT_LEDGER}`
WHERE landed_date >= @since AND feed = @feed"""
"""What the ledger has of a feed."""

RECORD_SQL = f"""\
INSERT INTO `{names.RECONCILIATIONS}` (checked_date, dataset, kind, found, detail, checked_at)
SELECT @today, @dataset, JSON_VALUE(item, '$.kind'), CAST(JSON_VALUE(item, '$.found') AS INT64),
  JSON_VALUE(item, '$.detail'), TIMESTAMP(@checked_at)
FROM UNNEST(JSON_QUERY_ARRAY(@gaps)) AS item"""
"""Records what one reconcile of a feed found."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An object generation in the ledger."""

    bucket: str
    object: str
    generation: int
    landed_at: datetime
    state: str
    rows_valid: int
    recorded_at: datetime
    batch_id: str

    @property
    def key(self) -> ObjectKey:
        """What tells the object generation from every other."""
        return (self.bucket, self.object, self.generation)


@dataclass(frozen=True, slots=True)
class Gap:
    """A kind of difference: how many there are, and the first of them."""

    kind: str
    found: int
    detail: str | None = None


def compare(
    feed: Feed,
    listed: Sequence[ObjectVersion],
    entries: Sequence[Entry],
    rows: int | None,
    now: datetime,
) -> list[Gap]:
    """The differences of every kind, those of which there is none included.

    ``missed`` objects landed over an hour ago and are not in the ledger. ``vanished`` ones are
    in the ledger, and no generation of them is in the bucket, though its retention keeps them.
    ``doubled`` generations are in the ledger more than once. ``rows`` is how many more or
    fewer the table has than the ledger says; of an upsert feed nobody can know that.
    """
    known = {entry.key for entry in entries}
    missed = [o.name for o in listed if o.key not in known and o.created_at < now - GRACE]
    live = {(item.bucket, item.name) for item in listed}
    kept_since = now - feed.retention if feed.retention else None
    vanished = {
        entry.object
        for entry in entries
        if (entry.bucket, entry.object) not in live
        and (kept_since is None or entry.landed_at > kept_since)
    }
    doubled = [
        key[1] for key, count in Counter(entry.key for entry in entries).items() if count > 1
    ]
    return [
        _gap("missed", missed),
        _gap("vanished", vanished),
        _gap("doubled", doubled),
        _row_gap(feed, entries, rows),
    ]


def _gap(kind: str, found: Collection[str]) -> Gap:
    return Gap(kind, len(found), min(found, default=None))


def _row_gap(feed: Feed, entries: Sequence[Entry], rows: int | None) -> Gap:
    published = [entry for entry in entries if entry.state == "published"]
    if feed.load_mode is LoadMode.UPSERT_LATEST or (rows is None and not published):
        return Gap("rows", 0)
    if feed.load_mode is LoadMode.REPLACE_SNAPSHOT and published:
        last = max(published, key=lambda entry: (entry.recorded_at, entry.batch_id)).batch_id
        published = [entry for entry in published if entry.batch_id == last]
    expected = sum(entry.rows_valid for entry in published)
    difference = abs((rows or 0) - expected)
    detail = f"{rows or 0} rows in the table, {expected} in the ledger" if difference else None
    return Gap("rows", difference, detail)


def entries_of(client: bigquery.Client, settings: Settings, feed: str, today: date) -> list[Entry]:
    """What the ledger has of a feed; nothing before the first run."""
    from google.api_core.exceptions import NotFound

    parameters = [
        jobs.date_parameter("since", today - ledger.FRESHNESS_LOOK_BACK),
        jobs.string_parameter("feed", feed),
    ]
    labels = {"feed": feed, "step": "reconcile"}
    configuration = jobs.query(ENTRIES_SQL, labels, settings.maximum_bytes_billed, parameters)
    try:
        return [Entry(**row) for row in jobs.run(client, configuration)]
    except NotFound:
        return []


def record(
    client: bigquery.Client, settings: Settings, feed: str, gaps: Sequence[Gap], now: datetime
) -> None:
    """Keep what a reconcile found. Raises what the client raises."""
    found: list[dict[str, Any]] = [
        {"kind": gap.kind, "found": gap.found, "detail": gap.detail} for gap in gaps
    ]
    parameters = [
        jobs.date_parameter("today", now.date()),
        jobs.string_parameter("dataset", feed),
        jobs.string_parameter("checked_at", now.isoformat()),
        jobs.string_parameter("gaps", json.dumps(found)),
    ]
    labels = {"feed": feed, "step": "reconcile"}
    jobs.run(client, jobs.query(RECORD_SQL, labels, settings.maximum_bytes_billed, parameters))
