"""Ingests one object without Airflow: what an engineer would run who knows the commands.

    python -m bench.by_hand CONTRACT REGISTRY_CONTRACT OBJECT STATE_DIR

The curate job in a process of its own, the load jobs side by side, the checks with Great
Expectations, and the publish transaction. Prints, as JSON, when the rows were queryable and how
many seconds went into the checks.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from atvos import contract, names, sense, settings, snapshot
from atvos.audit import run_checks
from atvos.batch import Batch
from atvos.batch_store import BatchStore
from atvos.jobs import Job
from atvos.steps import IngestJobs
from atvos.user_clients import bigquery_client
from local.client import Client
from local.layout import PLUGINS
from local.stack import Stack

LIMIT_SECONDS = 400


def main() -> None:
    """Ingest the object and print the two numbers."""
    feed, registry = (contract.load_feed(Path(file)) for file in sys.argv[1:3])
    chosen = settings.load()
    client = Client(Stack.attach(Path(sys.argv[4])))
    bq = bigquery_client(chosen)

    def run(*submitted: Job) -> None:
        for job in [bq.create_job(item.configuration) for item in submitted]:
            job.result(timeout=LIMIT_SECONDS)

    listed = sense.list_objects(client.storage, chosen.landing_bucket, feed.name)
    (landed,) = (item for item in listed if item.name == sys.argv[3])
    batch = Batch(feed.name, datetime.now(UTC), (landed,))
    store = BatchStore(client.storage, chosen.work_bucket, feed)
    store.claim(batch, batch.batch_id)
    _curate(chosen.curate_main, store.folder_uri(batch.batch_id))
    stats, steps = store.stats(batch.batch_id), IngestJobs(chosen, feed, (registry,))
    run(
        steps.stage_rows(batch, stats),
        steps.stage_rejects(batch, stats),
        steps.stage_objects(batch, stats),
    )
    run(steps.quarantine(batch))
    began = time.monotonic()
    results = run_checks(bq, feed, names.staging_table(feed.name, batch.batch_id))
    snapshot.record_audit(bq, chosen, feed.name, batch.batch_id, results, datetime.now(UTC))
    checked = time.monotonic() - began
    run(steps.publish(batch, stats))
    taken = (datetime.now(UTC) - landed.created_at).total_seconds()
    print(json.dumps({"seconds": taken, "checking": checked}))


def _curate(job: Path, folder: str) -> None:
    subprocess.run(
        [sys.executable, str(job), "--batch", folder],
        env={**os.environ, "PYTHONPATH": str(PLUGINS)},
        capture_output=True,
        timeout=LIMIT_SECONDS,
        check=True,
    )


if __name__ == "__main__":
    main()
