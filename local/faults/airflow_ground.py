"""Where cases of the real scheduler take place: Airflow and the emulators behind proxies."""

import shutil
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import psutil

from atvos import names
from atvos.contract import LoadMode
from local.client import Client
from local.errors import StackError
from local.faults.killing import descendants, kill
from local.faults.landings import Landings
from local.faults.proxy import Proxy
from local.faults.rules import Kind, Plan, Rule
from local.faults.sample import Answer, write_contract
from local.faults.verdict import judge, read
from local.layout import DAGS
from local.processes import identify, is_alive
from local.services import AIRFLOW, EMULATORS, Service
from local.stack import Stack
from local.state import StackState
from local.supervision import Supervisor

_POLL_SECONDS = 0.5
_LIMIT_SECONDS = 300.0
_BACK_SECONDS = 120.0
_SETTINGS = {
    # In production minutes pass before a task counts as lost.
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "20",
    "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "15",
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "10",
    "AIRFLOW__METRICS__STATSD_ON": "False",
    "ATVOS_RETRIES": "3",
}


class ProxiedStack(Stack):
    """A stack whose Airflow reaches the emulators by way of proxies, with DAGs of its own."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        """Nothing is started yet."""
        super().__init__(folder / "stack", EMULATORS | AIRFLOW, report=lambda _: None)
        self.dags = folder / "dags"
        self.proxies: list[Proxy] = []
        self._plan = plan

    def stop(self) -> None:
        """Stop the stack, and then the proxies."""
        super().stop()
        for proxy in self.proxies:
            proxy.stop()

    def _launch(self, state: StackState) -> None:
        gcs = Proxy(Service.GCS, state.ports.gcs, self._plan)
        bigquery = Proxy(Service.BIGQUERY, state.ports.bigquery, self._plan)
        self.proxies = [gcs, bigquery]
        for proxy in self.proxies:
            proxy.start()
        environment = {
            **state.environment,
            **_SETTINGS,
            "STORAGE_EMULATOR_HOST": gcs.url,
            "BIGQUERY_EMULATOR_HOST": bigquery.url,
            "AIRFLOW__CORE__DAGS_FOLDER": str(self.dags),
            "ATVOS_DAGS_DIR": str(self.dags),
        }
        changed = replace(state, environment=environment)
        changed.write(self.state_dir)
        super()._launch(changed)


@dataclass
class Watched(Landings):
    """A feed that the scheduler runs."""

    ground: "AirflowGround"

    def rule(self, kind: Kind, step: str, call: Callable[[], None], **more: object) -> Rule:
        """Have the request that launches a step's BigQuery job meet with a fault."""
        body = f"atvos__{self.feed}__{step}__"
        rule = Rule(kind, Service.BIGQUERY, "POST .*/jobs", body=body, call=call, **more)  # type: ignore[arg-type]
        self.faults.append(rule)
        return self.ground.plan.add(rule)

    def settle(self) -> None:
        """Wait until nothing is lost, or for as long as it may take."""
        deadline = time.monotonic() + _LIMIT_SECONDS
        while time.monotonic() < deadline:
            with suppress(Exception):  # an emulator may be gone just now
                if judge(read(self.client, self.feed), self.answer).is_right and self.rests():
                    return
            time.sleep(_POLL_SECONDS)

    def until(self, what: str, look: Callable[[], bool]) -> None:
        """Wait for something. StackError where it does not come."""
        deadline = time.monotonic() + _LIMIT_SECONDS
        while not look():
            if time.monotonic() > deadline:
                raise StackError(f"after {_LIMIT_SECONDS:.0f} s still not: {what}")
            time.sleep(_POLL_SECONDS / 5)

    def rests(self) -> bool:
        """Whether a run waits for objects, and none is at work."""
        dag_id = names.ingest_dag(self.feed)
        runs = self.client.runs([dag_id], "running")
        return any(
            self.client.task_states(dag_id, run_id).get("sense") == "deferred" for _, run_id in runs
        )


