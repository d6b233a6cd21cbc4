"""Rows that refer to what is not there yet: they wait in quarantine, and are replayed from there.

A row of an ``append_first`` feed waits where one of its references leads nowhere. It is in
``quarantine.<feed>__pending``, typed and protected as it would be in the table, and is
neither valid nor duplicate nor rejected. The statements here are parts of the transactions
that publish a batch and replay what has waited.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from atvos import names, tables
from atvos.batch import Batch, BatchStats
from atvos.contract import Column, Feed
from atvos.matching import same_key
from atvos.sql_text import column_list, date_list


@dataclass(frozen=True, slots=True)
class Replay:
    """The waiting rows that can go on: their partitions, and when their objects landed first.

    ``replay_id`` is the change under which models find the rows.
    """

    replay_id: str
    days: tuple[date, ...]
    landed_since: date

    def to_dict(self) -> dict[str, Any]:
        """A form that XCom keeps."""
        return {
            "replay_id": self.replay_id,
            "days": [day.isoformat() for day in self.days],
            "landed_since": self.landed_since.isoformat(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Replay:
        """The replay that ``to_dict`` wrote."""
        return cls(
            data["replay_id"],
            tuple(date.fromisoformat(day) for day in data["days"]),
            date.fromisoformat(data["landed_since"]),
        )


def references(feed: Feed) -> tuple[Column, ...]:
    """The columns whose values must be in another table."""
    return tuple(column for column in feed.columns if column.reference is not None)


def insert(feed: Feed, batch: Batch, stats: BatchStats) -> str:
    """Puts the batch's rows that must wait into the pending table.

    A row whose key is in the table already is a duplicate, whatever it refers to.
    """
    copied = [field.name for field in tables.rows_staging(feed, "").fields]
    staging = names.staging_table(feed.name, batch.batch_id)
    objects = names.staging_table(feed.name, batch.batch_id, "objects")
    values = [
        *(f"S.`{name}`" for name in copied),
        f"'{batch.batch_id}'",
        "S.landed_date",
        "CURRENT_TIMESTAMP()",
    ]
    columns = [*copied, "batch_id", "landed_date", "pending_since"]
    return f"""\
MERGE `{names.pending_table(feed.name)}` P
USING (
  SELECT S.*, DATE(O.landed_at) AS landed_date
  FROM `{staging}` S
  JOIN `{objects}` O
    ON S.source_object = O.object AND S.source_generation = O.generation
  {_lookups(feed)}
  LEFT JOIN {_kept(names.curated_table(feed.name), feed, stats.event_dates)} T
    ON {same_key(feed)}
  WHERE ({_unknown(feed)}) AND T.batch_id IS NULL
) S
ON P.{_day(feed)} IN ({date_list(stats.event_dates)})
  AND {same_key(feed, "P")}
WHEN NOT MATCHED THEN
  INSERT ({column_list(columns)})
  VALUES ({", ".join(values)})"""


def counts(feed: Feed, batch: Batch, stats: BatchStats) -> str:
    """Per object: the staged rows whose key was there before, those that wait, and the newest
    event of those that do not."""
    days = stats.event_dates
    own = "P.source_generation = S.source_generation AND P.source_position = S.source_position"
    return f"""\
    SELECT
      S.source_object,
      S.source_generation,
      SUM(IF(T.batch_id IS NOT NULL OR (P.batch_id IS NOT NULL AND NOT ({own})), 1, 0))
        AS rows_known,
      SUM(IF(P.batch_id IS NOT NULL AND {own}, 1, 0)) AS rows_pending,
      MAX(IF(P.batch_id IS NOT NULL AND {own}, NULL, {_event(feed)})) AS last_event_at
    FROM `{names.staging_table(feed.name, batch.batch_id)}` S
    LEFT JOIN {_kept(names.curated_table(feed.name), feed, days)} T
      ON {same_key(feed)}
    LEFT JOIN {_kept(names.pending_table(feed.name), feed, days)} P
      ON {same_key(feed, "P")}
    GROUP BY S.source_object, S.source_generation"""


def others(feed: Feed, batch: Batch, stats: BatchStats) -> str:
    """A query of the staged rows that do not wait."""
    return f"""\
  SELECT S.*
  FROM `{names.staging_table(feed.name, batch.batch_id)}` S
  LEFT JOIN {_kept(names.pending_table(feed.name), feed, stats.event_dates)} P
    ON {same_key(feed, "P")}
  WHERE P.batch_id IS NULL"""


def ready_query(feed: Feed) -> str:
    """The partitions of the rows that wait for nothing any more, and their objects' landing."""
    return f"""\
SELECT S.{_day(feed)} AS day, MIN(S.landed_date) AS landed_since
FROM `{names.pending_table(feed.name)}` S
{_lookups(feed)}
WHERE S.{_day(feed)} >= DATE '0001-01-01' AND NOT ({_unknown(feed)})
GROUP BY S.{_day(feed)}"""


