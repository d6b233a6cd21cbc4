"""The embedded stack as one object: start it, look at it, end it."""

import subprocess
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

import requests

from local import alertmanager, prometheus, supervision, tools
from local.environment import (
    LANDING_BUCKET,
    PROJECT,
    WORK_BUCKET,
    Secrets,
    client_environment,
    process_environment,
)
from local.errors import StackError
from local.layout import AIRFLOW_BIN, DEFAULT_STATE_DIR, EMULATORS_BIN
from local.ports import Ports, choose
from local.processes import end, identify, with_descendants
from local.programs import READY_LIMIT_SECONDS, Site, is_ready, program
from local.services import AIRFLOW, ALL, FOUND, Service
from local.state import StackState
from local.supervision import Supervisor

_PORTS_OF: Mapping[Service, tuple[str, ...]] = {
    Service.GCS: ("gcs",),
    Service.BIGQUERY: ("bigquery", "bigquery_grpc"),
    Service.STATSD: ("statsd", "statsd_http"),
    Service.PROMETHEUS: ("prometheus",),
    Service.ALERT_RELAY: ("alert_relay",),
    Service.ALERTMANAGER: ("alertmanager",),
    Service.BLACKBOX: ("blackbox",),
    Service.NODE: ("node",),
    Service.API_SERVER: ("airflow",),
}
# Supervisor's words for a program's state, in ours; all others are "stopped".
_STATES = {
    "STARTING": "starting",
    "RUNNING": "running",
    "BACKOFF": "failed",
    "EXITED": "failed",
    "FATAL": "failed",
}
_MIGRATE_LIMIT_SECONDS = 180
_STOP_PATIENCE_SECONDS = 25
_POLL_SECONDS = 0.25
_SHOWN_LOG_LINES = 20


def say(line: str) -> None:
    """Print a progress line at once, also into a pipe."""
    print(line, flush=True)


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """A service as it is now."""

    service: Service
    state: str
    """running, starting, stopped, failed, or absent."""
    pid: int | None = None
    url: str | None = None
    log: Path | None = None
    note: str = ""
    """Why it is absent or failed."""


