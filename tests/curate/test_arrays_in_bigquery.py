"""Arrays and structs go from the job's Parquet into BigQuery (its emulator), and come back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from atvos import names, settings
from atvos.batch import Batch
from atvos.contract import load_feed
from atvos.steps import IngestJobs
from curate.folder import Folder, read_batch
from local.client import Client
from local.environment import WORK_BUCKET
from local.stack import Stack
from tests.atvos import desk
from tests.curate.helpers import Outcome, curate, ndjson
from tests.curate.test_feeds import CONTRACTS, contract_of, trip
from tests.curate.test_protect import KEY

LEG = {
    "departure_at": datetime(2025, 6, 1, 8, 10, tzinfo=UTC),
    "departure_site": "Garagem",
    "arrival_at": datetime(2025, 6, 1, 8, 50, tzinfo=UTC),
    "arrival_site": "Usina",
    "trip_time_min": 40,
    "trip_distance_km": Decimal("31.250"),
}
OPEN_LEG = {
    **dict.fromkeys(LEG),
    "departure_at": datetime(2025, 6, 1, 9, tzinfo=UTC),
    "departure_site": "Usina",
}


@pytest.fixture
def outcome(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Outcome:
    """What the job wrote of three trips, one of which has no legs."""
    monkeypatch.setenv("ATVOS_PII_KEY", KEY)
    trips = [trip("T1"), trip("T2", stops=[]), trip("T3", unit="Nowhere")]
    return curate(tmp_path, contract_of("trips"), {"trips.json": ndjson(*trips)})


def uploaded(client: Client, files: Sequence[str], batch: Batch) -> tuple[str, ...]:
    """The files in the work bucket."""
    bucket = client.storage.bucket(WORK_BUCKET)
    folder = names.batch_prefix(batch.feed, batch.batch_id)
    for file in files:
        bucket.blob(folder + Path(file).name).upload_from_filename(file)
    return tuple(names.gcs_uri(WORK_BUCKET, folder + Path(file).name) for file in files)


def test_legs_of_trips_are_read_back_as_they_were_judged(
    emulators: Stack, outcome: Outcome
) -> None:
    client = Client(emulators)
    feed = load_feed(CONTRACTS / "trips.odcs.yaml")
    batch = read_batch(Folder(str(outcome.folder)))
    stats = outcome.stats
    staged = replace(
        stats,
        rows_uris=uploaded(client, stats.rows_uris, batch),
        rejects_uris=uploaded(client, stats.rejects_uris, batch),
        objects_uri=uploaded(client, [stats.objects_uri], batch)[0],
    )
    jobs = IngestJobs(settings.load(), feed)
    for job in (
        jobs.prepare("arrays"),
        jobs.stage_rows(batch, staged),
        jobs.stage_rejects(batch, staged),
        jobs.stage_objects(batch, staged),
        jobs.publish(batch, staged),
    ):
        desk.run(client.bigquery, job)
    found: list[dict[str, Any]] = desk.query(
        client.bigquery,
        f"SELECT trip_id, stops FROM `{names.curated_table('trips')}` "
        "WHERE trip_date = '2025-06-01' ORDER BY trip_id",
    )
    assert found == [
        {"trip_id": "T1", "stops": [LEG, OPEN_LEG]},
        {"trip_id": "T2", "stops": []},
    ]
