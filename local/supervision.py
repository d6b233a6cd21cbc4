"""Supervisor as the stack's process runner: its configuration, its start, its questions."""

import contextlib
import hashlib
import shlex
import subprocess
import tempfile
import time
import xmlrpc.client  # nosec B411: supervisor answers on its own socket in a folder of this user
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import Any

from supervisor.xmlrpc import SupervisorTransport

from local.errors import StackError
from local.layout import AIRFLOW_BIN

_LAUNCH_LIMIT_SECONDS = 15
# The kernel takes 107 bytes for a socket's path; Supervisor adds its pid for a moment.
_SOCKET_PATH_LIMIT = 90


@dataclass(frozen=True, slots=True)
class Program:
    """A command for Supervisor to run."""

    name: str
    command: tuple[str, ...]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProgramState:
    """What Supervisor says of a program: STOPPED, STARTING, RUNNING, EXITED, FATAL ..."""

    state: str
    pid: int | None
    started: float
    detail: str


def socket_path(state_dir: Path) -> Path:
    """Return where the stack of `state_dir` is spoken to, in a path short enough for a socket."""
    path = state_dir / "supervisor.sock"
    if len(bytes(path)) <= _SOCKET_PATH_LIMIT:
        return path
    digest = hashlib.sha256(bytes(path)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"atvos-stack-{digest}.sock"


def render(programs: Iterable[Program], *, socket: Path, state_dir: Path) -> str:
    """Return the configuration file with which Supervisor runs `programs` when told to."""
    sections = [
        _section("unix_http_server", file=socket, chmod="0700"),
        _section("rpcinterface:supervisor", **{_FACTORY: _INTERFACE}),
        _section(
            "supervisord",
            logfile=state_dir / "logs" / "supervisord.log",
            logfile_maxbytes=0,
            pidfile=state_dir / "supervisord.pid",
            childlogdir=state_dir / "logs",
            directory=state_dir,
        ),
        *(_program_section(program) for program in programs),
    ]
    return "\n".join(sections)


_FACTORY = "supervisor.rpcinterface_factory"
_INTERFACE = "supervisor.rpcinterface:make_main_rpcinterface"


def _program_section(program: Program) -> str:
    quoted = (f'{name}="{value}"' for name, value in sorted(program.environment.items()))
    return _section(
        f"program:{program.name}",
        command=shlex.join(program.command),
        environment=",".join(quoted),
        stdout_logfile=program.log,
        stdout_logfile_maxbytes=0,
        redirect_stderr="true",
        # The stack starts programs in its own order. One that dies stays dead: a
        # quiet restart would empty the gauges and hide the reason.
        autostart="false",
        autorestart="false",
        startsecs=1,
        startretries=0,
        # Programs have children of their own, and those end with them.
        stopasgroup="true",
        killasgroup="true",
        stopwaitsecs=15,
    )


def _section(title: str, **options: object) -> str:
    # Supervisor expands %(name)s in every value.
    lines = (f"{name} = {str(value).replace('%', '%%')}" for name, value in options.items())
    return "\n".join([f"[{title}]", *lines, ""])


class Supervisor:
    """A Supervisor that runs, or may run, behind a socket."""

    def __init__(self, socket: Path) -> None:
        """Speak to the Supervisor behind `socket`; nothing is sent yet."""
        self._socket = socket

    @classmethod
    def launch(
        cls, configuration: Path, socket: Path, environment: Mapping[str, str]
    ) -> "Supervisor":
        """Start a Supervisor in the background and return once it answers.

        Raises StackError with what it printed if it does not start.
        """
        socket.unlink(missing_ok=True)  # left by one that was killed
        started = subprocess.run(
            [str(AIRFLOW_BIN / "supervisord"), "-c", str(configuration)],
            env=dict(environment),
            capture_output=True,
            text=True,
            timeout=_LAUNCH_LIMIT_SECONDS,
            check=False,
        )
        supervisor = cls(socket)
        deadline = time.monotonic() + _LAUNCH_LIMIT_SECONDS
        while started.returncode == 0 and time.monotonic() < deadline:
            if supervisor.pid() is not None:
                return supervisor
            time.sleep(0.05)
        said = (started.stderr or started.stdout).strip() or "it does not answer"
        raise StackError(f"Supervisor did not start with {configuration}: {said}")

    def pid(self) -> int | None:
        """Return Supervisor's process id, or None if none answers."""
        try:
            return int(self._call("getPID"))
        except (OSError, HTTPException):
            return None

    def start(self, name: str) -> None:
        """Have a program started, without waiting for it."""
        # A command that is not there is refused at once; the state shows it as well.
        with contextlib.suppress(xmlrpc.client.Fault):
            self._call("startProcess", name, False)

    def stop(self, name: str) -> None:
        """Have a program stopped, and wait until it is."""
        with contextlib.suppress(xmlrpc.client.Fault):
            self._call("stopProcess", name, True)

    def states(self) -> dict[str, ProgramState]:
        """Return every program's state by its name; nothing if no Supervisor answers."""
        try:
            answer = self._call("getAllProcessInfo")
        except (OSError, HTTPException):
            return {}
        return {
            info["name"]: ProgramState(
                state=info["statename"],
                pid=info["pid"] or None,
                started=float(info["start"]),
                detail=info["spawnerr"] or info["description"],
            )
            for info in answer
        }

    def shut_down(self) -> None:
        """Have all programs stopped side by side, then Supervisor itself; do not wait."""
        with contextlib.suppress(OSError, HTTPException, xmlrpc.client.Fault):
            self._call("stopAllProcesses", False)
            self._call("shutdown")

    def _call(self, method: str, *arguments: object) -> Any:
        transport = SupervisorTransport(serverurl=f"unix://{self._socket}")
        with xmlrpc.client.ServerProxy("http://supervisor", transport=transport) as server:
            return getattr(server.supervisor, method)(*arguments)
