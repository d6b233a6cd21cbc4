"""The statements of a replay: what it finds, claims, and leaves behind in the ledger's transaction.

A rejected record is claimed once and never again: by its claim it is known to be on its way for as
long as it is in quarantine. Names and texts come in as parameters or from staged tables.
"""

from __future__ import annotations

from datetime import date, timedelta

from atvos import names
from atvos.batch import Batch, replay_day
from atvos.contract import Feed
from atvos.schema import TableSpec
from atvos.sql_text import column_list, date_list

_DAY = timedelta(days=1)
_PLACE = ("bucket", "object", "generation", "position")


def days(batch: Batch) -> tuple[date, ...]:
    """The days of the replays whose objects are in the batch: partitions of ``ops.replays``."""
    return tuple(sorted({day for item in batch.objects if (day := replay_day(item.name))}))


def counts_sql(feed: str) -> str:
    """How many rejected records there are by object, reasons, and whether they are on their way.

    Parameters of this and ``lines_sql``: since (DATE), feed, object (may be empty), any (``yes``
    where any reason will do), reasons (ARRAY of STRING), and of the latter never, like them.
    """
    return f"""\
SELECT source_object, reasons, on_its_way, COUNT(*) AS row_count
FROM (
  SELECT source_object, ARRAY_TO_STRING(reasons, ',') AS reasons, on_its_way
  FROM ({_wanted(feed)})
)
GROUP BY source_object, reasons, on_its_way
ORDER BY source_object, reasons"""


def lines_sql(feed: str, limit: int) -> str:
    """The oldest rejected records that can be replayed, at most ``limit``."""
    return f"""\
SELECT landed_date, source_bucket, source_object, source_generation, source_position, reasons,
  line, line_encoding, origin_object, origin_generation, origin_position
FROM ({_wanted(feed)})
WHERE NOT on_its_way
  AND NOT EXISTS (SELECT 1 FROM UNNEST(reasons) AS code WHERE code IN UNNEST(@never))
ORDER BY source_generation, source_object, source_position
LIMIT {limit:d}"""


def _wanted(feed: str) -> str:
    # A day more: the clock of whoever claims may be behind that of the bucket.
    claimed = f"""(
    SELECT * FROM `{names.REPLAYS}`
    WHERE replayed_date >= DATE_SUB(@since, INTERVAL 1 DAY) AND feed = @feed
  )"""
    return f"""
  SELECT Q.landed_date, Q.source_bucket, Q.source_object, Q.source_generation, Q.source_position,
    Q.reasons, Q.line, Q.line_encoding,
    IFNULL(O.origin_object, Q.source_object) AS origin_object,
    IFNULL(O.origin_generation, Q.source_generation) AS origin_generation,
    IFNULL(O.origin_position, Q.source_position) AS origin_position,
    P.replay_id IS NOT NULL OR (O.replay_id IS NOT NULL AND O.published_at IS NULL) AS on_its_way
  FROM `{names.quarantine_table(feed)}` Q
  LEFT JOIN {claimed} P
    ON P.from_bucket = Q.source_bucket AND P.from_object = Q.source_object
    AND P.from_generation = Q.source_generation AND P.from_position = Q.source_position
  LEFT JOIN {claimed} O
    ON O.bucket = Q.source_bucket AND O.object = Q.source_object
    AND O.position = Q.source_position
  WHERE Q.landed_date >= @since
    AND (@object = '' OR Q.source_object = @object)
    AND (@any = 'yes' OR EXISTS (
      SELECT 1 FROM UNNEST(Q.reasons) AS code, UNNEST(@reasons) AS wanted
      WHERE code = wanted OR STARTS_WITH(code, CONCAT(wanted, ':'))
    ))
"""


def claim_sql(spec: TableSpec, staged: str, day: date, since: date) -> str:
    """Puts the staged claims of a replay into ``ops.replays``: all of them, or none.

    None where one of the records is claimed already, or this has been run before.
    """
    columns = column_list(field.name for field in spec.fields)
    return f"""\
INSERT INTO `{names.REPLAYS}` ({columns})
SELECT {columns}
FROM `{staged}`
WHERE replayed_date = DATE '{day.isoformat()}' AND NOT EXISTS (
  SELECT 1 FROM `{names.REPLAYS}` P
  JOIN `{staged}` S ON {_same("P", "S")}
  WHERE P.replayed_date >= DATE '{since - _DAY}' AND P.feed = S.feed
)"""


RIVALS_SQL = f"""\
SELECT COUNTIF(O.replay_id IS NULL) AS own, COUNTIF(O.replay_id IS NOT NULL) AS rivals
FROM (
  SELECT * FROM `{names.REPLAYS}` WHERE replayed_date = @day AND replay_id = @replay_id
) M
LEFT JOIN (
  SELECT * FROM `{names.REPLAYS}`
  WHERE replayed_date >= DATE_SUB(@since, INTERVAL 1 DAY) AND feed = @feed
    AND replay_id != @replay_id
) O
  ON O.from_bucket = M.from_bucket AND O.from_object = M.from_object
  AND O.from_generation = M.from_generation AND O.from_position = M.from_position"""
"""How many records a replay has to itself, and how many another one has claimed as well."""

