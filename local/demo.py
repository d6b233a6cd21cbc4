"""The demo: sample files land, become checked tables, and are compared with the right answer."""

import json
import shutil
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from google.cloud import bigquery
from rich.console import Console
from rich.table import Table

from atvos import names
from local import outcome
from local.client import Client
from local.environment import LANDING_BUCKET
from local.errors import StackError
from local.ledger import ObjectCounts
from local.outcome import Outcome, TableResult
from local.sample import Answer, Sample, Settings
from local.services import Service
from local.stack import Stack, say
from local.waiting import wait

_LIMIT_SECONDS = 420
DAGS = ("ingest__telemetry_events", "ingest__vehicles", "transform__fleet")


def main(stack: Stack) -> int:
    """Run the demo on a stack of its own, left running; 0 where every number is right."""
    started = time.monotonic()
    state_dir = stack.state_dir
    say("1/5 starting the embedded stack")
    stack.stop()
    if state_dir.exists():
        shutil.rmtree(state_dir)  # numbers of an earlier demo would not add up with this one's
    stack.start()
    client = Client(stack)
    say("2/5 landing sample files")
    answer = land(client, Settings(until=datetime.now(UTC)))
    say("3/5 waiting for the DAGs: sense, curate, stage, audit, publish, report")
    wait_for_publish(client, answer, _LIMIT_SECONDS)
    say("4/5 waiting for Prometheus to scrape the freshness")
    found = outcome.read(client, answer)
    say("5/5 comparing with the generator's answer")
    code = report(found, answer, state_dir / "demo.json")
    say(f"after {time.monotonic() - started:.0f} s")
    _say_where(stack)
    return code


def land(client: Client, settings: Settings) -> Answer:
    """Upload a sample; returns what must come of it."""
    sample = Sample(settings)
    count = size = 0
    for item in sample.objects():
        client.upload(item.name, item.content)
        count += 1
        size += len(item.content)
    say(f"    {count} objects, {size / 1e6:.1f} MB, in gs://{LANDING_BUCKET}")
    return sample.answer


def wait_for_publish(client: Client, answer: Answer, limit: float) -> None:
    """Wait until the ledger has every object and the mart every batch.

    StackError where a run fails, or after ``limit`` seconds.
    """
    expected = len(answer.objects)
    feeds = bigquery.ArrayQueryParameter("feeds", "STRING", list(answer.feeds))

    def progress() -> tuple[bool, str]:
        failed = client.runs(DAGS, "failed")
        if failed:
            raise StackError(f"a DAG run failed: {client.run_url(*failed[0])}")
        ledger = client.rows(
            f"SELECT DISTINCT batch_id, object FROM `{names.OBJECT_LEDGER}` "
            "WHERE feed IN UNNEST(@feeds)",
            feeds,
        )
        batches = {row["batch_id"] for row in ledger}
        taken = {
            row["batch_id"]
            for row in client.rows(f"SELECT DISTINCT batch_id FROM `{names.MODEL_LEDGER}`")
        }
        text = (
            f"{len(ledger)} of {expected} objects published in {len(batches)} batches, "
            f"{outcome.MODEL} has {len(batches & taken)} of them"
        )
        return len(ledger) == expected and batches == taken, text

    try:
        wait(progress, limit)
    except StackError as error:
        problems = client.import_errors()
        raise StackError("\n".join([str(error), *problems])) from error


def report(found: Outcome, answer: Answer, file: Path) -> int:
    """Write and show the outcome and all that is wrong with it; 0 where nothing is."""
    _write(file, found.objects, found.tables)
    _show(found.objects, found.tables)
    problems = found.problems(answer)
    for problem in problems:
        say(f"WRONG  {problem}")
    verdict = "every number is right" if not problems else f"{len(problems)} numbers are wrong"
    say(f"\n{verdict}; written to {file}")
    return 1 if problems else 0


def _write(file: Path, objects: list[ObjectCounts], tables: list[TableResult]) -> None:
    document: dict[str, Any] = {
        "objects": [asdict(item) for item in objects],
        "tables": [asdict(item) for item in tables],
    }
    file.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _show(objects: list[ObjectCounts], tables: list[TableResult]) -> None:
    console = Console(width=None if Console().is_terminal else 150)
    shown = Table(title="Objects: rows read = valid + rejected + duplicate", title_justify="left")
    for heading in ("object", "read", "valid", "rejected", "duplicate", "reasons"):
        shown.add_column(heading, justify="left" if heading in ("object", "reasons") else "right")
    for item in objects:
        reasons = ", ".join(f"{code} {rows}" for code, rows in sorted(item.reasons.items()))
        counts = (item.read, item.valid, item.rejected, item.duplicate)
        shown.add_row(item.object, *map(str, counts), reasons)
    totals = [
        sum(getattr(item, name) for item in objects)
        for name in ("read", "valid", "rejected", "duplicate")
    ]
    shown.add_section()
    shown.add_row("all", *map(str, totals), "")
    console.print(shown, markup=False)
    shown = Table(title="Tables", title_justify="left")
    for heading in ("table", "rows", "data as of (UTC)", "freshness age (s)"):
        shown.add_column(heading, justify="left" if heading == "table" else "right")
    for table in tables:
        age = table.freshness_age_seconds
        shown.add_row(
            table.table,
            str(table.rows),
            (table.data_as_of or "-")[:19],
            "-" if age is None else f"{age:.0f}",
        )
    console.print(shown)


def _say_where(stack: Stack) -> None:
    say(f"Airflow     {stack.url(Service.API_SERVER)}  (no login on this machine)")
    if stack.services[Service.PROMETHEUS].state == "running":
        say(f"Prometheus  {stack.url(Service.PROMETHEUS)}")
    say("`make status` lists the services and their logs, `make down` ends them.")
