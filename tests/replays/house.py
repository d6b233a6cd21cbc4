"""A feed on the emulators that goes the whole way: landing, the real curate job, publish."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from atvos import names, sense, settings
from atvos.batch import Batch, BatchStats
from atvos.contract import Feed
from atvos.replays.store import Replays
from atvos.steps import IngestJobs
from curate.pipeline import run
from local.client import Client
from local.environment import LANDING_BUCKET, WORK_BUCKET
from tests.atvos import desk
from tests.curate.helpers import feed_of


@dataclass
class House:
    """One feed; ``contract`` is its contract's text now."""

    client: Client
    folder: Path
    contract: str
    feed: Feed = field(init=False)

    def __post_init__(self) -> None:
        self.correct(self.contract)
        self.run(self.jobs.prepare("house"))

    @property
    def jobs(self) -> IngestJobs:
        """The jobs of the feed as its contract is now."""
        return IngestJobs(settings.load(), self.feed)

    @property
    def replays(self) -> Replays:
        """The feed's replays."""
        return Replays(self.client.bigquery, self.client.storage, settings.load(), self.feed)

    def correct(self, contract: str) -> None:
        """Put another contract in force."""
        self.contract = contract
        self.feed = feed_of(self.folder, contract)

    def run(self, job: Any) -> None:
        """Run one of the feed's jobs."""
        desk.run(self.client.bigquery, job)

    def land(self, name: str, content: bytes) -> None:
        """Put an object into the feed's part of the landing bucket."""
        self.client.upload(f"{self.feed.name}/{name}", content)

    def sense(self) -> Batch | None:
        """The next batch, as the sensor would make it."""
        now = datetime.now(UTC)
        chosen = replace(settings.load(), landing_bucket=LANDING_BUCKET)
        gcs, bq = self.client.storage, self.client.bigquery
        return sense.waiting_batch(gcs, bq, chosen, self.feed.name, now)

    def curate(self, batch: Batch) -> BatchStats:
        """Run the curate job in this process; its files are in the work bucket after it."""
        with tempfile.TemporaryDirectory() as folder:
            at = Path(folder)
            (at / "manifest.json").write_text(batch.to_json(), encoding="utf-8")
            (at / self.feed.path.name).write_text(self.contract, encoding="utf-8")
            assert run(["--batch", folder]) == 0
            stats = BatchStats.from_json((at / "stats.json").read_text(encoding="utf-8"))
            return replace(
                stats,
                rows_uris=self._uploaded(stats.rows_uris, batch),
                rejects_uris=self._uploaded(stats.rejects_uris, batch),
                objects_uri=self._uploaded([stats.objects_uri], batch)[0],
            )

    def stage(self, batch: Batch, stats: BatchStats) -> None:
        """Load what was curated, and add its rejects to quarantine."""
        for stage in (self.jobs.stage_rows, self.jobs.stage_rejects, self.jobs.stage_objects):
            self.run(stage(batch, stats))
        self.run(self.jobs.quarantine(batch))

    def ingest(self) -> list[Batch]:
        """Take in all that waits, batch by batch."""
        done = []
        while batch := self.sense():
            stats = self.curate(batch)
            self.stage(batch, stats)
            self.run(self.jobs.publish(batch, stats))
            done.append(batch)
        return done

    def rows(self, table: str, columns: str, condition: str = "TRUE") -> list[tuple[Any, ...]]:
        """Rows of a table in some fixed order."""
        sql = f"SELECT {columns} FROM `{table}` WHERE {condition}"
        return sorted(
            (tuple(row.values()) for row in desk.query(self.client.bigquery, sql)), key=repr
        )

    def curated(self, columns: str) -> list[tuple[Any, ...]]:
        """The published rows."""
        return self.rows(names.curated_table(self.feed.name), columns)

    def quarantined(self, columns: str) -> list[tuple[Any, ...]]:
        """The rejected records."""
        return self.rows(names.quarantine_table(self.feed.name), columns)

    def claims(self, columns: str) -> list[tuple[Any, ...]]:
        """What is on record of the feed's replays."""
        return self.rows(names.REPLAYS, columns, f"feed = '{self.feed.name}'")

    def ledger(self, columns: str) -> list[tuple[Any, ...]]:
        """The feed's rows of the object ledger."""
        return self.rows(names.OBJECT_LEDGER, columns, f"feed = '{self.feed.name}'")

    def listed(self) -> Mapping[str, int]:
        """The feed's objects in the landing bucket, and their generations."""
        found = sense.list_objects(self.client.storage, LANDING_BUCKET, self.feed.name)
        return {item.name: item.generation for item in found}

    def _uploaded(self, files: Sequence[str], batch: Batch) -> tuple[str, ...]:
        bucket = self.client.storage.bucket(WORK_BUCKET)
        prefix = names.batch_prefix(batch.feed, batch.batch_id)
        for file in files:
            bucket.blob(prefix + Path(file).name).upload_from_filename(file)
        return tuple(names.gcs_uri(WORK_BUCKET, prefix + Path(file).name) for file in files)