WITHDRAW_SQL = f"""\
DELETE FROM `{names.REPLAYS}`
WHERE replayed_date = @day AND replay_id = @replay_id AND published_at IS NULL"""
"""Gives a replay's records free, of which no object has landed."""

OPEN_SQL = f"""\
SELECT P.replay_id, P.replayed_date, MIN(P.replayed_at) AS replayed_at, MIN(P.landed_date) AS since
FROM `{names.REPLAYS}` P
WHERE P.replayed_date >= @since AND P.feed = @feed AND P.published_at IS NULL
GROUP BY P.replay_id, P.replayed_date
ORDER BY replayed_at"""
"""The replays of a feed that are not published yet, the oldest first."""

OBJECTS_SQL = f"""\
SELECT replay_id, object, MIN(replayed_at) AS replayed_at
FROM `{names.REPLAYS}`
WHERE replayed_date >= @since AND feed = @feed AND published_at IS NULL
GROUP BY replay_id, object"""
"""The objects of the replays of a feed that are not published yet."""


def claimed_sql(feed: str) -> str:
    """The claims of the replay @replay_id of @day, with what quarantine still has of them."""
    return f"""\
SELECT P.object, P.position, P.landed_date, P.from_bucket, P.from_object, P.from_generation,
  P.from_position, P.origin_object, P.origin_generation, P.origin_position, P.reasons,
  Q.line, Q.line_encoding
FROM (
  SELECT * FROM `{names.REPLAYS}` WHERE replayed_date = @day AND replay_id = @replay_id
) P
LEFT JOIN (
  SELECT * FROM `{names.quarantine_table(feed)}` WHERE landed_date >= @since
) Q
  ON Q.source_bucket = P.from_bucket AND Q.source_object = P.from_object
  AND Q.source_generation = P.from_generation AND Q.source_position = P.from_position
ORDER BY P.object, P.position"""


def settle(feed: Feed, batch: Batch) -> list[str]:
    """What a batch's publish does about replays: nothing where none of its objects is of one.

    Within the transaction that publishes them, their records leave quarantine, and the claims
    get the generation that was published. Run twice it changes nothing.
    """
    replayed = days(batch)
    if not replayed:
        return []
    objects = names.staging_table(feed.name, batch.batch_id, "objects")
    landed = f"""(
    SELECT P.* FROM `{names.REPLAYS}` P
    JOIN `{objects}` O ON P.bucket = O.bucket AND P.object = O.object
    WHERE P.replayed_date IN ({date_list(replayed)}) AND P.feed = '{feed.name}'
  )"""
    return [
        f"""\
DELETE FROM `{names.quarantine_table(feed.name)}` Q
WHERE Q.landed_date <= DATE '{max(replayed) + _DAY}' AND EXISTS (
  SELECT 1 FROM {landed} P
  WHERE {_left("P", "Q")}
)""",
        f"""\
MERGE `{names.REPLAYS}` P
USING (SELECT * FROM `{objects}`) O
ON P.replayed_date IN ({date_list(replayed)}) AND P.feed = '{feed.name}'
  AND P.bucket = O.bucket AND P.object = O.object
WHEN MATCHED AND P.published_at IS NULL THEN
  UPDATE SET generation = O.generation, batch_id = '{batch.batch_id}',
    published_at = CURRENT_TIMESTAMP()""",
    ]


def as_of_origin(feed: Feed, batch: Batch) -> str:
    """A query of the batch's staged rows, those of replays with the lineage of their origin.

    ``staged_object`` and ``staged_generation`` say where each was read. Where the newest row of a
    key stays, the order of origins tells which is newest: a record does not become newer by
    being replayed.
    """
    return f"""\
  SELECT S.* EXCEPT (source_object, source_generation, source_position),
    S.source_object AS staged_object,
    S.source_generation AS staged_generation,
    IFNULL(P.origin_object, S.source_object) AS source_object,
    IFNULL(P.origin_generation, S.source_generation) AS source_generation,
    IFNULL(P.origin_position, S.source_position) AS source_position
  FROM `{names.staging_table(feed.name, batch.batch_id)}` S
  LEFT JOIN (
    SELECT * FROM `{names.REPLAYS}`
    WHERE replayed_date IN ({date_list(days(batch))}) AND feed = '{feed.name}'
  ) P
    ON P.object = S.source_object AND P.position = S.source_position"""


def leftovers_sql(feed: str, *, delete: bool) -> str:
    """Records in quarantine whose replay is published: counts them, or takes them out.

    There are none but where a batch's rejects were quarantined once more after that.
    """
    published = f"""(
    SELECT * FROM `{names.REPLAYS}`
    WHERE replayed_date >= DATE_SUB(@since, INTERVAL 1 DAY) AND feed = @feed
      AND published_at IS NOT NULL
  )"""
    verb = "DELETE FROM" if delete else "SELECT COUNT(*) AS row_count FROM"
    return f"""\
{verb} `{names.quarantine_table(feed)}` Q
WHERE Q.landed_date >= @since AND EXISTS (
  SELECT 1 FROM {published} P
  WHERE {_left("P", "Q")}
)"""


def _left(claim: str, quarantined: str) -> str:
    return " AND ".join(f"{claim}.from_{name} = {quarantined}.source_{name}" for name in _PLACE)


def _same(one: str, other: str) -> str:
    return " AND ".join(f"{one}.from_{name} = {other}.from_{name}" for name in _PLACE)
