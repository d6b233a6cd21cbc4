"""The records of replays in BigQuery: whose replay a rejected record is, and for how long."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from atvos import jobs, names, ops_tables
from atvos.contract import Feed
from atvos.replays import statements
from atvos.replays.core import NoTablesError, Place, Rejected, ReplayError, ReplayObject
from atvos.settings import Settings

if TYPE_CHECKING:
    from google.cloud import bigquery, storage

_LIMIT_SECONDS = 600


class Books:
    """The records of one feed's replays. Raises what the clients raise, and NoTablesError."""

    def __init__(
        self, bq: bigquery.Client, gcs: storage.Client, settings: Settings, feed: Feed
    ) -> None:
        """Nothing is asked yet."""
        self._bq = bq
        self._gcs = gcs
        self._settings = settings
        self._feed = feed

    def claim(
        self,
        identity: str,
        made: Sequence[ReplayObject],
        owner: str,
        because: str,
        now: datetime,
    ) -> None:
        """Record whose replay the records are. ReplayError where they are another's as well."""
        common = {
            "replayed_date": now.date(),
            "replay_id": identity,
            "feed": self._feed.name,
            "bucket": self._settings.landing_bucket,
            "owner": owner,
            "because": because,
            "replayed_at": now,
        }
        rows = [
            {**common, "object": item.name, "position": at, **_claim_of(rejected)}
            for item in made
            for at, rejected in item.records
        ]
        since = min(rejected.landed_date for item in made for _, rejected in item.records)
        staged = self._stage(identity, rows)
        spec = ops_tables.replays()
        self.query(statements.claim_sql(spec, staged, now.date(), since))
        rivals = self.rivals(identity, now.date(), since)
        if rivals != 0:
            # Both give way where both see the other, so that never both go on.
            self.withdraw(identity, now.date())
            self.tidy(identity)
            raise ReplayError(
                "another replay has just claimed some of these records; valid: run it again, and "
                "they are skipped as on their way"
            )

    def rivals(self, identity: str, day: date, since: date) -> int | None:
        """How many of the claims another replay has as well; None where there are no claims."""
        found = self.query(
            statements.RIVALS_SQL,
            jobs.date_parameter("day", day),
            jobs.string_parameter("replay_id", identity),
            jobs.date_parameter("since", since),
            jobs.string_parameter("feed", self._feed.name),
        )[0]
        return int(found["rivals"]) if found["own"] or found["rivals"] else None

    def withdraw(self, identity: str, day: date) -> None:
        """Give the records of a replay free, of which nothing has landed."""
        own = [jobs.date_parameter("day", day), jobs.string_parameter("replay_id", identity)]
        self.query(statements.WITHDRAW_SQL, *own)

    def tidy(self, identity: str) -> None:
        """Drop the table from which the claims were made."""
        self._bq.delete_table(self._staged(identity), not_found_ok=True)

    def query(self, sql: str, *parameters: dict[str, Any]) -> list[dict[str, Any]]:
        """The rows of a statement."""
        from google.api_core.exceptions import NotFound

        labels = {"feed": self._feed.name, "step": "replay"}
        limit = self._settings.maximum_bytes_billed
        try:
            return jobs.run(self._bq, jobs.query(sql, labels, limit, parameters))
        except NotFound as error:
            dag = names.ingest_dag(self._feed.name)
            raise NoTablesError(
                f"{error.message}; valid: after the next run of {dag}, whose `prepare` makes it"
            ) from error

    def _stage(self, identity: str, rows: Sequence[dict[str, Any]]) -> str:
        """Load the claims, which may be many, into a table of their own."""
        name = f"replays/{self._feed.name}/{identity}.ndjson"
        blob = self._gcs.bucket(self._settings.work_bucket).blob(name)
        text = "".join(json.dumps(row, default=_plain) + "\n" for row in rows)
        blob.upload_from_string(text, "application/x-ndjson")
        spec = replace(ops_tables.replays(), table=self._staged(identity))
        uris = [names.gcs_uri(self._settings.work_bucket, name)]
        source_format = "NEWLINE_DELIMITED_JSON"
        labels = {"feed": self._feed.name, "step": "replay"}
        configuration = jobs.load(self._settings.project, spec, uris, source_format, labels)
        self._bq.create_job(configuration).result(timeout=_LIMIT_SECONDS)
        blob.delete()
        return spec.table

    def _staged(self, identity: str) -> str:
        return names.staging_table(self._feed.name, identity, "replay")


def _claim_of(rejected: Rejected) -> dict[str, Any]:
    place, origin = rejected.place, rejected.origin
    return {
        "landed_date": rejected.landed_date,
        "reasons": list(rejected.reasons),
        **{f"from_{name}": getattr(place, name) for name in Place.__dataclass_fields__},
        **{
            f"origin_{name}": getattr(origin, name) for name in ("object", "generation", "position")
        },
    }


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{value!r} has no place in a claim")
