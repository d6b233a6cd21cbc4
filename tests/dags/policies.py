"""What every DAG and task of the platform must have, and what it lacks."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, BaseSensorOperator

_NEXT_BEAT = "the next beat is two minutes away, and is the retry"
WITHOUT_RETRIES = {"heartbeat.register": _NEXT_BEAT, "heartbeat.report": _NEXT_BEAT}
"""Tasks that need no retry, and why."""


def violations(dag: DAG, owners: Mapping[str, str]) -> list[str]:
    """A line for every policy that a DAG breaks; ``owners`` are those that contracts name."""
    return sorted([*_of_dag(dag), *(line for task in dag.tasks for line in _of_task(task, owners))])


def _of_dag(dag: DAG) -> Iterator[str]:
    if not (dag.doc_md or "").strip():
        yield f"{dag.dag_id}: no doc_md"
    if dag.max_active_runs != 1:
        yield f"{dag.dag_id}: {dag.max_active_runs} runs at a time"
    if dag.catchup:
        yield f"{dag.dag_id}: catches up"
    if not dag.tags:
        yield f"{dag.dag_id}: no tags"
    if dag.start_date is not None and dag.start_date.tzinfo is None:
        yield f"{dag.dag_id}: start_date without an offset"


def _of_task(task: Any, owners: Mapping[str, str]) -> Iterator[str]:
    name = f"{task.dag_id}.{task.task_id}"
    if task.retries < 1 and name not in WITHOUT_RETRIES:
        yield f"{name}: no retries"
    if task.execution_timeout is None:
        yield f"{name}: no execution_timeout"
    if isinstance(task, BaseSensorOperator) and timedelta(seconds=task.timeout) > timedelta(days=1):
        yield f"{name}: waits for {timedelta(seconds=task.timeout)}"
    if task.owner != owners.get(task.dag_id, "data-platform"):
        yield f"{name}: owner is {task.owner}"
    if getattr(task, "deferrable", True) is False:
        yield f"{name}: keeps a worker while it waits"
