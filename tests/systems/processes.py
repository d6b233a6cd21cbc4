"""Programs that a test starts, waits for, and ends."""

import random
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import requests

from local.ports import is_free

_READY_SECONDS = 20


def free_port() -> int:
    """A port of the loopback interface that nothing listens on."""
    candidates = iter(random.sample(range(20_000, 32_000), 1_000))
    return next(filter(is_free, candidates))


@contextmanager
def running(command: Sequence[str], ready: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server until the block ends; it begins when ``ready`` (a URL) answers 200."""
    with log.open("ab") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL)
    try:
        _wait(process, ready, log)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=10)


def _wait(process: subprocess.Popen[bytes], ready: str, log: Path) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while not _answers(ready):
        if process.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(f"{ready} does not answer: {log.read_text()[-2000:]}")
        time.sleep(0.1)


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).ok
    except requests.RequestException:
        return False
