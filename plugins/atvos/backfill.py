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
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from atvos import builds, jobs, ledger, names, quality
from atvos.builds import Build
from atvos.contract import Table
from atvos.models import Model
from atvos.settings import Settings
from atvos.steps import ModelJobs, build_parameters
from atvos.table_work import Order, RefusedError, TableWork, still_locked_sql

if TYPE_CHECKING:
    from google.cloud import bigquery

MAX_DAYS = 1200
"""Days that one backfill may have: BigQuery changes at most 4,000 partitions in a job."""

log = logging.getLogger(__name__)


class BackfillError(RefusedError):
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
        self._work = TableWork(
            client,
            settings,
            Order(request.model, self.backfill_id, "backfill", request.owner, request.reason),
        )

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
        jobs.run(self._client, self._jobs.prepare(self.backfill_id).configuration)
        request = self._request
        with self._work.locked(), self._work.recorded(request.first, request.last) as record:
            tell("staging the rows")
            jobs.run(self._client, self._jobs.build(self._build).configuration)
            staged = names.staging_table(self._model.name, self._build.build_id)
            record["row_count"] = self._work.count(staged)
            tell(f"checking {record['row_count']} rows")
            self._check(staged)
            tell("exchanging the partitions")
            self._work.query(exchange_sql(self._model, self._build, self.backfill_id, staged))
        return int(record["row_count"])

    def _check(self, staged: str) -> None:
        from atvos.audit import run_checks

        blocking = quality.blocking(run_checks(self._client, self._model, staged))
        if blocking:
            found = "; ".join(str(result) for result in blocking)
            raise CheckError(f"the rows stay in {staged}: {found}")


def exchange_sql(model: Model, build: Build, backfill_id: str, staged: str) -> str:
    """One transaction: the periods' rows are exchanged, while the lock is still this backfill's."""
    return "\n\n".join(
        [
            still_locked_sql(model, backfill_id),
            "BEGIN TRANSACTION;",
            *builds.exchange(model, build, staged, "TRUE"),
            builds.change_sql(model, build, "backfill", "TRUE"),
            "COMMIT TRANSACTION;",
            builds.view_sql(model),
        ]
    )
