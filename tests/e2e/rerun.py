"""Runs what has run before again, and compares all that people and the platform read."""

import json

from atvos import names
from local.client import Client
from local.errors import StackError
from local.progress import behind
from local.repository import built_models, dag_ids
from local.waiting import wait

LIMIT_SECONDS = 240
KEPT = (names.CURATED, names.QUARANTINE, names.OPS, names.MODELS)
MOMENTS = {"ops.freshness", names.RECONCILIATIONS}
"""What tells of the moment at which somebody looks, not of what was published."""
Snapshot = dict[str, list[str]]
"""The rows of every table, all columns, in an order that does not depend on storage."""


def snapshot(client: Client) -> Snapshot:
    """Every table but the staging ones; of the audits, what they found."""
    found = {table: rows(client, table) for table in _tables(client)}
    return {**found, names.CHECK_RESULTS: _results(client)}


def rows(client: Client, table: str) -> list[str]:
    """The rows of one table."""
    found = client.rows(f"SELECT * FROM `{table}`")
    return sorted(json.dumps(row, default=str, sort_keys=True) for row in found)


def _results(client: Client) -> list[str]:
    """The results of all audits without the times: a batch that is audited again adds a time."""
    found = client.rows(f"SELECT * EXCEPT (checked_at, checked_date) FROM `{names.CHECK_RESULTS}`")
    return sorted({json.dumps(row, default=str, sort_keys=True) for row in found})


def published_run(client: Client, dag_id: str, task_id: str = "publish") -> str:
    """The id of a run that has published."""
    for _, run_id in client.runs([dag_id], "success"):
        if client.task_states(dag_id, run_id).get(task_id) == "success":
            return run_id
    raise StackError(f"no run of {dag_id} has published")


def run_again(client: Client, dag_id: str, run_id: str, task_id: str | None = None) -> str:
    """Clear the run, or one task of it, and return the state that it ends in.

    StackError where a task that was to run again did not.
    """
    before = client.attempts(dag_id, run_id)
    if task_id is None:
        client.clear_run(dag_id, run_id)
    else:
        client.clear_task(dag_id, run_id, task_id)

    def progress() -> tuple[bool, str]:
        # One run of a DAG is active at a time: that which waits for objects must make room.
        for _, other in client.runs([dag_id], "running"):
            if other != run_id:
                client.end_run(dag_id, other)
        state = client.run_state(dag_id, run_id)
        return state in ("success", "failed"), f"{task_id or 'the run'} again: {state}"

    wait(progress, LIMIT_SECONDS)
    again = {task for task, n in client.attempts(dag_id, run_id).items() if n > before[task]}
    # What a skipped task leaves out is skipped with it, and does not start.
    if not again or task_id not in (None, *again):
        raise StackError(f"of {task_id or run_id} only {sorted(again)} ran again")
    return client.run_state(dag_id, run_id)


def settle(client: Client) -> None:
    """Wait until the marts have taken in what was published, and nothing of them runs."""

    def progress() -> tuple[bool, str]:
        active = [
            run
            for state in ("queued", "running")
            for run in client.runs([dag for dag in dag_ids() if dag.startswith("transform")], state)
        ]
        late = behind(client, built_models())
        return not active and not late, f"models to build: {', '.join(late) or 'none'}"

    wait(progress, LIMIT_SECONDS)


def _tables(client: Client) -> list[str]:
    tables = [
        f"{dataset}.{table.table_id}"
        for dataset in KEPT
        for table in client.bigquery.list_tables(dataset)
    ]
    return [table for table in tables if table not in MOMENTS]
