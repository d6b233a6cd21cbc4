"""Says what the stack was at when a test ran out of time."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from local import repository
from local.client import Client
from local.errors import StackError
from local.services import AIRFLOW

_SHOWN_LINES = 25


@contextmanager
def explained(client: Client, *dag_ids: str) -> Iterator[None]:
    """Fail the test on a StackError, with the states of tasks and the ends of logs.

    The sample's DAGs are told of, unless others are named.
    """
    try:
        yield
    except StackError as error:
        pytest.fail(
            f"{error}\n{_diagnosis(client, dag_ids or repository.dag_ids())}", pytrace=False
        )


def _diagnosis(client: Client, dag_ids: tuple[str, ...]) -> str:
    lines = client.import_errors()
    for state in ("failed", "running", "queued"):
        for dag_id, run_id in client.runs(dag_ids, state):
            lines.append(f"{dag_id} {run_id} is {state}")
            for task_id, task_state in client.task_states(dag_id, run_id).items():
                lines.append(f"    {task_id}: {task_state}")
                if task_state in ("failed", "up_for_retry"):
                    lines += _task_log(client, dag_id, run_id, task_id)
    for service, status in client.stack.services.items():
        if service in AIRFLOW and status.log:
            lines += [f"{service}:", *_end(status.log)]
    return "\n".join(lines)


def _task_log(client: Client, dag_id: str, run_id: str, task_id: str) -> list[str]:
    logs = client.stack.state_dir / "airflow" / "logs"
    attempts = sorted(logs.glob(f"dag_id={dag_id}/run_id={run_id}/task_id={task_id}/attempt=*.log"))
    return _end(attempts[-1]) if attempts else []


def _end(log: Path) -> list[str]:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return [f"        {line[:400]}" for line in lines[-_SHOWN_LINES:]]
