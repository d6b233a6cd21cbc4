"""Tries a contract: its files go through its ingest DAG, and every row is accounted for."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from google.cloud import bigquery
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from atvos import contract, names
from atvos.batch_store import BatchStore
from atvos.contract import Feed
from local.client import Client
from local.environment import LANDING_BUCKET, WORK_BUCKET
from local.errors import StackError
from local.layout import DEFAULT_STATE_DIR
from local.ledger import ObjectCounts, object_counts
from local.stack import Stack, say

PREFIX = "try_"
_DAG_LIMIT_SECONDS = 90
_RUN_LIMIT_SECONDS = 900
_SAMPLES = 3
_SHOWN_CHARACTERS = 160


def run(contract_file: Path, files: Sequence[Path], state_dir: Path | None) -> int:
    """Try a valid contract on existing files; 0 where the batch was published."""
    try:
        stack = Stack.attach(state_dir or DEFAULT_STATE_DIR)
        client = Client(stack)
        feed = install(contract_file, stack.state_dir / "contracts")
        reset(client, feed)
        for name, file in object_names(feed, files).items():
            client.upload(name, file.read_bytes())
        say(f"{len(files)} files in gs://{LANDING_BUCKET}/{names.landing_prefix(feed.name)}")
        run_id, state = _ingest(client, feed)
        objects = object_counts(client, [feed.name])
        _show(client, feed, objects)
    except StackError as error:
        say(f"atvos try: {error}")
        return 1
    url = client.run_url(names.ingest_dag(feed.name), run_id)
    if any(object_state == "held" for object_state, _ in objects):
        _explain_hold(client, feed)
    elif state != "success":
        tasks = client.task_states(names.ingest_dag(feed.name), run_id)
        failed = [task for task, task_state in tasks.items() if task_state == "failed"]
        say(f"the run failed in {', '.join(failed)}; its log: {url}")
    else:
        say(f"rows     {names.curated_table(feed.name)}")
        say(f"rejects  {names.quarantine_table(feed.name)}")
        if any(found.pending for _, found in objects):
            say(f"pending  {names.pending_table(feed.name)}, until what they refer to is there")
        say(f"run      {url}")
    return 0 if state == "success" else 1


def install(contract_file: Path, folder: Path) -> Feed:
    """Put the contract, renamed to try_<name>, where the stack's Airflow sees it."""
    data = yaml.safe_load(contract_file.read_text(encoding="utf-8"))
    old = data["name"]
    # A second try of the file that a first try has written keeps its name.
    new = old if old.startswith(PREFIX) else PREFIX + old
    data["name"] = data["schema"][0]["name"] = new
    for item in data["slaProperties"]:
        if "element" in item:
            item["element"] = new + item["element"].removeprefix(old)
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{new}.odcs.yaml"
    # Renamed into place: a DAG processor that reads along must not see half a file.
    partial = target.with_suffix(".partial")
    partial.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")
    partial.rename(target)
    return contract.load_feed(target)


def reset(client: Client, feed: Feed) -> None:
    """Remove what an earlier try of the same contract has left."""
    bucket = client.storage.bucket(LANDING_BUCKET)
    for blob in list(client.storage.list_blobs(bucket, prefix=names.landing_prefix(feed.name))):
        blob.delete()
    for table in (
        names.curated_table(feed.name),
        names.quarantine_table(feed.name),
        names.pending_table(feed.name),
    ):
        client.rows(f"DROP TABLE IF EXISTS `{table}`")
    client.rows(
        f"DELETE FROM `{names.OBJECT_LEDGER}` WHERE landed_date > '2000-01-01' AND feed = @feed",
        bigquery.ScalarQueryParameter("feed", "STRING", feed.name),
    )


def object_names(feed: Feed, files: Sequence[Path]) -> dict[str, Path]:
    """The object name of every file; files of the same name are told apart by their place."""
    prefix = names.landing_prefix(feed.name)
    plain = [file.name for file in files]
    return {
        prefix + (file.name if plain.count(file.name) == 1 else f"{place}/{file.name}"): file
        for place, file in enumerate(files)
    }


