"""Know processes for certain, and end them."""

import time
from collections.abc import Iterable

import psutil

from local.state import ProcessId


def identify(pid: int) -> ProcessId | None:
    """Return the identity of the process that now has `pid`, if there is one."""
    try:
        return ProcessId(pid, psutil.Process(pid).create_time())
    except psutil.NoSuchProcess:
        return None


def is_alive(process: ProcessId) -> bool:
    """Say whether this very process still runs, and not another one under its number."""
    try:
        found = psutil.Process(process.pid)
        if found.create_time() != process.started:
            return False
        # In a container nobody may collect what is left of a process that has ended.
        return bool(found.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def with_descendants(processes: Iterable[ProcessId]) -> set[ProcessId]:
    """Return those of `processes` that run, with all that they have started."""
    found: set[ProcessId] = set()
    for process in filter(is_alive, processes):
        found.add(process)
        try:
            children = psutil.Process(process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            continue
        found.update(filter(None, (identify(child.pid) for child in children)))
    return found


def end(processes: Iterable[ProcessId], *, patience_seconds: float) -> set[ProcessId]:
    """Wait for `processes` to end, kill those that have not; return what survives even that."""
    left = _wait(set(processes), patience_seconds)
    for process in left:
        try:
            psutil.Process(process.pid).kill()
        except psutil.NoSuchProcess:
            continue
    return _wait(left, 5)


def _wait(processes: set[ProcessId], limit_seconds: float) -> set[ProcessId]:
    deadline = time.monotonic() + limit_seconds
    while left := {process for process in processes if is_alive(process)}:
        if time.monotonic() > deadline:
            break
        time.sleep(0.1)
    return left
