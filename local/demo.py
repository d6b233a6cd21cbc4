"""The demo: sample files land, become checked tables, and are compared with the right answer."""

import json
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from atvos import freshness, names
from local.client import Client
from local.errors import StackError
from local.sample import Answer, Sample, Settings
from local.services import Service
from local.stack import Stack, say

_LIMIT_SECONDS = 420
_SCRAPE_LIMIT_SECONDS = 60
_POLL_SECONDS = 2
_MODEL = "fct_vehicle_day"
_DAGS = ("ingest__telemetry_events", "ingest__vehicles", "transform__fleet")


@dataclass(frozen=True, slots=True)
class ObjectResult:
    """What the ledger says of one object, in rows."""

    object: str
    read: int
    valid: int
    rejected: int
    duplicate: int
    reasons: dict[str, int]


@dataclass(frozen=True, slots=True)
class TableResult:
    """What people would see of one table; the age is Prometheus's, None where it has none."""

    table: str
    rows: int
    data_as_of: str | None
    freshness_age_seconds: float | None


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
    answer = _land(client)
    say("3/5 waiting for the DAGs: sense, curate, stage, audit, publish, report")
    _wait_for_publish(client, answer)
    say("4/5 waiting for Prometheus to scrape the freshness")
    tables = _tables(client)
    say("5/5 comparing with the generator's answer")
    objects = _objects(client)
    problems = [
        *_compare_objects(objects, answer),
        *_compare_tables(tables, answer),
        *_compare_mart(client, answer),
    ]
    _write(state_dir / "demo.json", objects, tables)
    _show(objects, tables)
    for problem in problems:
        say(f"WRONG  {problem}")
    verdict = "every number is right" if not problems else f"{len(problems)} numbers are wrong"
    say(f"\n{verdict}, after {time.monotonic() - started:.0f} s; written to {state_dir}/demo.json")
    _say_where(stack)
    return 1 if problems else 0


def _land(client: Client) -> Answer:
    sample = Sample(Settings(until=datetime.now(UTC)))
    count = size = 0
    for item in sample.objects():
        client.upload(item.name, item.content)
        count += 1
        size += len(item.content)
    say(f"    {count} objects, {size / 1e6:.1f} MB, in gs://landing")
    return sample.answer


def _wait_for_publish(client: Client, answer: Answer) -> None:
    """Wait until the ledger has every object and the mart every batch."""
    expected = len(answer.objects)

    def progress() -> tuple[bool, str]:
        failed = client.runs(_DAGS, "failed")
        if failed:
            raise StackError(f"a DAG run failed: {client.run_url(*failed[0])}")
        ledger = client.rows(f"SELECT DISTINCT batch_id, object FROM `{names.OBJECT_LEDGER}`")
        batches = {row["batch_id"] for row in ledger}
        taken = {
            row["batch_id"]
            for row in client.rows(f"SELECT DISTINCT batch_id FROM `{names.MODEL_LEDGER}`")
        }
        text = (
            f"{len(ledger)} of {expected} objects published in {len(batches)} batches, "
            f"{_MODEL} has {len(batches & taken)} of them"
        )
        return len(ledger) == expected and batches == taken, text

    try:
        _wait(progress, _LIMIT_SECONDS)
    except StackError as error:
        problems = client.import_errors()
        raise StackError("\n".join([str(error), *problems])) from error


def _wait(progress: Callable[[], tuple[bool, str]], limit: float) -> None:
    """Poll until done, with a line for every change. StackError after ``limit`` seconds."""
    deadline = time.monotonic() + limit
    shown = ""
    while True:
        done, text = progress()
        if text != shown:
            say(f"    {text}")
            shown = text
        if done:
            return
        if time.monotonic() > deadline:
            raise StackError(f"after {limit:.0f} s only {text}")
        time.sleep(_POLL_SECONDS)


