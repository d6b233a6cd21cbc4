"""Where cases take place: the emulators behind proxies, and a feed of its own for each case."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing import forkserver
from pathlib import Path
from threading import Thread
from unittest import mock

import psutil
import requests

from atvos import names
from atvos.contract import LoadMode
from local.client import Client
from local.environment import process_environment
from local.faults import verdict
from local.faults.killing import kill
from local.faults.landings import Landings, Mark
from local.faults.proxy import Proxy, serving
from local.faults.rules import Kind, Plan, Rule
from local.faults.runs import STEPS, Kill, Outcome, Runner
from local.faults.sample import Answer, write_contract
from local.faults.task import State
from local.services import EMULATORS, Service
from local.stack import Stack
from local.state import StackState
from local.supervision import Supervisor

MAX_RUNS = 6
_READY_SECONDS = 60


@dataclass
class Field(Landings):
    """A case's feed, and the runner of its DAG."""

    ground: "Ground"
    runner: Runner
    outcomes: list[Outcome] = field(default_factory=list)

    def rule(self, kind: Kind, service: Service, pattern: str, **more: object) -> Rule:
        """Have requests meet with a fault."""
        rule = Rule(kind, service, pattern, **more)  # type: ignore[arg-type]
        self.faults.append(rule)
        return self.ground.plan.add(rule)

    def kill(self, step: str, place: str, **more: object) -> Kill:
        """Have a task killed where it starts or is done."""
        kill = Kill(step, place, **more)  # type: ignore[arg-type]
        self.faults.append(kill)
        self.runner.kills.append(kill)
        return kill

    def wait_for(self, mark: Mark, limit: float = 20) -> None:
        """Wait until something has happened, if it does."""
        deadline = time.monotonic() + limit
        while not mark.struck and time.monotonic() < deadline:
            time.sleep(0.1)

    def drop_staging(self) -> None:
        """Remove the staged tables, as BigQuery does when their time is over."""
        gone = verdict.expire(self.client, self.feed, 0)
        assert not gone

    def another(self) -> Runner:
        """A second scheduler's runner of the same feed."""
        mine = self.runner
        return Runner(mine.contract, mine.environment, Plan(), mine.log, plants=mine.plants)

    def go(self, runner: Runner | None = None, label: str = "run") -> None:
        """Let runs of the DAG follow each other until nothing waits."""
        chosen = runner or self.runner
        since = STEPS[0]
        for number in range(MAX_RUNS):
            outcome = chosen.run(f"{self.feed}-{label}-{number}", since=since)
            self.outcomes.append(outcome)
            if outcome.state is State.SKIPPED:
                return
            since = STEPS[1] if outcome.step != STEPS[0] else STEPS[0]


class Ground:
    """Both emulators, each behind a proxy."""

    def __init__(self, folder: Path) -> None:
        """Nothing is started yet."""
        self.folder = folder
        self.stack = Stack(folder / "stack", EMULATORS, report=lambda _: None)
        self.plan = Plan()
        self.client: Client
        self.gcs: Proxy
        self.bigquery: Proxy
        self.environment: dict[str, str] = {}

    @contextmanager
    def ready(self) -> Iterator["Ground"]:
        """Start everything, and stop it in the end."""
        with ExitStack() as stack:
            stack.enter_context(self.stack)
            ports = self.stack.ports
            self.client = Client(self.stack)
            self.gcs = stack.enter_context(serving(Proxy(Service.GCS, ports.gcs, self.plan)))
            self.bigquery = stack.enter_context(
                serving(Proxy(Service.BIGQUERY, ports.bigquery, self.plan))
            )
            self.environment = {
                **process_environment(self.stack.environment()),
                "STORAGE_EMULATOR_HOST": self.gcs.url,
                "BIGQUERY_EMULATOR_HOST": self.bigquery.url,
                "ATVOS_SENSE_TIMEOUT": "0",
                "AIRFLOW__LOGGING__LOGGING_LEVEL": "INFO",
            }
            yield self

    @contextmanager
    def warmed(self) -> Iterator["Ground"]:
        """Start what all tasks are forked from, also those of other grounds: it imports Airflow."""
        with mock.patch.dict(os.environ, self.environment):
            with _printing_to(self.folder / "imports.log"):
                forkserver.ensure_running()
            yield self

    def field(self, name: str, mode: LoadMode) -> Field:
        """A feed that no case has had before."""
        feed = f"faults_{name.replace('-', '_')}"
        folder = self.folder / "cases" / name
        folder.mkdir(parents=True)
        contract = write_contract(folder, feed, mode)
        self.plan.clear()
        for proxy in (self.gcs, self.bigquery):
            proxy.over.clear()
            proxy.strict.job_ids = True
        runner = Runner(contract, self.environment, self.plan, folder / "tasks.log")
        return Field(self.client, feed, Answer(mode), datetime.now(UTC), self, runner)

    @property
    def staging_days(self) -> int | None:
        """After how many days staging tables go."""
        return self.bigquery.strict.expirations.get(names.STAGING)

    def proxy(self, service: Service) -> Proxy:
        """The proxy before an emulator."""
        return self.gcs if service is Service.GCS else self.bigquery

    def pid(self, service: Service) -> int:
        """The process of an emulator."""
        pid = self.stack.services[service].pid
        assert pid is not None
        return pid

    def log(self, service: Service) -> str:
        """All that an emulator has printed."""
        file = self.stack.services[service].log
        return file.read_text(encoding="utf-8", errors="replace") if file else ""

    def kill(self, service: Service) -> None:
        """Kill -9 an emulator, and wait until it is gone."""
        kill([psutil.Process(self.pid(service))])

    def restart(self, service: Service) -> None:
        """Start an emulator that was killed, and wait until it answers."""
        state = StackState.read(self.stack.state_dir)
        assert state is not None
        supervisor = Supervisor(state.socket)
        deadline = time.monotonic() + _READY_SECONDS
        while time.monotonic() < deadline:
            if self.stack.services[service].state != "running":
                supervisor.start(service.value)
            elif self._answers(service):
                return
            time.sleep(0.1)
        raise TimeoutError(f"{service} is not back after {_READY_SECONDS} s")

    def bounce(self, service: Service, after: Callable[[], None]) -> Callable[[], None]:
        """What kills an emulator and brings it back some time later."""

        def bounced() -> None:
            self.kill(service)
            after()
            Thread(target=self.restart, args=(service,), daemon=True).start()

        return bounced

    def mend(self) -> None:
        """Take every fault away: nothing hangs, and both emulators answer."""
        self.plan.clear()
        for proxy in (self.gcs, self.bigquery):
            proxy.over.set()
        for service in EMULATORS:
            self.restart(service)

    def _answers(self, service: Service) -> bool:
        path = "/storage/v1/b?project=x" if service is Service.GCS else "/healthz"
        try:
            return requests.get(f"{self.stack.url(service)}{path}", timeout=2).ok
        except requests.RequestException:
            return False


@contextmanager
def _printing_to(file: Path) -> Iterator[None]:
    """Have processes that are started here print to a file, for as long as they live."""
    kept = [os.dup(number) for number in (1, 2)]
    with file.open("a") as log:
        for number in (1, 2):
            os.dup2(log.fileno(), number)
    try:
        yield
    finally:
        for number, descriptor in zip((1, 2), kept, strict=True):
            os.dup2(descriptor, number)
            os.close(descriptor)