class Stack:
    """The services of one state directory, which is also their only tie to each other."""

    def __init__(
        self,
        state_dir: Path = DEFAULT_STATE_DIR,
        services: Collection[Service] = ALL,
        *,
        preferred_ports: Ports | None = None,
        report: Callable[[str], None] = say,
        find_tool: Callable[[Service], Path | None] = tools.find,
    ) -> None:
        """Describe a stack; nothing is started or written yet.

        Ports are free ones, unless `preferred_ports` names some to try first.
        `report` is given each line of progress.
        """
        self.state_dir = state_dir.resolve()
        self._wanted = tuple(service for service in Service if service in services)
        self._preferred_ports = preferred_ports
        self._report = report
        self._find_tool = find_tool

    @classmethod
    def attach(
        cls, state_dir: Path = DEFAULT_STATE_DIR, *, report: Callable[[str], None] = say
    ) -> Self:
        """Return the stack that another process has started in `state_dir`.

        Raises StackError if none runs there.
        """
        state = StackState.read(state_dir)
        if state is None or Supervisor(state.socket).pid() is None:
            raise StackError(f"no stack runs in {state_dir}: start one with `make up`")
        return cls(state_dir, (*state.services, *state.absent), report=report)

    def __enter__(self) -> Self:
        """Start the stack."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the stack."""
        self.stop()

    @property
    def ports(self) -> Ports:
        """The ports of the stack; raises StackError before it is started."""
        return self._state().ports

    def environment(self) -> dict[str, str]:
        """Return the variables that make a process a client of this stack.

        Raises StackError before it is started.
        """
        return dict(self._state().environment)

    def url(self, service: Service) -> str:
        """Return the address of a service that speaks HTTP.

        Raises StackError before the stack is started, ValueError for a service without one.
        """
        address = self._site(self._state()).url(service)
        if address is None:
            raise ValueError(f"{service} does not speak HTTP")
        return address

    @property
    def services(self) -> dict[Service, ServiceStatus]:
        """Every service that was asked for, as it is now; none if no stack was started."""
        state = StackState.read(self.state_dir)
        if state is None:
            return {}
        site, programs = self._site(state), Supervisor(state.socket).states()
        found = {name: _status(name, site, programs.get(name)) for name in state.services}
        absent = {
            name: ServiceStatus(name, "absent", note=why) for name, why in state.absent.items()
        }
        return {name: (found | absent)[name] for name in Service if name in found | absent}

    def start(self) -> None:
        """Start every service and return when all are ready.

        Does nothing if they already run; what is left of a stack that has broken is
        ended first. Raises StackError, with everything stopped again, if a service
        does not become ready.
        """
        _require_environments(self._wanted)
        if self._runs():
            self._report(f"the stack in {self.state_dir} is already running")
            return
        if StackState.read(self.state_dir):
            self._report(f"ending what is left of an earlier stack in {self.state_dir}")
            self.stop()
        state = self._prepare()
        with ExitStack() as undo:
            undo.callback(self.stop)
            self._launch(state)
            undo.pop_all()

    def stop(self) -> None:
        """End every process of the stack, and see that they are gone.

        Does nothing if none runs. Raises StackError if a process survives being killed.
        """
        state = StackState.read(self.state_dir)
        if state is None:
            self._report(f"no stack runs in {self.state_dir}")
            return
        supervisor = Supervisor(state.socket)
        pid = supervisor.pid()
        roots = {*state.processes, *filter(None, [identify(pid) if pid else None])}
        ours = with_descendants(roots)
        if pid is not None:
            supervisor.shut_down()
        # Without a Supervisor to stop its programs in order there is nothing to wait for.
        survivors = end(ours, patience_seconds=_STOP_PATIENCE_SECONDS if pid is not None else 0)
        if survivors:
            pids = ", ".join(str(process.pid) for process in survivors)
            raise StackError(f"these processes of {self.state_dir} cannot be ended: {pids}")
        state.socket.unlink(missing_ok=True)
        StackState.remove(self.state_dir)
        self._report(f"stopped: {len(ours)} processes ended")

    def _runs(self) -> bool:
        now = self.services
        for service in self._wanted:
            status = now.get(service)
            if status is None or status.state not in {"running", "absent"}:
                if status:
                    self._report(f"{service} is {status.state}")
                return False
        return bool(now) and any(status.state == "running" for status in now.values())

    def _state(self) -> StackState:
        state = StackState.read(self.state_dir)
        if state is None:
            raise StackError(f"no stack was started in {self.state_dir}")
        return state

    def _site(self, state: StackState) -> Site:
        return Site(self.state_dir, state.ports, {})

    def _prepare(self) -> StackState:
        """Choose ports and write everything the services read, the state file included."""
        for folder in ("logs", "contracts", "gcs", "bigquery", "gcloud", "airflow"):
            (self.state_dir / folder).mkdir(parents=True, exist_ok=True)
        found = {name: path for name in FOUND if (path := self._find_tool(name))}
        absent = {
            name: f"{tools.PROGRAMS[name].without}: not installed here (`make tools` says why)"
            for name in self._wanted
            if name in FOUND and name not in found
        }
        for name, why in absent.items():
            self._report(f"{name}: {why}")
        services = tuple(name for name in self._wanted if name not in absent)
        needed = {port for name in services for port in _PORTS_OF.get(name, ())}
        ports = choose(preferred=self._preferred_ports, needed=needed, report=self._report)
        keys = Secrets.load_or_create(self.state_dir / "secrets.json")
        state = StackState(
            services=services,
            absent=absent,
            ports=ports,
            socket=supervision.socket_path(self.state_dir),
            environment=client_environment(self.state_dir, ports, keys),
        )
        site = Site(self.state_dir, ports, found)
        prometheus.write_configuration(self.state_dir / "prometheus", ports, services)
        alertmanager.write_configuration(self.state_dir / "alertmanager", ports)
        (self.state_dir / "supervisord.conf").write_text(
            supervision.render(
                [program(name, site) for name in services],
                socket=state.socket,
                state_dir=self.state_dir,
            )
        )
        state.write(self.state_dir)
        return state

    def _launch(self, state: StackState) -> None:
        """Start the prepared services, the ones that Airflow needs before Airflow."""
        environment = process_environment(state.environment)
        supervisor = Supervisor.launch(
            self.state_dir / "supervisord.conf", state.socket, environment
        )
        airflow = [name for name in state.services if name in AIRFLOW]
        others = [name for name in state.services if name not in AIRFLOW]
        self._start(supervisor, state, others)
        if airflow:
            self._migrate(environment)
            self._start(supervisor, state, airflow)
        self._wait(supervisor, state, others)
        if Service.GCS in others:
            self._create_buckets(state)
        self._wait(supervisor, state, airflow)

    def _start(self, supervisor: Supervisor, state: StackState, services: list[Service]) -> None:
        for service in services:
            supervisor.start(service.value)
        pids = [supervisor.pid(), *(program.pid for program in supervisor.states().values())]
        processes = tuple(filter(None, (identify(pid) for pid in pids if pid)))
        # A Supervisor that is killed leaves its programs behind; this finds them again.
        replace(state, processes=processes).write(self.state_dir)

    def _migrate(self, environment: Mapping[str, str]) -> None:
        self._report("airflow: preparing the metadata database")
        log = self.state_dir / "logs" / "airflow-db-migrate.log"
        try:
            with log.open("w") as output:
                subprocess.run(
                    [str(AIRFLOW_BIN / "airflow"), "db", "migrate"],
                    env=dict(environment),
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    stdin=subprocess.DEVNULL,
                    timeout=_MIGRATE_LIMIT_SECONDS,
                    check=True,
                )
        except subprocess.SubprocessError as error:
            raise StackError(f"`airflow db migrate` failed: {error}\n{_tail(log)}") from error

    def _wait(self, supervisor: Supervisor, state: StackState, services: list[Service]) -> None:
        """Return when all `services` are ready; raise StackError for the first that is not."""
        site, began, waiting = self._site(state), time.monotonic(), list(services)
        while waiting:
            programs = supervisor.states()
            taken = time.monotonic() - began
            for service in tuple(waiting):
                status = _status(service, site, programs.get(service))
                if status.state in {"failed", "stopped"}:
                    why = f"ended while starting ({status.note})"
                    raise StackError(f"{service} {why}\n{_tail(site.log(service))}")
                started = programs[service].started
                if status.state == "running" and is_ready(service, site, started):
                    self._report(f"{service}: ready{f' at {status.url}' if status.url else ''}")
                    waiting.remove(service)
                elif taken > READY_LIMIT_SECONDS[service]:
                    why = f"is not ready after {taken:.0f} s"
                    raise StackError(f"{service} {why}\n{_tail(site.log(service))}")
            time.sleep(_POLL_SECONDS if waiting else 0)

    def _create_buckets(self, state: StackState) -> None:
        url = self._site(state).url(Service.GCS)
        for bucket in (LANDING_BUCKET, WORK_BUCKET):
            answer = requests.post(
                f"{url}/storage/v1/b",
                params={"project": PROJECT},
                json={"name": bucket},
                timeout=10,
            )
            if answer.status_code != requests.codes.conflict:  # it is there from an earlier run
                answer.raise_for_status()


def _require_environments(services: Collection[Service]) -> None:
    needed = [AIRFLOW_BIN / "supervisord"]
    if not {Service.GCS, Service.BIGQUERY}.isdisjoint(services):
        needed.append(EMULATORS_BIN / "bqemulator")
    for path in needed:
        if not path.exists():
            raise StackError(f"{path} is missing: run `make install`")


def _status(service: Service, site: Site, found: supervision.ProgramState | None) -> ServiceStatus:
    state = _STATES.get(found.state, "stopped") if found else "stopped"
    return ServiceStatus(
        service=service,
        state=state,
        pid=found.pid if found else None,
        url=site.url(service),
        log=site.log(service),
        note=found.detail if found and state == "failed" else "",
    )


def _tail(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    shown = "\n".join(f"  {line}" for line in lines[-_SHOWN_LOG_LINES:]) or "  (it is empty)"
    return f"log: {log}\nits last lines:\n{shown}"
