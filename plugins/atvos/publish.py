"""The statements that move a staged batch to where people read it, and record that in the ledger.

Everything that comes from outside (object names, counts) is read from staging tables, never
written into the text: the text holds only identifiers that the contract's rules vouch for,
the batch id (hexadecimal) and dates.
"""

from __future__ import annotations

from datetime import timedelta

from atvos import names, pending, tables
from atvos.batch import Batch, BatchStats
from atvos.contract import Feed, LoadMode
from atvos.matching import NEWER, same_key, touched
from atvos.replays import statements as replays
from atvos.sql_text import column_list, date_list

_LEDGER_COUNTS = (
    "bucket",
    "object",
    "generation",
    "size",
    "crc32c",
    "landed_at",
    "rows_read",
    "rows_rejected",
    "reasons",
    "event_dates",
    "last_event_at",
)
_COUNTED = "IFNULL(K.rows_known, 0) AS rows_known, IFNULL(K.rows_pending, 0) AS rows_pending"
_NOT_COUNTED = "0 AS rows_known, 0 AS rows_pending"
_VALID = "S.rows_valid - S.rows_known - S.rows_pending"
_DUPLICATE = "S.rows_duplicate + S.rows_known"


def quarantine(feed: Feed, batch: Batch) -> str:
    """Adds the batch's rejects to quarantine; those that are there already stay as they are."""
    staging = names.staging_table(feed.name, batch.batch_id, "rejects")
    objects = names.staging_table(feed.name, batch.batch_id, "objects")
    copied = [f.name for f in tables.rejects_staging(feed.name, "").fields]
    columns = ["landed_date", "batch_id", *copied, "quarantined_at"]
    values = [
        "S.landed_date",
        f"'{batch.batch_id}'",
        *(f"S.{name}" for name in copied),
        "CURRENT_TIMESTAMP()",
    ]
    return f"""\
MERGE `{names.quarantine_table(feed.name)}` T
USING (
  SELECT R.*, DATE(O.landed_at) AS landed_date
  FROM `{staging}` R
  JOIN `{objects}` O
    ON R.source_bucket = O.bucket AND R.source_object = O.object
    AND R.source_generation = O.generation
) S
ON T.landed_date IN ({date_list(batch.landed_dates)})
  AND T.source_bucket = S.source_bucket AND T.source_object = S.source_object
  AND T.source_generation = S.source_generation AND T.source_position = S.source_position
WHEN NOT MATCHED THEN
  INSERT ({column_list(columns)})
  VALUES ({", ".join(values)})"""


def publish(feed: Feed, batch: Batch, stats: BatchStats) -> str:
    """One transaction: the batch's rows into the curated table, its objects into the ledger.

    Run twice it changes nothing: the ledger keeps the first record of an object, and rows
    are told apart by key and lineage. The ledger's statement comes first because it counts
    the rows whose key the table already has, before they are added.
    """
    statements = [_ledger(feed, batch, stats)]
    if stats.rows_valid and pending.references(feed):
        # First of all: the ledger counts what waits, and the table gets the others.
        statements.insert(0, pending.insert(feed, batch, stats))
    rows = _rows(feed, batch, stats)
    if rows:
        statements += [_change(feed, batch, stats), *rows]
    statements += replays.settle(feed, batch)
    body = ";\n\n".join(statements)
    return f"BEGIN TRANSACTION;\n\n{body};\n\nCOMMIT TRANSACTION;"


def hold(feed: Feed, batch: Batch, detail: str) -> str:
    """Records the batch's objects as held, so that they do not come back with the next batch.

    ``detail`` must be names of checks; it is the only text from outside this module.
    """
    columns, values = _ledger_insert(batch, feed, "held", "S.rows_valid", "S.rows_duplicate")
    safe = "".join(c for c in detail if c.isalnum() or c in " _:,.%")
    return f"""\
MERGE `{names.OBJECT_LEDGER}` L
USING (SELECT * FROM `{names.staging_table(feed.name, batch.batch_id, "objects")}`) S
ON {_same_object(feed, batch)}
WHEN NOT MATCHED THEN
  INSERT ({column_list([*columns, "detail"])})
  VALUES ({", ".join([*values, f"'{safe}'"])})"""


