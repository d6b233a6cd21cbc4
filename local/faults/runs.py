"""Runs a feed's DAG task by task, with retries, as Airflow would, and kills where it is told to."""

import multiprocessing
import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psutil

from local.faults import task
from local.faults.killing import CURATE_MAIN, command_of, descendants, kill
from local.faults.rules import Plan
from local.faults.task import DONE, STARTED, Deferral, Phase, Result, State, Work

STEPS = (
    *("prepare", "sense", "curate", "stage_rows", "stage_rejects", "stage_objects"),
    *("quarantine", "audit", "publish", "report"),
)
"""The tasks of an ingest DAG, in an order in which they can run."""
TRIES = 3
TASK_LIMIT_SECONDS = 90.0
_FACTORY = multiprocessing.get_context("forkserver")
_FACTORY.set_forkserver_preload(["local.faults.warm"])


@dataclass
class Kill:
    """A kill -9 of a task's process when it has ``started`` or is ``done``, ``times`` times."""

    step: str
    place: str
    times: int = 1
    phase: Phase = Phase.EXECUTE
    struck: int = field(default=0, init=False)

    def takes(self, step: str, phase: Phase, place: str) -> bool:
        """Whether the process is to be killed now; counts it."""
        if (step, place, phase) != (self.step, self.place, self.phase) or self.struck >= self.times:
            return False
        self.struck += 1
        return True


@dataclass
class Outcome:
    """What came of a run: the state of its last task, and how many tries failed."""

    state: State
    step: str
    failed: int
    detail: str = ""


@dataclass
class Runner:
    """Runs the DAG of one contract. ``limits`` are seconds that a step's first try may take."""

    contract: Path
    environment: Mapping[str, str]
    plan: Plan
    log: Path
    kills: list[Kill] = field(default_factory=list)
    limits: dict[str, float] = field(default_factory=dict)
    clock: float = 0.0
    plants: tuple[str, ...] = ()
    process: Any = field(default=None, init=False)
    """The process of the task that runs now."""
    _pulled: dict[str, dict[str, Any]] = field(default_factory=dict, init=False)

    def run(self, run_id: str, until: str = STEPS[-1], since: str = STEPS[0]) -> Outcome:
        """Run the tasks from ``since`` to ``until``; ends at the first that fails or skips."""
        chosen = STEPS[STEPS.index(since) : STEPS.index(until) + 1]
        failed = 0
        for step in chosen:
            tried: list[Result] = []
            while not tried or (tried[-1].state in _RETRIED and len(tried) < TRIES):
                tried.append(self._try(run_id, step))
            last = tried[-1]
            failed += sum(result.state in (*_RETRIED, State.REFUSED) for result in tried)
            if last.state is not State.SUCCESS:
                return Outcome(last.state, step, failed, str(last.value or ""))
            self._pulled.setdefault(run_id, {})[step] = last.value
        return Outcome(State.SUCCESS, until, failed)

    def kill_group(self) -> int:
        """Kill -9 the task that runs now, as if the worker was lost; how many were killed."""
        if self.process is None or not self.process.is_alive():
            return 0
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return 0
        return 1

    def kill_beam(self) -> int:
        """Kill -9 the curate job that the running task has started; how many there were."""
        return kill(self.beam())

    def kill_worker(self) -> int:
        """Kill -9 the running task and its curate job, as if the machine was lost."""
        jobs = self.beam()
        return self.kill_group() + kill(jobs)

    def beam(self) -> list[psutil.Process]:
        """The curate jobs of the running task."""
        found = descendants(self.process.pid) if self.process is not None else []
        return [process for process in found if CURATE_MAIN in command_of(process)]

    def _try(self, run_id: str, step: str) -> Result:
        self.plan.step = step
        work = Work(
            contract=self.contract,
            run_id=run_id,
            step=step,
            pulled=self._pulled.get(run_id, {}),
            environment=self.environment,
            log=self.log,
            clock=self.clock,
            plants=self.plants,
        )
        result = self._process(work)
        while result.state is State.DEFERRED:
            result = self._deferred(work, result.value)
        return result

    def _deferred(self, work: Work, deferral: Deferral) -> Result:
        """Wait in a trigger, which another triggerer takes over where one is lost."""
        waiting = replace(work, phase=Phase.TRIGGER, deferral=deferral)
        event = self._process(waiting)
        if event.state is State.KILLED:
            event = self._process(waiting)
        if event.state is not State.SUCCESS:
            return event
        resumed = replace(deferral, event=event.value)
        return self._process(replace(work, phase=Phase.RESUME, deferral=resumed))

    def _process(self, work: Work) -> Result:
        ours, theirs = _FACTORY.Pipe()
        process = _FACTORY.Process(target=task.run, args=(work, theirs), daemon=False)
        process.start()
        theirs.close()
        self.process = process
        deadline = time.monotonic() + self.limits.pop(work.step, TASK_LIMIT_SECONDS)
        try:
            return self._converse(work, ours, deadline)
        finally:
            self.kill_group()
            process.join()
            ours.close()

    def _converse(self, work: Work, process: Connection, deadline: float) -> Result:
        """Let the process go on where it asks, or kill it; its result."""
        while True:
            if not process.poll(max(deadline - time.monotonic(), 0)):
                return Result(State.KILLED, f"{work.step} took too long")
            try:
                said = process.recv()
                if isinstance(said, Result):
                    return said
                if any(k.takes(work.step, work.phase, said) for k in self.kills):
                    self.kill_group()
                else:
                    process.send(None)
            except (EOFError, OSError):
                return Result(State.KILLED, f"{work.step} was killed")


_RETRIED = (State.FAILED, State.KILLED)
__all__ = ["DONE", "STARTED", "STEPS", "Kill", "Outcome", "Runner"]
