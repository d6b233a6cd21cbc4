"""A small application of the drill's own, watched as those are that the data comes from."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

import requests
import yaml

from local import faster
from local.errors import StackError
from local.layout import APPLICATION, PROMETHEUS_CONFIG
from local.ports import LOOPBACK

NAME = "drill-api"
_READY_SECONDS = 20
_PAUSE_SECONDS = 0.05


def rules(scale: float) -> dict[str, Any]:
    """Production's rules of systems, at the drill's pace."""
    file = PROMETHEUS_CONFIG.parent / "rules" / "systems.yml"
    found: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return faster.faster_rules(found, round(1 / scale))


@contextmanager
def application(port: int, log: Path) -> Iterator[str]:
    """The address of the application, which has users for as long as it runs."""
    url = f"http://{LOOPBACK}:{port}"
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, str(APPLICATION), str(port)],
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
        )
    over = Event()
    users = Thread(target=_use, args=(url, over), daemon=True)
    try:
        _wait(url, process)
        users.start()
        yield url
    finally:
        over.set()
        if users.is_alive():
            users.join(timeout=10)
        process.terminate()
        process.wait(timeout=10)


def behave(url: str, **behaviour: float) -> None:
    """Have the application fail every so manyth request, or take so many seconds for each."""
    requests.put(f"{url}/behaviour", json=behaviour, timeout=10).raise_for_status()


def _use(url: str, over: Event) -> None:
    with requests.Session() as session:
        while not over.wait(_PAUSE_SECONDS):
            try:
                session.get(f"{url}/trips", timeout=5)
            except requests.RequestException:
                continue


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            requests.get(f"{url}/healthz", timeout=2).raise_for_status()
        except requests.RequestException:
            time.sleep(0.1)
        else:
            return
    raise StackError(f"the application at {url} does not answer")
