"""The statements that move a staged batch to where people read it, and record that in the ledger.

Everything that comes from outside (object names, counts) is read from staging tables, never
written into the text: the text holds only identifiers that the contract's rules vouch for,
the batch id (hexadecimal) and dates.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from atvos import names, tables
from atvos.batch import Batch, BatchStats
from atvos.contract import Feed, LoadMode

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
_NEWER = (
    "(S.source_generation > T.source_generation OR S.source_generation = T.source_generation"
    " AND S.source_position > T.source_position)"
)


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
ON T.landed_date IN ({_dates(batch.landed_dates)})
  AND T.source_bucket = S.source_bucket AND T.source_object = S.source_object
  AND T.source_generation = S.source_generation AND T.source_position = S.source_position
WHEN NOT MATCHED THEN
  INSERT ({_list(columns)})
  VALUES ({", ".join(values)})"""


def publish(feed: Feed, batch: Batch, stats: BatchStats) -> str:
    """One transaction: the batch's rows into the curated table, its objects into the ledger.

    Run twice it changes nothing: the ledger keeps the first record of an object, and rows
    are told apart by key and lineage. The ledger's statement comes first because it counts
    the rows whose key the table already has, before they are added.
    """
    statements = [_ledger(feed, batch, stats), *_rows(feed, batch, stats)]
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
  INSERT ({_list([*columns, "detail"])})
  VALUES ({", ".join([*values, f"'{safe}'"])})"""


def _ledger(feed: Feed, batch: Batch, stats: BatchStats) -> str:
    columns, values = _ledger_insert(
        batch,
        feed,
        "published",
        "S.rows_valid - S.rows_known",
        "S.rows_duplicate + S.rows_known",
    )
    known = _rows_known(feed, batch, stats)
    return f"""\
MERGE `{names.OBJECT_LEDGER}` L
USING (
  SELECT O.*, {"IFNULL(K.rows_known, 0)" if known else "0"} AS rows_known
  FROM `{names.staging_table(feed.name, batch.batch_id, "objects")}` O{known}
) S
ON {_same_object(feed, batch)}
WHEN MATCHED AND L.state = 'held' THEN
  UPDATE SET state = 'published', batch_id = '{batch.batch_id}', detail = NULL,
    rows_valid = S.rows_valid - S.rows_known, rows_duplicate = S.rows_duplicate + S.rows_known,
    recorded_at = CURRENT_TIMESTAMP()
WHEN NOT MATCHED THEN
  INSERT ({_list(columns)})
  VALUES ({", ".join(values)})"""


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
        f"L.landed_date IN ({_dates(batch.landed_dates)}) AND L.feed = '{feed.name}'\n"
        "  AND L.bucket = S.bucket AND L.object = S.object AND L.generation = S.generation"
    )


def _rows_known(feed: Feed, batch: Batch, stats: BatchStats) -> str:
    """A join that counts, per object, staged rows that add nothing to the curated table."""
    if feed.load_mode is LoadMode.REPLACE_SNAPSHOT or not stats.rows_valid:
        return ""
    where = _touched(feed, stats)
    if feed.load_mode is LoadMode.UPSERT_LATEST:
        where += f"\n      AND NOT {_NEWER}"
    return f"""
  LEFT JOIN (
    SELECT S.source_object, S.source_generation, COUNT(*) AS rows_known
    FROM `{names.staging_table(feed.name, batch.batch_id)}` S
    JOIN `{names.curated_table(feed.name)}` T
      ON {_same_key(feed)}
    WHERE {where}
    GROUP BY S.source_object, S.source_generation
  ) K ON K.source_object = O.object AND K.source_generation = O.generation"""


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
        update = f"\nWHEN MATCHED AND {_NEWER} THEN\n  UPDATE SET {assignments}"
    return [
        f"""\
MERGE `{names.curated_table(feed.name)}` T
USING `{names.staging_table(feed.name, batch.batch_id)}` S
ON {_touched(feed, stats)}
  AND {_same_key(feed)}{update}
WHEN NOT MATCHED THEN
  INSERT ({_list(columns)})
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
INSERT INTO `{table}` ({_list(columns)})
SELECT {", ".join(values)}
FROM `{staging}` S
WHERE {current}"""
    return [delete, insert]


def _row_insert(feed: Feed, batch: Batch) -> tuple[list[str], list[str]]:
    copied = [f.name for f in tables.rows_staging(feed, "").fields]
    columns = [*copied, "batch_id", "published_at"]
    values = [*(f"S.`{name}`" for name in copied), f"'{batch.batch_id}'", "CURRENT_TIMESTAMP()"]
    return columns, values


def _touched(feed: Feed, stats: BatchStats) -> str:
    """The partitions where rows of the batch's keys can stand: what makes the MERGE cheap.

    Where the partition is no part of the key, the earlier row may stand as far back as late
    data is accepted, and the window grows by that much on both sides.
    """
    if feed.partition is None:
        return "TRUE"
    if feed.partition_in_key:
        return f"T.`{feed.partition.name}` IN ({_dates(stats.event_dates)})"
    late = feed.max_late or timedelta()
    first, last = min(stats.event_dates) - late, max(stats.event_dates) + late
    return f"T.`{feed.partition.name}` BETWEEN DATE '{first}' AND DATE '{last}'"


def _same_key(feed: Feed) -> str:
    terms = []
    for name in feed.key:
        equal = "=" if feed.by_name[name].required else "IS NOT DISTINCT FROM"
        terms.append(f"T.`{name}` {equal} S.`{name}`")
    return " AND ".join(terms)


def _dates(days: Iterable[date]) -> str:
    return ", ".join(f"DATE '{day.isoformat()}'" for day in days)


def _list(columns: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in columns)
