"""Looks things up in the ledgers: what is published, what was taken in, how new it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from atvos import jobs, names
from atvos.batch import ObjectKey
from atvos.settings import Settings

if TYPE_CHECKING:
    from google.cloud import bigquery

LOOK_BACK = timedelta(days=90)
"""How far back a model looks for changes that it has not taken in."""
EVER = date(2000, 1, 1)
"""Since when a model looks for changes that has never been built."""
FRESHNESS_LOOK_BACK = timedelta(days=400)
"""How far back the newest publish of a dataset is looked for; older than that is unknown."""

_KNOWN_SQL = f"""\
SELECT bucket, object, generation
FROM `{names.OBJECT_LEDGER}`
WHERE landed_date BETWEEN @first AND @last AND feed = @feed"""

_NOT_TAKEN_IN = f"""\
FROM `{names.TABLE_CHANGES}` C
WHERE C.changed_date >= @since
  AND C.table_name IN UNNEST(@sources)
  AND C.change_id NOT IN (
    SELECT M.change_id FROM `{names.MODEL_LEDGER}` M
    WHERE M.built_date >= @since AND M.table_name = @table
  )"""
"""The changes of ``@sources`` since a day that ``@table`` has not taken in."""

_NEW_CHANGES_SQL = f"SELECT C.table_name, C.change_id, C.days\n{_NOT_TAKEN_IN}"
_WAITING_SQL = f"SELECT MIN(C.changed_at) AS instant\n{_NOT_TAKEN_IN}"

_IS_BUILT_SQL = f"""\
SELECT 1 AS built
FROM `{names.MODEL_LEDGER}`
WHERE built_date >= @ever AND table_name = @table
LIMIT 1"""

_LAST_BUILT_SQL = f"""\
SELECT MAX(built_at) AS instant
FROM `{names.MODEL_LEDGER}`
WHERE built_date >= @since AND table_name = @table"""

_LOCK_SQL = f"""\
SELECT token, owner, reason, expires_at
FROM `{names.LOCKS}`
WHERE table_name = @table AND expires_at > CURRENT_TIMESTAMP()
ORDER BY acquired_at, token"""

_LAST_PUBLISHED_SQL = f"""\
SELECT feed AS dataset, MAX(last_event_at) AS last_event_at, MAX(recorded_at) AS last_success_at
FROM `{names.OBJECT_LEDGER}`
WHERE landed_date >= @since AND state = 'published'
GROUP BY feed
UNION ALL
SELECT model AS dataset, ANY_VALUE(last_event_at HAVING MAX built_at) AS last_event_at,
  MAX(built_at) AS last_success_at
FROM `{names.MODEL_LEDGER}`
WHERE built_date >= @since
GROUP BY model"""


@dataclass(frozen=True, slots=True)
class Change:
    """A publish, replay or backfill of a table, and the partitions that are new in it.

    ``table`` is ``dataset.table`` as it is read; a table without partitions has no days.
    """

    table: str
    change_id: str
    days: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Lock:
    """Who keeps a table's scheduled builds from publishing, why, and until when."""

    token: str
    owner: str
    reason: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Published:
    """The newest event and the newest publish of a dataset; None for what never happened."""

    last_event_at: datetime | None
    last_success_at: datetime | None


def known_objects(
    client: bigquery.Client, settings: Settings, feed: str, first: date, last: date
) -> set[ObjectKey]:
    """The object generations of a feed that landed from ``first`` to ``last`` (UTC days).

    Before the first run there is no ledger, and nothing is known.
    """
    from google.api_core.exceptions import NotFound

    parameters = [
        jobs.date_parameter("first", first),
        jobs.date_parameter("last", last),
        jobs.string_parameter("feed", feed),
    ]
    labels = {"feed": feed, "step": "sense"}
    configuration = jobs.query(_KNOWN_SQL, labels, settings.maximum_bytes_billed, parameters)
    try:
        rows = jobs.run(client, configuration)
    except NotFound:
        return set()
    return {(row["bucket"], row["object"], row["generation"]) for row in rows}


def new_changes(
    client: bigquery.Client, settings: Settings, table: str, sources: Sequence[str], today: date
) -> list[Change]:
    """The changes of ``sources`` that the model with this table has not taken in.

    Of a table that was never built these are all changes there have ever been. Before the
    first run there are no ledgers, and no changes.
    """
    from google.api_core.exceptions import NotFound

    labels = {"model": table.partition(".")[2], "step": "plan"}
    named = jobs.string_parameter("table", table)

    def found(sql: str, *parameters: dict[str, Any]) -> list[dict[str, Any]]:
        limit = settings.maximum_bytes_billed
        return jobs.run(client, jobs.query(sql, labels, limit, [named, *parameters]))

    try:
        built = found(_IS_BUILT_SQL, jobs.date_parameter("ever", EVER))
        rows = found(
            _NEW_CHANGES_SQL,
            jobs.date_parameter("since", today - LOOK_BACK if built else EVER),
            jobs.strings_parameter("sources", sources),
        )
    except NotFound:
        return []
    changes = (Change(r["table_name"], r["change_id"], tuple(sorted(r["days"]))) for r in rows)
    return sorted(changes, key=lambda change: (change.table, change.change_id))


def waiting_since(
    client: bigquery.Client, settings: Settings, table: str, sources: Sequence[str], today: date
) -> datetime | None:
    """When the oldest change of ``sources`` came that ``table`` has not taken in; None without.

    Before the first run there are no ledgers, and nothing waits.
    """
    sources_ = jobs.strings_parameter("sources", sources)
    return _instant(client, settings, _WAITING_SQL, table, today - LOOK_BACK, sources_)


def last_built(
    client: bigquery.Client, settings: Settings, table: str, today: date
) -> datetime | None:
    """When ``table`` took in a change last; None where it never did, or not for 400 days."""
    return _instant(client, settings, _LAST_BUILT_SQL, table, today - FRESHNESS_LOOK_BACK)


def _instant(
    client: bigquery.Client,
    settings: Settings,
    sql: str,
    table: str,
    since: date,
    *more: dict[str, Any],
) -> datetime | None:
    """The one timestamp that the query gives of a table's row in the ledger of models."""
    from google.api_core.exceptions import NotFound

    labels = {"model": table.rpartition(".")[2], "step": "report"}
    parameters = [
        jobs.string_parameter("table", table),
        jobs.date_parameter("since", since),
        *more,
    ]
    configuration = jobs.query(sql, labels, settings.maximum_bytes_billed, parameters)
    try:
        rows = jobs.run(client, configuration)
    except NotFound:
        return None
    return next((row["instant"] for row in rows), None)


def lock_of(client: bigquery.Client, settings: Settings, table: str) -> Lock | None:
    """The lock that is on a model's table now, None where it is free.

    Before the first run there is no table of locks, and nothing is locked.
    """
    from google.api_core.exceptions import NotFound

    labels = {"model": table.partition(".")[2], "step": "plan"}
    parameters = [jobs.string_parameter("table", table)]
    configuration = jobs.query(_LOCK_SQL, labels, settings.maximum_bytes_billed, parameters)
    try:
        rows = jobs.run(client, configuration)
    except NotFound:
        return None
    return Lock(**rows[0]) if rows else None


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