class AirflowGround:
    """A whole stack with a DAG for each of some feeds, and no other."""

    def __init__(self, folder: Path, cases: Collection[str]) -> None:
        """Write the DAG file and the contracts; nothing is started yet."""
        self.plan = Plan()
        self.stack = ProxiedStack(folder, self.plan)
        self._orphans: list[psutil.Process] = []
        self._feeds = {case: f"faults_{case.replace('-', '_')}" for case in cases}
        (self.stack.dags / "contracts").mkdir(parents=True)
        shutil.copy(DAGS / "ingest.py", self.stack.dags)
        for feed in self._feeds.values():
            write_contract(self.stack.dags / "contracts", feed, LoadMode.APPEND_FIRST)

    @contextmanager
    def ready(self) -> Iterator["AirflowGround"]:
        """Start everything, and stop it in the end."""
        with ExitStack() as stack:
            stack.callback(self._end_orphans)
            stack.enter_context(self.stack)
            self.client = Client(self.stack)
            yield self

    def _end_orphans(self) -> None:
        """Idle workers wait for ever where their scheduler alone was killed."""
        kill([process for process in self._orphans if process.is_running()])

    def watched(self, case: str) -> Watched:
        """The feed of a case."""
        self.plan.clear()
        feed = self._feeds[case]
        answer = Answer(LoadMode.APPEND_FIRST)
        return Watched(self.client, feed, answer, datetime.now(UTC), self)

    @property
    def staging_days(self) -> int | None:
        """After how many days staging tables go."""
        return next((p.strict.expirations.get(names.STAGING) for p in self.stack.proxies[1:]), None)

    def tasks(self) -> list[psutil.Process]:
        """The processes that tasks run in: the scheduler's children start one for each task."""
        workers = psutil.Process(self._pid(Service.SCHEDULER)).children()
        return [child for worker in workers for child in descendants(worker.pid)]

    def kill_tasks(self) -> int:
        """Kill -9 every process that a task runs in, and what it has started; how many."""
        return kill(self.tasks())

    def kill_workers(self) -> int:
        """Kill -9 the executor's workers that are at work, with their tasks.

        An idle one of the LocalExecutor holds the lock of the queue: killed, it takes it along,
        and no other gets a task until the scheduler is restarted.
        """
        workers = psutil.Process(self._pid(Service.SCHEDULER)).children()
        at_work = [worker for worker in workers if descendants(worker.pid)]
        return kill([*at_work, *self.tasks()])

    def kill(self, service: Service, *, with_children: bool = True) -> int:
        """Kill -9 a service, and what it has started; what is left alone ends with the ground."""
        pid = self._pid(service)
        started = descendants(pid)
        self._orphans += started
        return kill([psutil.Process(pid), *(started if with_children else [])])

    def restart(self, service: Service) -> None:
        """Start a service that was killed, and wait until it runs."""
        state = StackState.read(self.stack.state_dir)
        assert state is not None
        deadline = time.monotonic() + _BACK_SECONDS
        while not self._runs(service):
            if time.monotonic() > deadline:
                raise StackError(f"{service} is not back after {_BACK_SECONDS:.0f} s")
            Supervisor(state.socket).start(service.value)
            time.sleep(_POLL_SECONDS)

    def mend(self) -> None:
        """Take every fault away, and have every service run."""
        self.plan.clear()
        for service in EMULATORS | AIRFLOW:
            self.restart(service)

    def _runs(self, service: Service) -> bool:
        """Whether it does: Supervisor hears of a kill a little later."""
        status = self.stack.services[service]
        process = identify(status.pid) if status.pid else None
        return status.state == "running" and process is not None and is_alive(process)

    def _pid(self, service: Service) -> int:
        pid = self.stack.services[service].pid
        if pid is None:
            raise StackError(f"{service} does not run")
        return pid
