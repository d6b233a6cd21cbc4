"""One try of one task, in a process of its own, as Airflow's LocalExecutor forks it.

Where an operator defers, the try ends; its trigger is another process, and the operator comes
back in a third. At the start and at the end a process asks whether it may go on: that is where
it is killed.
"""

import asyncio
import importlib
import os
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

STARTED, DONE = "started", "done"
"""Where a process asks whether it may go on."""


class Phase(StrEnum):
    """What a process does of a task."""

    EXECUTE = "execute"
    TRIGGER = "trigger"
    RESUME = "resume"


class State(StrEnum):
    """What came of a process."""

    SUCCESS = "success"
    DEFERRED = "deferred"
    SKIPPED = "skipped"
    FAILED = "failed"
    REFUSED = "refused"
    """It failed, and no retry would help."""
    KILLED = "killed"


@dataclass(frozen=True)
class Result:
    """How a process ended: with a value, a deferral, or the reason."""

    state: State
    value: Any = None


@dataclass(frozen=True)
class Deferral:
    """A trigger, and the method that takes its event."""

    trigger: str
    arguments: dict[str, Any]
    method: str
    method_arguments: dict[str, Any]
    event: Any = None


@dataclass(frozen=True)
class Work:
    """What a process is to do. ``clock`` is how many seconds the sensor's clock is ahead.

    ``plants`` are functions, ``module:name``, that plant a bug before the operator is made.
    """

    contract: Path
    run_id: str
    step: str
    pulled: Mapping[str, Any]
    environment: Mapping[str, str]
    log: Path
    phase: Phase = Phase.EXECUTE
    deferral: Deferral | None = None
    clock: float = 0.0
    plants: tuple[str, ...] = ()


@dataclass
class TaskInstance:
    """The part of a task instance that the operators use."""

    task_id: str
    pulled: Mapping[str, Any]
    start_date: datetime = field(default_factory=lambda: datetime.now(UTC))

    def xcom_pull(self, task_ids: str) -> Any:
        """What the task of that id returned."""
        return self.pulled[task_ids]

    def xcom_push(self, key: str, value: Any) -> None:
        """Nothing of this matters to the tasks that follow."""


def warm() -> None:
    """Import what tasks need, once, before processes are forked."""
    for name in _HEAVY:
        importlib.import_module(name)


_HEAVY = (
    "airflow.providers.google.cloud.hooks.bigquery",
    "airflow.providers.google.cloud.hooks.gcs",
    "airflow.providers.google.cloud.operators.bigquery",
    "airflow.providers.google.cloud.operators.dataflow",
    "airflow.providers.google.cloud.triggers.bigquery",
    "airflow.providers.standard.hooks.subprocess",
    "atvos.dags",
    "atvos.audit",
    "great_expectations",
    "sqlalchemy_bigquery",
)


def run(work: Work, parent: Connection) -> None:
    """Do it, and send how it ended."""
    os.setsid()  # a kill takes the whole group, as the end of a worker does
    _redirect(work.log)
    os.environ.update(work.environment)
    _ask(parent, STARTED)
    try:
        result = _result(work)
    except Exception:  # noqa: BLE001  a task may fail of anything
        traceback.print_exc()
        result = Result(State.FAILED, traceback.format_exc())
    sys.stdout.flush()
    _ask(parent, DONE)
    parent.send(result)


def _ask(parent: Connection, place: str) -> None:
    parent.send(place)
    parent.recv()


def _redirect(log: Path) -> None:
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for number in (1, 2):
        os.dup2(descriptor, number)
    os.close(descriptor)


def _result(work: Work) -> Result:
    from airflow.sdk.exceptions import (  # noqa: PLC0415  imported before the fork
        AirflowFailException,
        AirflowSkipException,
        TaskDeferred,
    )

    print(f"--- {work.step}: {work.phase}", flush=True)
    try:
        return Result(State.SUCCESS, _do(work))
    except TaskDeferred as deferred:
        name, arguments = deferred.trigger.serialize()
        return Result(
            State.DEFERRED,
            Deferral(name, arguments, deferred.method_name, dict(deferred.kwargs or {})),
        )
    except AirflowSkipException as skipped:
        return Result(State.SKIPPED, str(skipped))
    except AirflowFailException as failed:
        traceback.print_exc()
        return Result(State.REFUSED, str(failed))


def _do(work: Work) -> Any:
    if work.phase is Phase.TRIGGER:
        return asyncio.run(_event(work))
    from atvos import contract, dags, settings  # noqa: PLC0415  imported before the fork

    _shift_clock(work.clock)
    for plant in work.plants:
        module, _, name = plant.partition(":")
        getattr(importlib.import_module(module), name)()
    dag = dags.ingest(settings.load(), contract.load_feed(work.contract), {})
    task: Any = dag.get_task(work.step)
    instance = TaskInstance(work.step, work.pulled)
    context = {"ti": instance, "task_instance": instance, "run_id": work.run_id}
    if work.phase is Phase.RESUME:
        assert work.deferral is not None
        method = getattr(task, work.deferral.method)
        return method(context, event=work.deferral.event, **work.deferral.method_arguments)
    return task.execute(context)


async def _event(work: Work) -> Any:
    """What the trigger fires with."""
    assert work.deferral is not None
    module, _, name = work.deferral.trigger.rpartition(".")
    trigger = getattr(importlib.import_module(module), name)(**work.deferral.arguments)
    async for event in trigger.run():
        return event.payload
    return None


def _shift_clock(seconds: float) -> None:
    """Have the sensor's machine be ahead of the others, or behind."""
    if not seconds:
        return
    from atvos import sensors  # noqa: PLC0415  imported before the fork

    class Shifted(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + timedelta(seconds=seconds)

    sensors.datetime = Shifted  # type: ignore[attr-defined]
