"""From an object's landing to its rows queryable: the DAG, beside the same work done by hand.

    python -m bench.latency [--repetitions N] [--json FILE]

On an embedded stack of its own, with its scheduler running. An object of 10 MB of telemetry lands
for the DAG, then one for the hand (bench/by_hand.py), by turns; neither begins before the other
has ended. The DAGs of models are paused: what a publish sets off is other work, on the same
cores. "Nothing checked" is the time by hand less that of the checks.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from atvos import contract, names, settings
from atvos.contract import Feed
from atvos.pending import references
from atvos.steps import IngestJobs
from local.client import Client
from local.errors import StackError
from local.layout import CONTRACTS, DEFAULT_STATE_DIR, REPOSITORY
from local.repository import dag_ids
from local.services import AIRFLOW, EMULATORS
from local.stack import Stack, say
from local.waiting import wait

FEED, REGISTRY, BY_HAND = "telemetry_events", "vehicles", "telemetry_by_hand"
OBJECT_BYTES = 10_000_000
REPETITIONS = 5
LIMIT_SECONDS = 400
MOST_SECONDS = 60
MOST_OF_BY_HAND = 2.0
"""What is promised of the median: seconds, and a multiple of the time by hand."""
_DEVICES = 50


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds from landing to queryable of one object; by hand also without the checks."""

    dag: float
    by_hand: float
    by_hand_unchecked: float


def main() -> None:
    """Measure, write the JSON file and print the medians."""
    parser = argparse.ArgumentParser(prog="bench.latency", description=__doc__)
    parser.add_argument("--repetitions", type=int, default=REPETITIONS)
    parser.add_argument("--json", type=Path, default=DEFAULT_STATE_DIR / "bench_latency.json")
    given = parser.parse_args()
    with _stack() as client:
        found = measure(client, given.repetitions)
    given.json.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps([asdict(row) for row in found], indent=2) + "\n"
    given.json.write_text(text, encoding="utf-8")
    for line in report(found):
        print(line)
    print(f"written to {given.json}")


def report(found: list[Latency]) -> Iterator[str]:
    """The medians, and what is promised of them."""
    dag, hand = median(r.dag for r in found), median(r.by_hand for r in found)
    unchecked = median(r.by_hand_unchecked for r in found)
    yield f"landed to queryable, {OBJECT_BYTES / 1e6:.0f} MB, median of {len(found)}"
    yield f"  the DAG, scheduler running   {dag:6.1f} s  (promised: at most {MOST_SECONDS} s)"
    ratio = f"{dag / hand:.2f} times (promised: at most {MOST_OF_BY_HAND:.0f})"
    yield f"  by hand                      {hand:6.1f} s  the DAG takes {ratio}"
    yield f"  by hand, nothing checked     {unchecked:6.1f} s  {dag / unchecked:.2f} times"


def measure(client: Client, repetitions: int) -> list[Latency]:
    """Land objects for both by turns. StackError where one is not published in time."""
    chosen = settings.load()
    hand = _hand_feed(client.stack.state_dir)
    registry = contract.load_feed(CONTRACTS / f"{REGISTRY}.odcs.yaml")
    for dag_id in (name for name in dag_ids() if not name.startswith("ingest__")):
        client.pause(dag_id, paused=True)
    client.upload(f"{REGISTRY}/registry.csv", _registry_file())
    _wait_for(client, REGISTRY, 1)
    client.bigquery.query(
        IngestJobs(chosen, hand, (registry,)).prepare("bench").configuration["query"]["query"]
    ).result()
    found = []
    for place in range(repetitions + 1):
        content = _telemetry(place)
        dag = _by_dag(client, content, place)
        with_checks, without = _by_hand(client, hand, content, place)
        say(f"    {dag:5.1f} s by the DAG, {with_checks:5.1f} s by hand")
        if place:  # the first of each warms caches
            found.append(Latency(dag, with_checks, without))
    return found


def _by_dag(client: Client, content: bytes, place: int) -> float:
    client.upload(f"{FEED}/bench/{place}.ndjson", content)
    _wait_for(client, FEED, place + 1)
    rows = client.rows(
        "SELECT landed_at, batch_id FROM ops.object_ledger WHERE feed = 'telemetry_events' "
        f"AND landed_date > '2000-01-01' AND object = '{FEED}/bench/{place}.ndjson'"
    )
    job = client.bigquery.get_job(names.bigquery_job("publish", FEED, rows[0]["batch_id"]))
    return float((job.ended - rows[0]["landed_at"]).total_seconds())


def _by_hand(client: Client, feed: Feed, content: bytes, place: int) -> tuple[float, float]:
    """Seconds with and without the checks."""
    name = f"{feed.name}/{place}.ndjson"
    client.upload(name, content)
    registry = CONTRACTS / f"{REGISTRY}.odcs.yaml"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "bench.by_hand"),
            *(str(feed.path), str(registry), name, str(client.stack.state_dir)),
        ],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise StackError(f"by hand: {done.stderr.strip().splitlines()[-1:]}")
    found = json.loads(done.stdout.splitlines()[-1])
    return found["seconds"], found["seconds"] - found["checking"]


def _wait_for(client: Client, feed: str, count: int) -> None:
    """Wait until the ledger has so many objects of the feed, and no run of it works."""

    def look() -> tuple[bool, str]:
        rows = client.rows(
            "SELECT COUNT(*) AS n FROM ops.object_ledger "
            f"WHERE landed_date > '2000-01-01' AND feed = '{feed}'"
        )
        found = int(rows[0]["n"]) if rows else 0
        return found >= count, f"{found} of {count} objects of {feed}"

    wait(look, LIMIT_SECONDS)


def _hand_feed(folder: Path) -> Feed:
    """The contract of telemetry under another name: its objects are not the DAG's."""
    text = (CONTRACTS / f"{FEED}.odcs.yaml").read_text(encoding="utf-8")
    file = folder / f"{BY_HAND}.odcs.yaml"
    file.write_text(text.replace(FEED, BY_HAND), encoding="utf-8")
    feed = contract.load_feed(file)
    assert references(feed)
    return feed


def _registry_file() -> bytes:
    header = "deviceId,placa,tipo,frota,unidade,transportadora,assentos"
    rows = [f"bench-{n:03},AAA{n:04},Onibus,F1,UAE,Sertran,40" for n in range(_DEVICES)]
    return ("\n".join([header, *rows]) + "\n").encode()


def _telemetry(place: int) -> bytes:
    """10 MB of valid rows, all of them new."""
    first = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=20)
    lines: list[str] = []
    size = number = 0
    while size < OBJECT_BYTES:
        at = first + timedelta(seconds=number // _DEVICES)
        line = json.dumps(
            {
                "deviceId": f"bench-{number % _DEVICES:03}",
                "timestamp": f"{at:%Y-%m-%dT%H:%M:%S}.{place:03}Z",
                "tipoVeiculo": "urbano",
                "odometroKm": 1000 + place + number // _DEVICES / 1000,
                "custoVariavel": 1.5,
                "custoFixo": 10,
                "viagemId": f"v{number % 7}",
            }
        )
        lines.append(line)
        size += len(line) + 1
        number += 1
    return ("\n".join(lines) + "\n").encode()


@contextmanager
def _stack() -> Iterator[Client]:
    """A client of a new stack; this process has its settings."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        Stack(Path(folder), EMULATORS | AIRFLOW) as stack,
    ):
        os.environ.update(stack.environment())
        yield Client(stack)


if __name__ == "__main__":
    main()