def sample_rejects(client: Client, feed: Feed, found: ObjectCounts) -> dict[str, list[str]]:
    """Up to three quarantined lines by reason code."""
    rows = client.rows(
        "SELECT reason, line, detail FROM ("
        "  SELECT reason, line, detail, "
        "    ROW_NUMBER() OVER (PARTITION BY reason ORDER BY source_position) AS place"
        f"  FROM `{names.quarantine_table(feed.name)}`, UNNEST(reasons) AS reason"
        "  WHERE landed_date > '2000-01-01' AND source_object = @object"
        ") WHERE place <= @samples ORDER BY reason, place",
        bigquery.ScalarQueryParameter("object", "STRING", found.object),
        bigquery.ScalarQueryParameter("samples", "INT64", _SAMPLES),
    )
    samples: dict[str, list[str]] = {}
    for row in rows:
        note = f"  ({row['detail']})" if row["detail"] else ""
        line = "(withheld: it may hold personal data)" if row["line"] is None else row["line"]
        samples.setdefault(row["reason"], []).append(f"{line[:_SHOWN_CHARACTERS]}{note}")
    return samples


def _ingest(client: Client, feed: Feed) -> tuple[str, str]:
    """Run the feed's DAG; returns the run's id and the state that it ended in."""
    dag_id = names.ingest_dag(feed.name)
    deadline = time.monotonic() + _DAG_LIMIT_SECONDS
    while not client.has_dag(dag_id):
        if time.monotonic() > deadline:
            errors = client.import_errors()
            raise StackError("\n".join([f"Airflow does not know {dag_id}", *errors]))
        time.sleep(1)
    run_id = client.trigger(dag_id)
    say(f"run {client.run_url(dag_id, run_id)}")
    shown: dict[str, str] = {}
    deadline = time.monotonic() + _RUN_LIMIT_SECONDS
    while (state := client.run_state(dag_id, run_id)) not in ("success", "failed"):
        shown = _report_tasks(client, dag_id, run_id, shown)
        if time.monotonic() > deadline:
            raise StackError(f"run {run_id} is still {state} after {_RUN_LIMIT_SECONDS} s")
        time.sleep(1)
    _report_tasks(client, dag_id, run_id, shown)
    return run_id, state


def _report_tasks(
    client: Client, dag_id: str, run_id: str, shown: dict[str, str]
) -> dict[str, str]:
    states = client.task_states(dag_id, run_id)
    for task, state in states.items():
        if state in ("success", "failed", "up_for_retry") and shown.get(task) != state:
            say(f"    {task}: {state}")
    return states


def _show(client: Client, feed: Feed, objects: list[tuple[str, ObjectCounts]]) -> None:
    console = Console(width=None if Console().is_terminal else 150)
    title = "Rows read = valid + rejected + duplicate + pending"
    table = Table(title=title, title_justify="left")
    for heading in ("object", "state", "read", "valid", "rejected", "duplicate", "pending"):
        table.add_column(heading, justify="left" if heading in ("object", "state") else "right")
    for state, found in objects:
        counts = (found.read, found.valid, found.rejected, found.duplicate, found.pending)
        table.add_row(escape(found.object), state, *map(str, counts))
    console.print(table)
    for _, found in objects:
        if not found.reasons:
            continue
        console.print(f"{found.object}: rejected because of", markup=False)
        samples = sample_rejects(client, feed, found)
        for reason, rows in sorted(found.reasons.items()):
            console.print(f"  {reason}: {rows}", markup=False)
            for line in samples.get(reason, []):
                console.print(f"    {line!r}", markup=False, highlight=False)


def _explain_hold(client: Client, feed: Feed) -> None:
    """Name the checks that hold the batch back, and where its rows are."""
    rows: list[dict[str, Any]] = client.rows(
        f"SELECT DISTINCT batch_id FROM `{names.OBJECT_LEDGER}` "
        "WHERE landed_date > '2000-01-01' AND feed = @feed AND state = 'held'",
        bigquery.ScalarQueryParameter("feed", "STRING", feed.name),
    )
    store = BatchStore(client.storage, WORK_BUCKET, feed)
    for row in rows:
        batch_id = row["batch_id"]
        say(f"batch {batch_id} is held back by")
        for result in store.audit(batch_id):
            if result["state"] != "passed" and result["severity"] == "error":
                say(
                    f"  {result['name']}: observed {result['observed']}; "
                    f"expected {result['expected']}"
                )
        say(f"its rows stay in {names.staging_table(feed.name, batch_id)}")