def _ledger(feed: Feed, batch: Batch, stats: BatchStats) -> str:
    columns, values = _ledger_insert(batch, feed, "published", _VALID, _DUPLICATE)
    values[columns.index("last_event_at")] = "S.newest_event_at"
    known = _rows_known(feed, batch, stats)
    counts = _COUNTED if known else _NOT_COUNTED
    newest = "O.last_event_at"
    if known and pending.references(feed) and feed.event_time:
        # What waits is not in the table, and must not date it.
        newest = "LEAST(O.last_event_at, K.last_event_at)"
    return f"""\
MERGE `{names.OBJECT_LEDGER}` L
USING (
  SELECT O.*, {counts}, {newest} AS newest_event_at
  FROM `{names.staging_table(feed.name, batch.batch_id, "objects")}` O{known}
) S
ON {_same_object(feed, batch)}
WHEN MATCHED AND L.state = 'held' THEN
  UPDATE SET state = 'published', batch_id = '{batch.batch_id}', detail = NULL,
    rows_valid = {_VALID}, rows_duplicate = {_DUPLICATE}, rows_pending = S.rows_pending,
    last_event_at = S.newest_event_at, recorded_at = CURRENT_TIMESTAMP()
WHEN NOT MATCHED THEN
  INSERT ({column_list([*columns, "rows_pending"])})
  VALUES ({", ".join([*values, "S.rows_pending"])})"""


def _ledger_insert(
    batch: Batch, feed: Feed, state: str, valid: str, duplicate: str
) -> tuple[list[str], list[str]]:
    columns = [
        "feed",
        "landed_date",
        *_LEDGER_COUNTS,
        "rows_valid",
        "rows_duplicate",
        "batch_id",
        "state",
        "recorded_at",
    ]
    values = [
        f"'{feed.name}'",
        "DATE(S.landed_at)",
        *(f"S.{name}" for name in _LEDGER_COUNTS),
        valid,
        duplicate,
        f"'{batch.batch_id}'",
        f"'{state}'",
        "CURRENT_TIMESTAMP()",
    ]
    return columns, values


def _same_object(feed: Feed, batch: Batch) -> str:
    return (
        f"L.landed_date IN ({date_list(batch.landed_dates)}) AND L.feed = '{feed.name}'\n"
        "  AND L.bucket = S.bucket AND L.object = S.object AND L.generation = S.generation"
    )


def _rows_known(feed: Feed, batch: Batch, stats: BatchStats) -> str:
    """A join that counts, per object, staged rows that add nothing, and those that wait."""
    if feed.load_mode is LoadMode.REPLACE_SNAPSHOT or not stats.rows_valid:
        return ""
    if pending.references(feed):
        counts = pending.counts(feed, batch, stats)
    else:
        counts = _counts(feed, batch, stats)
    return f"""
  LEFT JOIN (
{counts}
  ) K ON K.source_object = O.object AND K.source_generation = O.generation"""


def _counts(feed: Feed, batch: Batch, stats: BatchStats) -> str:
    where = touched(feed, stats.event_dates)
    if feed.load_mode is LoadMode.UPSERT_LATEST:
        where += f"\n      AND NOT {NEWER}"
    read_from = "source"
    if _is_as_of_origin(feed, batch):
        read_from = "staged"
    return f"""\
    SELECT S.{read_from}_object AS source_object, S.{read_from}_generation AS source_generation,
      COUNT(*) AS rows_known, 0 AS rows_pending
    FROM {_staged(feed, batch, stats)} S
    JOIN `{names.curated_table(feed.name)}` T
      ON {same_key(feed)}
    WHERE {where}
    GROUP BY S.{read_from}_object, S.{read_from}_generation"""


def _change(feed: Feed, batch: Batch, stats: BatchStats) -> str:
    """Tells the models that read the table which partitions are new.

    Where a newer row can stand on another day than the one that it replaces, that day is
    one of them.
    """
    # The batch's day is the sensor's, and its clock may be ahead of BigQuery's.
    since = batch.created_at.date() - timedelta(days=1)
    days = "CAST([] AS ARRAY<DATE>) AS days"
    if feed.partition is not None:
        days = f"ARRAY_AGG(day) AS days\n  FROM (\n{_days(feed, batch, stats)}\n  )"
    return f"""\
INSERT INTO `{names.TABLE_CHANGES}` (changed_date, table_name, change_id, kind, days, changed_at)
SELECT CURRENT_DATE(), '{names.curated_table(feed.name)}', '{batch.batch_id}', 'batch', days,
  CURRENT_TIMESTAMP()
FROM (
  SELECT {days}
)
WHERE NOT EXISTS (
  SELECT 1 FROM `{names.TABLE_CHANGES}`
  WHERE changed_date >= DATE '{since.isoformat()}'
    AND table_name = '{names.curated_table(feed.name)}' AND change_id = '{batch.batch_id}'
)"""