def replay(feed: Feed, what: Replay) -> str:
    """One transaction: rows that wait for nothing any more go from pending to the table.

    Run twice it changes nothing, as no row is left that could go.
    """
    statements = [
        _ledger(feed, what),
        _change(feed, what),
        _merge(feed, what),
        _delete(feed, what),
    ]
    return "\n\n".join(
        ["BEGIN TRANSACTION;", *(f"{s};" for s in statements), "COMMIT TRANSACTION;"]
    )


def _ledger(feed: Feed, what: Replay) -> str:
    table = _kept(names.curated_table(feed.name), feed, what.days)
    return f"""\
MERGE `{names.OBJECT_LEDGER}` L
USING (
  SELECT
    S.source_object,
    S.source_generation,
    COUNT(*) AS row_count,
    SUM(IF(T.batch_id IS NOT NULL, 1, 0)) AS rows_known,
    LEAST(MAX({_event(feed)}), CURRENT_TIMESTAMP()) AS last_event_at
  FROM ({_ready(feed, what)}) S
  LEFT JOIN {table} T
    ON {same_key(feed)}
  GROUP BY S.source_object, S.source_generation
) S
ON L.landed_date >= DATE '{what.landed_since.isoformat()}' AND L.feed = '{feed.name}'
  AND L.object = S.source_object AND L.generation = S.source_generation
WHEN MATCHED THEN
  UPDATE SET rows_pending = L.rows_pending - S.row_count,
    rows_valid = L.rows_valid + S.row_count - S.rows_known,
    rows_duplicate = L.rows_duplicate + S.rows_known,
    last_event_at = GREATEST(IFNULL(L.last_event_at, S.last_event_at), S.last_event_at)"""


def _change(feed: Feed, what: Replay) -> str:
    return f"""\
INSERT INTO `{names.TABLE_CHANGES}` (changed_date, table_name, change_id, kind, days, changed_at)
SELECT CURRENT_DATE(), '{names.curated_table(feed.name)}', '{what.replay_id}', 'replay', days,
  CURRENT_TIMESTAMP()
FROM (
  SELECT ARRAY_AGG(day) AS days
  FROM (SELECT DISTINCT S.{_day(feed)} AS day FROM ({_ready(feed, what)}) S)
)
WHERE days IS NOT NULL"""


def _merge(feed: Feed, what: Replay) -> str:
    copied = [*(field.name for field in tables.rows_staging(feed, "").fields), "batch_id"]
    values = [*(f"S.`{name}`" for name in copied), "CURRENT_TIMESTAMP()"]
    return f"""\
MERGE `{names.curated_table(feed.name)}` T
USING ({_ready(feed, what)}) S
ON T.{_day(feed)} IN ({date_list(what.days)})
  AND {same_key(feed)}
WHEN NOT MATCHED THEN
  INSERT ({column_list([*copied, "published_at"])})
  VALUES ({", ".join(values)})"""


def _delete(feed: Feed, what: Replay) -> str:
    """Every row that went on is in the table by now."""
    return f"""\
DELETE FROM `{names.pending_table(feed.name)}` S
WHERE S.{_day(feed)} IN ({date_list(what.days)})
  AND EXISTS (
    SELECT 1 FROM `{names.curated_table(feed.name)}` T
    WHERE T.{_day(feed)} IN ({date_list(what.days)}) AND {same_key(feed)}
  )"""


def _ready(feed: Feed, what: Replay) -> str:
    return f"""
  SELECT S.*
  FROM `{names.pending_table(feed.name)}` S
  {_lookups(feed)}
  WHERE S.{_day(feed)} IN ({date_list(what.days)}) AND NOT ({_unknown(feed)})
"""


def _event(feed: Feed) -> str:
    """The event time of S as an instant; that of a feed without one is never known."""
    if feed.event_time is None:
        return "CAST(NULL AS TIMESTAMP)"
    return f"TIMESTAMP(S.`{feed.event_time}`)"


def _kept(table: str, feed: Feed, days: Sequence[date]) -> str:
    """The keys and lineage of a table's rows in these partitions."""
    columns = [*feed.key, "source_generation", "source_position", "batch_id"]
    return (
        f"(\n    SELECT {column_list(dict.fromkeys(columns))} FROM `{table}`\n"
        f"    WHERE {_day(feed)} IN ({date_list(days)})\n  )"
    )


def _lookups(feed: Feed) -> str:
    """Joins that look the references of S up, each under an alias of its own."""
    joins = []
    for number, column in enumerate(references(feed)):
        target = column.reference
        assert target is not None
        table, alias = names.curated_table(target.table), f"R{number}"
        joins.append(
            f"LEFT JOIN `{table}` {alias} ON {alias}.`{target.column}` = S.`{column.name}`"
        )
    return "\n  ".join(joins)


def _unknown(feed: Feed) -> str:
    """Whether one of the references of S leads nowhere."""
    terms = []
    for number, column in enumerate(references(feed)):
        assert column.reference is not None
        terms.append(
            f"S.`{column.name}` IS NOT NULL AND R{number}.`{column.reference.column}` IS NULL"
        )
    return " OR ".join(terms)


def _day(feed: Feed) -> str:
    assert feed.partition is not None  # the contract's rules ask for one beside relationships
    return f"`{feed.partition.name}`"
