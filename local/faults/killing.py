"""kill -9, and who is there to be killed."""

import os
import signal
import time
from collections.abc import Collection
from contextlib import suppress

import psutil

from local.processes import identify, is_alive

CURATE_MAIN = "main.py"
"""What the command of a curate job has in it."""


def command_of(process: psutil.Process) -> str:
    """The command line of a process, empty where it has ended."""
    try:
        return " ".join(process.cmdline())
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return ""


def descendants(pid: int) -> list[psutil.Process]:
    """All that a process has started, and what they have."""
    try:
        return list(psutil.Process(pid).children(recursive=True))
    except psutil.NoSuchProcess:
        return []


def kill(processes: Collection[psutil.Process]) -> int:
    """Kill -9 them, and wait until they are gone; how many were alive."""
    known = [found for process in processes if (found := identify(process.pid))]
    alive = [process for process in known if is_alive(process)]
    for process in alive:
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
    while any(is_alive(process) for process in alive):
        time.sleep(0.01)
    return len(alive)
