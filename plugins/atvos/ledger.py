"""Looks things up in the ledgers: what is published, what was taken in, how new it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from atvos import jobs, names
from atvos.batch import ObjectKey
from atvos.settings import Settings

if TYPE_CHECKING:
    from google.cloud import bigquery

LOOK_BACK = timedelta(days=90)
"""How far back a model looks for batches that it has not taken in."""
FRESHNESS_LOOK_BACK = timedelta(days=400)
"""How far back the newest publish of a dataset is looked for; older than that is unknown."""

_KNOWN_SQL = f"""\
SELECT bucket, object, generation
FROM `{names.OBJECT_LEDGER}`
WHERE landed_date BETWEEN @first AND @last AND feed = @feed"""

_NEW_BATCHES_SQL = f"""\
SELECT L.feed, L.batch_id, L.event_dates
FROM `{names.OBJECT_LEDGER}` L
WHERE L.landed_date >= @since
  AND L.feed IN UNNEST(@feeds)
  AND L.state = 'published'
  AND L.batch_id NOT IN (
    SELECT M.batch_id FROM `{names.MODEL_LEDGER}` M
    WHERE M.built_date >= @since AND M.model = @model
  )"""

_LAST_PUBLISHED_SQL = f"""\
SELECT feed AS dataset, MAX(last_event_at) AS last_event_at, MAX(recorded_at) AS last_success_at
FROM `{names.OBJECT_LEDGER}`
WHERE landed_date >= @since AND state = 'published'
GROUP BY feed
UNION ALL
SELECT model AS dataset, MAX(last_event_at) AS last_event_at, MAX(built_at) AS last_success_at
FROM `{names.MODEL_LEDGER}`
WHERE built_date >= @since
GROUP BY model"""


@dataclass(frozen=True, slots=True)
class PublishedBatch:
    """A batch of a feed, and the days whose rows it changed (none without partitions)."""

    feed: str
    batch_id: str
    days: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Published:
    """The newest event and the newest publish of a dataset; None for what never happened."""

    last_event_at: datetime | None
    last_success_at: datetime | None


def known_objects(
    client: bigquery.Client, settings: Settings, feed: str, first: date, last: date
) -> set[ObjectKey]:
    """The object generations of a feed that landed from ``first`` to ``last`` (UTC days)."""
    parameters = [
        jobs.date_parameter("first", first),
        jobs.date_parameter("last", last),
        jobs.string_parameter("feed", feed),
    ]
    labels = {"feed": feed, "step": "sense"}
    configuration = jobs.query(_KNOWN_SQL, labels, settings.maximum_bytes_billed, parameters)
    rows = jobs.run(client, configuration)
    return {(row["bucket"], row["object"], row["generation"]) for row in rows}


def new_batches(
    client: bigquery.Client, settings: Settings, model: str, feeds: Sequence[str], today: date
) -> list[PublishedBatch]:
    """The published batches of ``feeds`` that ``model`` has not taken in."""
    parameters = [
        jobs.date_parameter("since", today - LOOK_BACK),
        jobs.strings_parameter("feeds", feeds),
        jobs.string_parameter("model", model),
    ]
    labels = {"model": model, "step": "plan"}
    configuration = jobs.query(_NEW_BATCHES_SQL, labels, settings.maximum_bytes_billed, parameters)
    days: dict[tuple[str, str], set[date]] = {}
    for row in jobs.run(client, configuration):
        days.setdefault((row["feed"], row["batch_id"]), set()).update(row["event_dates"])
    return [
        PublishedBatch(feed, batch_id, tuple(sorted(changed)))
        for (feed, batch_id), changed in sorted(days.items())
    ]


def last_published(
    client: bigquery.Client, settings: Settings, today: date
) -> dict[str, Published]:
    """The newest event and publish of every feed and model that ever published.

    Before the first run there is no ledger, and nothing is published.
    """
    from google.api_core.exceptions import NotFound

    parameters = [jobs.date_parameter("since", today - FRESHNESS_LOOK_BACK)]
    labels = {"step": "report"}
    configuration = jobs.query(
        _LAST_PUBLISHED_SQL, labels, settings.maximum_bytes_billed, parameters
    )
    try:
        rows = jobs.run(client, configuration)
    except NotFound:
        return {}
    return {row["dataset"]: Published(row["last_event_at"], row["last_success_at"]) for row in rows}
