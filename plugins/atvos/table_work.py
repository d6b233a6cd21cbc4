"""Work that somebody does on a model's table by hand: under the table's lock, and on record."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from atvos import jobs, ledger, names
from atvos.models import Model
from atvos.settings import Settings

if TYPE_CHECKING:
    from google.cloud import bigquery

LOCK_HOURS = 2
"""How long a lock lasts that nobody takes off, as its work was killed."""

LOCK_SQL = f"""\
MERGE `{names.LOCKS}` L
USING (SELECT @table AS table_name) S
ON L.table_name = S.table_name
WHEN MATCHED AND L.expires_at <= CURRENT_TIMESTAMP() THEN
  UPDATE SET token = @token, owner = @owner, reason = @reason,
    acquired_at = CURRENT_TIMESTAMP(),
    expires_at = TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL {LOCK_HOURS} HOUR)
WHEN NOT MATCHED THEN
  INSERT (table_name, token, owner, reason, acquired_at, expires_at)
  VALUES (@table, @token, @owner, @reason, CURRENT_TIMESTAMP(),
    TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL {LOCK_HOURS} HOUR))"""
"""Takes the lock, unless another one lasts: who has it then is to be looked up."""

UNLOCK_SQL = f"DELETE FROM `{names.LOCKS}` WHERE token = @token"

STARTED_SQL = f"""\
INSERT INTO `{names.BACKFILLS}`
  (started_date, backfill_id, table_name, first_day, last_day, owner, reason, state, started_at)
SELECT CURRENT_DATE(), @token, @table, @first_day, @last_day, @owner, @reason, 'running',
  CURRENT_TIMESTAMP()
FROM UNNEST([1])"""

ENDED_SQL = f"""\
UPDATE `{names.BACKFILLS}`
SET state = @state, detail = NULLIF(@detail, ''), row_count = CAST(@row_count AS INT64),
  ended_at = CURRENT_TIMESTAMP()
WHERE started_date >= DATE_SUB(CURRENT_DATE(), INTERVAL 7 DAY) AND backfill_id = @backfill_id"""


def still_locked_sql(model: Model, work_id: str) -> str:
    """Fails where the lock is not this work's any more."""
    return f"""\
SELECT IF(
  EXISTS (
    SELECT 1 FROM `{names.LOCKS}`
    WHERE table_name = '{model.table_name}' AND token = '{work_id}'
      AND expires_at > CURRENT_TIMESTAMP()
  ),
  'held',
  ERROR('the lock on {model.table_name} has expired')
);"""


class RefusedError(Exception):
    """The work was refused; the table is as it was."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is done to which table, who answers for it, and why. ``work_id`` tells it from others.

    ``step`` is what the labels of its jobs call it.
    """

    model: Model
    work_id: str
    step: str
    owner: str
    reason: str


class TableWork:
    """The lock, the record and the queries of one order, on a client that can write."""

    def __init__(self, client: bigquery.Client, settings: Settings, order: Order) -> None:
        self._client = client
        self._settings = settings
        self._order = order

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the table's lock. RefusedError where somebody else has it."""
        table = self._order.model.table_name
        self.query(LOCK_SQL, *self._parameters())
        lock = ledger.lock_of(self._client, self._settings, table)
        if lock is None or lock.token != self._order.work_id:
            held = f"by {lock.owner} until {lock.expires_at}: {lock.reason}" if lock else "no more"
            raise RefusedError(f"{table} is locked {held}")
        try:
            yield
        finally:
            self.query(UNLOCK_SQL, jobs.string_parameter("token", self._order.work_id))

    @contextmanager
    def recorded(self, first: date, last: date) -> Iterator[dict[str, Any]]:
        """A record about these days that begins as running and ends as published or failed.

        What is put into its ``row_count`` is recorded.
        """
        days = [jobs.date_parameter("first_day", first), jobs.date_parameter("last_day", last)]
        self.query(STARTED_SQL, *self._parameters(), *days)
        record: dict[str, Any] = {"row_count": 0}
        state, detail = "failed", ""
        try:
            yield record
            state = "published"
        except Exception as error:
            detail = str(error)[:1000]
            raise
        finally:
            self.query(
                ENDED_SQL,
                jobs.string_parameter("backfill_id", self._order.work_id),
                jobs.string_parameter("state", state),
                jobs.string_parameter("detail", detail),
                jobs.string_parameter("row_count", str(record["row_count"])),
            )

    def count(self, table: str) -> int:
        """The rows of a staging table."""
        return int(self.query(f"SELECT COUNT(*) AS row_count FROM `{table}`")[0]["row_count"])

    def query(self, sql: str, *parameters: dict[str, Any]) -> list[dict[str, Any]]:
        """Run a statement, or a script without parameters. Raises what the client raises."""
        labels = {"model": self._order.model.name, "step": self._order.step}
        limit = self._settings.maximum_bytes_billed
        return jobs.run(self._client, jobs.query(sql, labels, limit, parameters))

    def _parameters(self) -> list[dict[str, Any]]:
        order = self._order
        return [
            jobs.string_parameter("table", order.model.table_name),
            jobs.string_parameter("token", order.work_id),
            jobs.string_parameter("owner", order.owner),
            jobs.string_parameter("reason", order.reason),
        ]