def _days(feed: Feed, batch: Batch, stats: BatchStats) -> str:
    assert feed.partition is not None
    day = f"`{feed.partition.name}`"
    new = f"    SELECT DISTINCT S.{day} AS day FROM {_staged(feed, batch, stats)} S"
    if feed.load_mode is not LoadMode.UPSERT_LATEST or feed.partition_in_key:
        return new
    return f"""\
{new}
    UNION DISTINCT
    SELECT DISTINCT T.{day} AS day
    FROM `{names.curated_table(feed.name)}` T
    JOIN {_staged(feed, batch, stats)} S
      ON {same_key(feed)}
    WHERE {touched(feed, stats.event_dates)}
      AND {NEWER}"""


def _staged(feed: Feed, batch: Batch, stats: BatchStats) -> str:
    """The staged rows that go into the table: those that do not wait."""
    if pending.references(feed):
        return f"({pending.others(feed, batch, stats)})"
    if _is_as_of_origin(feed, batch):
        return f"({replays.as_of_origin(feed, batch)})"
    return f"`{names.staging_table(feed.name, batch.batch_id)}`"


def _is_as_of_origin(feed: Feed, batch: Batch) -> bool:
    """Whether rows are as new as the record that a replay has brought back."""
    return feed.load_mode is LoadMode.UPSERT_LATEST and bool(replays.days(batch))


def _rows(feed: Feed, batch: Batch, stats: BatchStats) -> list[str]:
    if feed.load_mode is LoadMode.REPLACE_SNAPSHOT:
        return _snapshot(feed, batch)
    if not stats.rows_valid:
        return []
    columns, values = _row_insert(feed, batch)
    update = ""
    if feed.load_mode is LoadMode.UPSERT_LATEST:
        pairs = zip(columns, values, strict=True)
        assignments = ", ".join(f"`{column}` = {value}" for column, value in pairs)
        update = f"\nWHEN MATCHED AND {NEWER} THEN\n  UPDATE SET {assignments}"
    return [
        f"""\
MERGE `{names.curated_table(feed.name)}` T
USING {_staged(feed, batch, stats)} S
ON {touched(feed, stats.event_dates)}
  AND {same_key(feed)}{update}
WHEN NOT MATCHED THEN
  INSERT ({column_list(columns)})
  VALUES ({", ".join(values)})"""
    ]


def _snapshot(feed: Feed, batch: Batch) -> list[str]:
    """The newest object becomes the table, unless it or a newer one has been published already."""
    table = names.curated_table(feed.name)
    staging = names.staging_table(feed.name, batch.batch_id)
    objects = names.staging_table(feed.name, batch.batch_id, "objects")
    newest = f"(SELECT MAX(generation) FROM `{objects}`)"
    columns, values = _row_insert(feed, batch)
    # The ledger alone knows of a newer snapshot that has no rows.
    current = f"""NOT EXISTS (SELECT 1 FROM `{table}` WHERE source_generation >= {newest})
AND NOT EXISTS (
  SELECT 1 FROM `{names.OBJECT_LEDGER}`
  WHERE landed_date >= DATE '{max(batch.landed_dates)}' AND feed = '{feed.name}'
    AND state = 'published' AND generation > {newest}
)"""
    delete = f"DELETE FROM `{table}` WHERE {current}"
    insert = f"""\
INSERT INTO `{table}` ({column_list(columns)})
SELECT {", ".join(values)}
FROM `{staging}` S
WHERE {current}"""
    return [delete, insert]


def _row_insert(feed: Feed, batch: Batch) -> tuple[list[str], list[str]]:
    copied = [f.name for f in tables.rows_staging(feed, "").fields]
    columns = [*copied, "batch_id", "published_at"]
    values = [*(f"S.`{name}`" for name in copied), f"'{batch.batch_id}'", "CURRENT_TIMESTAMP()"]
    return columns, values
