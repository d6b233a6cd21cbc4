"""A feed's publishing desk on the emulators: stage batches by hand, run the real jobs."""

import io
import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from google.cloud import bigquery

from atvos import names, settings
from atvos.batch import Batch, BatchStats, ObjectStats, ObjectVersion
from atvos.contract import Feed, LoadMode
from atvos.jobs import Job
from atvos.steps import IngestJobs
from curate.schema import REJECTS, parquet_schema
from local.client import Client
from local.environment import WORK_BUCKET
from tests.atvos.examples import batch, positions

SECONDS = 60
"""The limit of one job."""


_AT_ONCE: Any = None
"""No retry: the types of Google's client do not know that it takes None."""


def run(client: bigquery.Client, job: Job) -> None:
    """Run a job's configuration; raises what BigQuery says against it, at once."""
    client.create_job(job.configuration, retry=_AT_ONCE).result(timeout=SECONDS, retry=_AT_ONCE)


def query(client: bigquery.Client, sql: str) -> list[dict[str, Any]]:
    """The rows of a query; raises what BigQuery says against it, at once."""
    found = client.query(sql, retry=_AT_ONCE).result(timeout=SECONDS, retry=_AT_ONCE)
    return [dict(row.items()) for row in found]


@dataclass
class Staged:
    """An object as the curate job left it: its valid rows, and how many others it had."""

    version: ObjectVersion
    rows: Sequence[dict[str, Any]] = ()
    duplicate: int = 0
    rejects: Sequence[str] = ()
    """The lines of rejected records, in order."""
    reason: str = "malformed_json"
    """What all of them were rejected for."""


def row(device: str, time: str = "2025-06-01 08:00", km: str = "1", **other: Any) -> dict[str, Any]:
    """A valid row; ``time`` is UTC."""
    seen_at = datetime.fromisoformat(time).replace(tzinfo=UTC)
    values = {"device": device, "seen_at": seen_at, "trip": None, "seen_date": seen_at.date()}
    return {**values, "km": Decimal(km), **other}


