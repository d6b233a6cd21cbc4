"""The application as a process that can be ended, and the users who visit it."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

import requests

from local.layout import APPLICATION
from tests.systems.processes import free_port, running

_USERS = 16


@dataclass
class Application:
    """The application under watch, which a test can end and start again."""

    log: Path
    port: int = field(default_factory=free_port)
    _running: ExitStack = field(default_factory=ExitStack)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, behaving well."""
        program = APPLICATION
        command = [sys.executable, str(program), str(self.port)]
        self._running.enter_context(running(command, f"{self.url}/healthz", self.log))

    def stop(self) -> None:
        """End it."""
        self._running.close()

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """It does not run in the block."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    @contextmanager
    def behaving(self, *, seconds: float = 0, fail_every: int = 0) -> Iterator[None]:
        """Each request takes ``seconds`` in the block, and every so manyth of the users' fails."""
        self._behave({"seconds": seconds, "fail_every": fail_every})
        try:
            yield
        finally:
            self._behave({"seconds": 0, "fail_every": 0})

    def _behave(self, behaviour: dict[str, float]) -> None:
        requests.put(f"{self.url}/behaviour", json=behaviour, timeout=10).raise_for_status()


@contextmanager
def users(application: Application) -> Iterator[None]:
    """A crowd that asks as fast as it is answered, but not faster than 80 times a second."""
    leave = Event()

    def visit() -> None:
        while not leave.wait(0.2):
            with suppress(requests.RequestException):
                requests.get(f"{application.url}/trips", timeout=5)

    crowd = [Thread(target=visit, daemon=True) for _ in range(_USERS)]
    for user in crowd:
        user.start()
    try:
        yield
    finally:
        leave.set()
        for user in crowd:
            user.join()
