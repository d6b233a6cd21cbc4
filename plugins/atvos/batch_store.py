"""Batch folders in the work bucket: manifest, contract, curated files, stats, audit."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from google.api_core.exceptions import NotFound, PreconditionFailed
from google.cloud import storage

from atvos import names
from atvos.batch import Batch, BatchStats
from atvos.contract import Feed
from atvos.quality import CheckResult


@dataclass(frozen=True)
class BatchStore:
    """The batches of one feed in ``work_bucket``."""

    client: storage.Client
    work_bucket: str
    feed: Feed

    def claim(self, batch: Batch, run_id: str) -> Batch:
        """Write the manifest and note it as ``run_id``'s batch.

        The first manifest of a batch stays: its ``created_at`` is what every later attempt
        judges by. Returns the batch as the kept manifest has it.
        """
        folder = names.batch_prefix(self.feed.name, batch.batch_id)
        self._create(f"{folder}{self.feed.path.name}", self.feed.path.read_text(encoding="utf-8"))
        self._create(f"{folder}manifest.json", batch.to_json())
        self._create(self._claim_name(run_id), json.dumps({"batch_id": batch.batch_id}))
        return self.batch(batch.batch_id)

    def claimed(self, run_id: str) -> str | None:
        """The id of the batch that ``run_id`` claimed in an earlier attempt, None if none."""
        text = self._read(self._claim_name(run_id))
        return None if text is None else str(json.loads(text)["batch_id"])

    def batch(self, batch_id: str) -> Batch:
        """The batch of a manifest. FileNotFoundError where there is no such batch."""
        return Batch.from_json(self._require(batch_id, "manifest.json"))

    def stats(self, batch_id: str) -> BatchStats:
        """What the curate job found. FileNotFoundError where it is not done."""
        return BatchStats.from_json(self._require(batch_id, "stats.json"))

    def is_curated(self, batch_id: str) -> bool:
        """Whether the curate job is done."""
        folder = names.batch_prefix(self.feed.name, batch_id)
        return bool(self._bucket.blob(f"{folder}stats.json").exists())

    def write_audit(self, batch_id: str, results: list[CheckResult]) -> None:
        """Keep the outcome of the batch's checks; the latest audit replaces the one before."""
        folder = names.batch_prefix(self.feed.name, batch_id)
        text = json.dumps([result.to_dict() for result in results], indent=1)
        self._bucket.blob(f"{folder}audit.json").upload_from_string(text, "application/json")

    def audit(self, batch_id: str) -> list[dict[str, Any]]:
        """The outcome of the batch's checks. FileNotFoundError before the audit."""
        results: list[dict[str, Any]] = json.loads(self._require(batch_id, "audit.json"))
        return results

    def folder_uri(self, batch_id: str) -> str:
        """Where the batch's files are, without a slash at the end."""
        prefix = names.batch_prefix(self.feed.name, batch_id)
        return names.gcs_uri(self.work_bucket, prefix).rstrip("/")

    @property
    def _bucket(self) -> storage.Bucket:
        return self.client.bucket(self.work_bucket)

    def _claim_name(self, run_id: str) -> str:
        digest = hashlib.sha256(run_id.encode()).hexdigest()[:20]
        return f"runs/{self.feed.name}/{digest}.json"

    def _create(self, name: str, text: str) -> None:
        blob = self._bucket.blob(name)
        if blob.exists():  # an earlier attempt wrote it; the emulator knows no preconditions
            return
        with suppress(PreconditionFailed):  # another attempt wrote it just now
            blob.upload_from_string(text, "application/json", if_generation_match=0)

    def _read(self, name: str) -> str | None:
        try:
            text: str = self._bucket.blob(name).download_as_text(encoding="utf-8")
        except NotFound:
            return None
        return text

    def _require(self, batch_id: str, file: str) -> str:
        name = names.batch_prefix(self.feed.name, batch_id) + file
        text = self._read(name)
        if text is None:
            raise FileNotFoundError(names.gcs_uri(self.work_bucket, name))
        return text
