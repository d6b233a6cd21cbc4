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

_EXPIRY = timedelta(days=2)
"""Around when a partition expires, within which it may be there or not."""

ENTRIES_SQL = f"""\
SELECT bucket, object, generation, landed_at, state, rows_valid, recorded_at, batch_id,
  (SELECT MIN(day) FROM UNNEST(event_dates) AS day) AS first_day,
  (SELECT MAX(day) FROM UNNEST(event_dates) AS day) AS last_day
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
    """An object generation in the ledger; its rows are in partitions of ``first_day`` on."""

    bucket: str
    object: str
    generation: int
    landed_at: datetime
    state: str
    rows_valid: int
    recorded_at: datetime
    batch_id: str
    first_day: date | None = None
    last_day: date | None = None

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
    fewer the table has than the ledger says; of an upsert feed nobody can know that. Rows of
    partitions that have expired are not expected, and those of objects that have some of their
    rows in such partitions may be there or not.
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
        _row_gap(feed, entries, rows, now),
    ]


def _gap(kind: str, found: Collection[str]) -> Gap:
    return Gap(kind, len(found), min(found, default=None))


def _row_gap(feed: Feed, entries: Sequence[Entry], rows: int | None, now: datetime) -> Gap:
    published = [entry for entry in entries if entry.state == "published"]
    if feed.load_mode is LoadMode.UPSERT_LATEST or (rows is None and not published):
        return Gap("rows", 0)
    if feed.load_mode is LoadMode.REPLACE_SNAPSHOT and published:
        last = max(published, key=lambda entry: (entry.recorded_at, entry.batch_id)).batch_id
        published = [entry for entry in published if entry.batch_id == last]
    least, most = _expected_rows(feed, published, now)
    difference = max(least - (rows or 0), (rows or 0) - most, 0)
    expected = f"{least}" if least == most else f"{least} to {most}"
    detail = f"{rows or 0} rows in the table, {expected} in the ledger" if difference else None
    return Gap("rows", difference, detail)


def _expected_rows(feed: Feed, entries: Sequence[Entry], now: datetime) -> tuple[int, int]:
    """How many rows the table must have and can have, for the partitions that have expired."""
    if feed.partition is None or feed.retention is None:
        total = sum(entry.rows_valid for entry in entries)
        return total, total
    # BigQuery removes a partition some hours after it has expired.
    kept_from = (now - feed.retention + _EXPIRY).date()
    gone_before = (now - feed.retention - _EXPIRY).date()
    whole = [e for e in entries if e.first_day is None or e.first_day >= kept_from]
    some = [e for e in entries if e.first_day and e.first_day < kept_from]
    partly = [e for e in some if e.last_day and e.last_day >= gone_before]
    least = sum(entry.rows_valid for entry in whole)
    return least, least + sum(entry.rows_valid for entry in partly)


def entries_of(client: bigquery.Client, settings: Settings, feed: str) -> list[Entry]:
    """All that the ledger has of a feed; nothing before the first run.

    All of it, as bucket and table keep what is older than any look-back.
    """
    from google.api_core.exceptions import NotFound

    parameters = [
        jobs.date_parameter("since", ledger.EVER),
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
