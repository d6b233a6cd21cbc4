"""Builds a model's periods anew by hand: stage, check, exchange, under a lock and on record.

A backfill reads the sources as they are now with the query as it stands here, and exchanges
whole periods in one transaction. While it holds the table's lock no scheduled build
publishes: ``plan`` waits, and a publish that is on its way fails and is tried again. What
changes meanwhile is not lost, as the ledger goes on telling the scheduled build of it.
"""

from __future__ import annotations

import hashlib
import logging
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from atvos import builds, jobs, ledger, names, quality
from atvos.builds import Build
from atvos.contract import Table
from atvos.models import Model
from atvos.settings import Settings
from atvos.steps import ModelJobs, build_parameters

if TYPE_CHECKING:
    from google.cloud import bigquery

LOCK_HOURS = 2
"""How long a lock lasts that nobody takes off, as its backfill was killed."""
MAX_DAYS = 1200
"""Days that one backfill may have: BigQuery changes at most 4,000 partitions in a job."""

log = logging.getLogger(__name__)


class BackfillError(Exception):
    """The backfill was refused; the table is as it was."""


class CheckError(BackfillError):
    """A blocking check failed on the staged rows; the table is as it was."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for: days from ``first`` to ``last``, who asks, and why."""

    model: Model
    first: date
    last: date
    owner: str
    reason: str

    @property
    def build(self) -> Build:
        """The build of all periods that the days are in. BackfillError where there are none."""
        if self.model.partition is None:
            return builds.build_of_days(self.model, ())
        if self.last < self.first:
            raise BackfillError(f"--to={self.last} is before --from={self.first}")
        count = (self.last - self.first).days + 1
        if count > MAX_DAYS:
            raise BackfillError(f"{count} days; valid: at most {MAX_DAYS}, one part at a time")
        days = (self.first + timedelta(days=n) for n in range(count))
        return builds.build_of_days(self.model, days)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a backfill would do: the partitions that it would exchange, and what it would read.

    ``bytes_read`` is BigQuery's estimate, of the query alone.
    """

    partitions: tuple[date, ...]
    days: tuple[date, ...]
    bytes_read: int
    lock: ledger.Lock | None


class Backfill:
    """One backfill, on a client that can write.

    ``build`` is that of the request, ``sources`` are the tables that it reads.
    """

    def __init__(
        self,
        client: bigquery.Client,
        settings: Settings,
        request: Request,
        build: Build,
        sources: Mapping[str, Table],
    ) -> None:
        self._client = client
        self._settings = settings
        self._request = request
        self._model = request.model
        # Every backfill stages under an id of its own: the sources may have changed since.
        self.backfill_id = hashlib.sha256(uuid.uuid4().bytes).hexdigest()[:20]
        # The id of a build is a hash of what caused it: this one is caused by the backfill.
        self._build = replace(build, change_ids=(self.backfill_id,))
        self._jobs = ModelJobs(settings, request.model, tuple(sources.values()))

    def preview(self) -> Preview:
        """What ``run`` would do; nothing is written."""
        configuration = jobs.query(
            self._model.query,
            {"model": self._model.name, "step": "backfill"},
            self._settings.maximum_bytes_billed,
            build_parameters(self._build),
        )
        return Preview(
            builds.partitions(self._model, self._build),
            self._build.days,
            jobs.estimate(self._client, configuration),
            ledger.lock_of(self._client, self._settings, self._model.table_name),
        )

    def run(self, tell: Any = log.info) -> int:
        """Do it, and return the number of rows that were published.

        BackfillError where the table is locked by somebody else, or a blocking check fails;
        what the client raises passes on. The record says how it ended, and the lock is off.
        """
        self._script(self._jobs.prepare(self.backfill_id).configuration)
        with self._locked(), self._recorded() as record:
            tell("staging the rows")
            self._script(self._jobs.build(self._build).configuration)
            staged = names.staging_table(self._model.name, self._build.build_id)
            record["row_count"] = self._count(staged)
            tell(f"checking {record['row_count']} rows")
            self._check(staged)
            tell("exchanging the partitions")
            self._query(exchange_sql(self._model, self._build, self.backfill_id, staged))
        return int(record["row_count"])

    def _check(self, staged: str) -> None:
        from atvos.audit import run_checks

        blocking = quality.blocking(run_checks(self._client, self._model, staged))
        if blocking:
            found = "; ".join(str(result) for result in blocking)
            raise CheckError(f"the rows stay in {staged}: {found}")

    def _count(self, table: str) -> int:
        return int(self._query(f"SELECT COUNT(*) AS row_count FROM `{table}`")[0]["row_count"])

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._query(LOCK_SQL, *self._lock_parameters())
        lock = ledger.lock_of(self._client, self._settings, self._model.table_name)
        if lock is None or lock.token != self.backfill_id:
            held = f"by {lock.owner} until {lock.expires_at}: {lock.reason}" if lock else "no more"
            raise BackfillError(f"{self._model.table_name} is locked {held}")
        try:
            yield
        finally:
            self._query(UNLOCK_SQL, jobs.string_parameter("token", self.backfill_id))

    @contextmanager
    def _recorded(self) -> Iterator[dict[str, Any]]:
        """A record that begins as running and ends as published or failed."""
        self._query(STARTED_SQL, *self._record_parameters())
        record: dict[str, Any] = {"row_count": 0}
        state, detail = "failed", ""
        try:
            yield record
            state = "published"
        except Exception as error:
            detail = str(error)[:1000]
            raise
        finally:
            self._query(
                ENDED_SQL,
                jobs.string_parameter("backfill_id", self.backfill_id),
                jobs.string_parameter("state", state),
                jobs.string_parameter("detail", detail),
                jobs.string_parameter("row_count", str(record["row_count"])),
            )

    def _lock_parameters(self) -> list[dict[str, Any]]:
        request = self._request
        return [
            jobs.string_parameter("table", self._model.table_name),
            jobs.string_parameter("token", self.backfill_id),
            jobs.string_parameter("owner", request.owner),
            jobs.string_parameter("reason", request.reason),
        ]

    def _record_parameters(self) -> list[dict[str, Any]]:
        request = self._request
        return [
            *self._lock_parameters(),
            jobs.date_parameter("first_day", request.first),
            jobs.date_parameter("last_day", request.last),
        ]

    def _query(self, sql: str, *parameters: dict[str, Any]) -> list[dict[str, Any]]:
        labels = {"model": self._model.name, "step": "backfill"}
        limit = self._settings.maximum_bytes_billed
        return jobs.run(self._client, jobs.query(sql, labels, limit, parameters))

    def _script(self, configuration: dict[str, Any]) -> None:
        jobs.run(self._client, configuration)


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


def exchange_sql(model: Model, build: Build, backfill_id: str, staged: str) -> str:
    """One transaction: the periods' rows are exchanged, while the lock is still this backfill's."""
    held = f"""\
SELECT IF(
  EXISTS (
    SELECT 1 FROM `{names.LOCKS}`
    WHERE table_name = '{model.table_name}' AND token = '{backfill_id}'
      AND expires_at > CURRENT_TIMESTAMP()
  ),
  'held',
  ERROR('the lock on {model.table_name} has expired')
);"""
    return "\n\n".join(
        [
            held,
            "BEGIN TRANSACTION;",
            *builds.exchange(model, build, staged, "TRUE"),
            builds.change_sql(model, build, "backfill", "TRUE"),
            "COMMIT TRANSACTION;",
            builds.view_sql(model),
        ]
    )