@dataclass
class Desk:
    """One feed with tables of its own."""

    client: Client
    feed: Feed
    jobs: IngestJobs = field(init=False)

    def __post_init__(self) -> None:
        self.jobs = IngestJobs(settings.load(), self.feed)
        self.run(self.jobs.prepare("desk"))

    @classmethod
    def open(cls, client: Client, mode: LoadMode) -> "Desk":
        """A desk for ``positions`` under a name that no other test has."""
        return cls(client, positions(mode, f"positions_{uuid.uuid4().hex[:8]}"))

    def run(self, job: Job) -> None:
        """Run one of the feed's jobs."""
        run(self.client.bigquery, job)

    def stage(self, *staged: Staged) -> tuple[Batch, BatchStats]:
        """Write what the curate job would have written for these objects, and load it."""
        made = batch(*(item.version for item in staged), feed=self.feed.name)
        stats = self._write(made, staged)
        self.run(self.jobs.stage_rows(made, stats))
        self.run(self.jobs.stage_rejects(made, stats))
        self.run(self.jobs.stage_objects(made, stats))
        return made, stats

    def publish(self, *staged: Staged) -> tuple[Batch, BatchStats]:
        """Stage these objects as a batch and publish it."""
        made, stats = self.stage(*staged)
        self.run(self.jobs.publish(made, stats))
        return made, stats

    def again(self, published: tuple[Batch, BatchStats]) -> None:
        """Publish a batch once more."""
        self.run(self.jobs.publish(*published))

    def curated(self, columns: str = "*") -> list[tuple[Any, ...]]:
        """The published rows in some fixed order."""
        return self._rows(f"SELECT {columns} FROM `{names.curated_table(self.feed.name)}`")

    def quarantined(self, columns: str = "*") -> list[tuple[Any, ...]]:
        """The rejected records in some fixed order."""
        return self._rows(f"SELECT {columns} FROM `{names.quarantine_table(self.feed.name)}`")

    def ledger(self, columns: str = "*") -> list[tuple[Any, ...]]:
        """The feed's rows of the object ledger in some fixed order."""
        feed = f"feed = '{self.feed.name}'"
        return self._rows(f"SELECT {columns} FROM `{names.OBJECT_LEDGER}` WHERE {feed}")

    def counts(self) -> dict[tuple[str, int], tuple[int, int, int, int]]:
        """By object and generation: rows read, valid, rejected, duplicate."""
        columns = "rows_read, rows_valid, rows_rejected, rows_duplicate"
        return {
            (name, generation): (read, valid, rejected, duplicate)
            for name, generation, read, valid, rejected, duplicate in self.ledger(
                f"object, generation, {columns}"
            )
        }

    def _rows(self, sql: str) -> list[tuple[Any, ...]]:
        return sorted((tuple(r.values()) for r in query(self.client.bigquery, sql)), key=repr)

    def _write(self, made: Batch, staged: Iterable[Staged]) -> BatchStats:
        objects = [_stats(item) for item in staged]
        rows = [
            {**values, **_lineage(item.version, position)}
            for item in staged
            for position, values in enumerate(item.rows)
        ]
        rejects = [
            {
                "source_bucket": item.version.bucket,
                **_lineage(item.version, 1000 + position),
                "reasons": [item.reason],
                "line": line,
                "line_encoding": "utf-8",
            }
            for item in staged
            for position, line in enumerate(item.rejects)
        ]
        lines = "".join(json.dumps(_ndjson(item), default=str) + "\n" for item in objects)
        folder = names.batch_prefix(self.feed.name, made.batch_id)
        return BatchStats(
            feed=made.feed,
            batch_id=made.batch_id,
            rows_uris=self._parquet(f"{folder}rows.parquet", rows, parquet_schema(self.feed)),
            rejects_uris=self._parquet(f"{folder}rejects.parquet", rejects, REJECTS),
            objects_uri=self._upload(f"{folder}objects.ndjson", lines.encode()),
            rows_read=sum(item.rows_read for item in objects),
            rows_valid=len(rows),
            rows_rejected=len(rejects),
            rows_duplicate=sum(item.rows_duplicate for item in objects),
            unreadable_objects=0,
            reasons={},
            event_dates=tuple(sorted({day for item in objects for day in item.event_dates})),
            last_event_at=max(filter(None, (item.last_event_at for item in objects)), default=None),
        )

    def _parquet(self, name: str, rows: list[dict[str, Any]], schema: pa.Schema) -> tuple[str, ...]:
        if not rows:
            return ()
        file = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), file)
        return (self._upload(name, file.getvalue()),)

    def _upload(self, name: str, content: bytes) -> str:
        self.client.storage.bucket(WORK_BUCKET).blob(name).upload_from_string(content)
        return names.gcs_uri(WORK_BUCKET, name)


def _lineage(version: ObjectVersion, position: int) -> dict[str, Any]:
    return {
        "source_object": version.name,
        "source_generation": version.generation,
        "source_position": position,
    }


def _stats(item: Staged) -> ObjectStats:
    days: set[date] = {values["seen_date"] for values in item.rows}
    return ObjectStats(
        bucket=item.version.bucket,
        object=item.version.name,
        generation=item.version.generation,
        size=item.version.size,
        crc32c=item.version.crc32c,
        landed_at=item.version.created_at,
        rows_read=len(item.rows) + len(item.rejects) + item.duplicate,
        rows_valid=len(item.rows),
        rows_rejected=len(item.rejects),
        rows_duplicate=item.duplicate,
        reasons={"malformed_json": len(item.rejects)} if item.rejects else {},
        event_dates=tuple(sorted(days)),
        last_event_at=max((values["seen_at"] for values in item.rows), default=None),
    )


def _ndjson(item: ObjectStats) -> dict[str, Any]:
    reasons = [{"reason": code, "row_count": n} for code, n in item.reasons.items()]
    return asdict(item) | {"reasons": reasons}