def _objects(client: Client) -> list[ObjectResult]:
    rows = client.rows(
        "SELECT object, rows_read, rows_valid, rows_rejected, rows_duplicate, reasons "
        f"FROM `{names.OBJECT_LEDGER}` ORDER BY object"
    )
    return [
        ObjectResult(
            object=row["object"],
            read=row["rows_read"],
            valid=row["rows_valid"],
            rejected=row["rows_rejected"],
            duplicate=row["rows_duplicate"],
            reasons={item["reason"]: item["row_count"] for item in row["reasons"]},
        )
        for row in rows
    ]


def _tables(client: Client) -> list[TableResult]:
    """The tables with their freshness; waits until Prometheus has it."""
    datasets = {
        "telemetry_events": names.curated_table("telemetry_events"),
        "vehicles": names.curated_table("vehicles"),
        _MODEL: names.mart_table(_MODEL),
    }
    as_of: dict[str, float] = {}
    ages: dict[str, float] = {}
    if client.stack.services[Service.PROMETHEUS].state == "running":

        def scraped() -> tuple[bool, str]:
            as_of.update(client.measure(freshness.LAST_EVENT))
            ages.update(client.measure(f"time() - {freshness.LAST_EVENT}"))
            return set(datasets) <= set(ages), f"{len(ages)} of {len(datasets)} datasets"

        _wait(scraped, _SCRAPE_LIMIT_SECONDS)
    else:
        say("    metrics are not collected: no freshness age")
    return [
        TableResult(
            table=table,
            rows=client.rows(f"SELECT COUNT(*) AS n FROM `{table}`")[0]["n"],
            data_as_of=_instant(as_of.get(dataset)),
            freshness_age_seconds=ages.get(dataset),
        )
        for dataset, table in datasets.items()
    ]


def _instant(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()


def _compare_objects(objects: list[ObjectResult], answer: Answer) -> list[str]:
    """What differs between the ledger and the answer, object by object."""
    expected = {
        item.name: ObjectResult(
            item.name, item.read, item.valid, item.rejected, item.duplicate, dict(item.reasons)
        )
        for item in answer.objects
    }
    found = {item.object: item for item in objects}
    return [
        f"{name}: found {found.get(name)}, expected {expected.get(name)}"
        for name in sorted(expected.keys() | found.keys())
        if found.get(name) != expected.get(name)
    ]


def _compare_tables(tables: list[TableResult], answer: Answer) -> list[str]:
    problems = []
    for result in tables:
        expected = answer.tables.get(result.table.removeprefix(f"{names.CURATED}."))
        if expected is None:
            continue
        if result.rows != expected.rows:
            problems.append(f"{result.table}: {result.rows} rows, expected {expected.rows}")
        wanted = expected.last_event_at and expected.last_event_at.isoformat()
        if wanted and result.data_as_of and result.data_as_of != wanted:
            problems.append(f"{result.table}: as of {result.data_as_of}, expected {wanted}")
    return problems


def _compare_mart(client: Client, answer: Answer) -> list[str]:
    """What differs between the mart and the answer, vehicle day by vehicle day."""
    rows = client.rows(
        "SELECT device_id, dia, km_dia, eventos, outlier, faltante "
        f"FROM `{names.mart_table(_MODEL)}`"
    )
    found = {
        (row["device_id"], row["dia"]): (
            row["km_dia"],
            row["eventos"],
            row["outlier"],
            row["faltante"],
        )
        for row in rows
    }
    expected = {
        key: (day.km_dia, day.events, day.outlier, day.faltante)
        for key, day in answer.vehicle_days.items()
    }
    problems = [
        f"{_MODEL} {device} {day}: found {found.get((device, day))}, "
        f"expected {expected.get((device, day))} (km_dia, eventos, outlier, faltante)"
        for device, day in sorted(expected.keys() | found.keys())
        if found.get((device, day)) != expected.get((device, day))
    ]
    if len(rows) != len(found):
        problems.append(f"{_MODEL}: {len(rows) - len(found)} rows whose key is there twice")
    return problems


def _write(file: Path, objects: list[ObjectResult], tables: list[TableResult]) -> None:
    document: dict[str, Any] = {
        "objects": [asdict(item) for item in objects],
        "tables": [asdict(item) for item in tables],
    }
    file.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _show(objects: list[ObjectResult], tables: list[TableResult]) -> None:
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
