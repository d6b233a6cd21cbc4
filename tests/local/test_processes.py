"""Processes are known by more than their number, and are ended for certain."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest

from local.processes import end, identify, is_alive, with_descendants
from local.state import ProcessId

STUBBORN = (
    "import signal, subprocess, sys\n"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
    "print(child.pid, flush=True)\n"
    "child.wait()\n"
)


@pytest.fixture
def family() -> Iterator[tuple[ProcessId, ProcessId]]:
    """A process that does not listen to signals, and its child."""
    with subprocess.Popen([sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child, mother = identify(int(parent.stdout.readline())), identify(parent.pid)
        assert child is not None
        assert mother is not None
        yield mother, child
        parent.kill()


def test_descendants_are_found(family: tuple[ProcessId, ProcessId]) -> None:
    parent, child = family

    assert with_descendants([parent]) == {parent, child}


def test_whatever_does_not_end_is_killed(family: tuple[ProcessId, ProcessId]) -> None:
    assert end(family, patience_seconds=0) == set()
    assert not any(is_alive(process) for process in family)


def test_another_process_under_the_same_number_is_not_taken_for_it(
    family: tuple[ProcessId, ProcessId],
) -> None:
    parent, _ = family

    assert not is_alive(replace(parent, started=parent.started - 1))


def test_a_number_that_nobody_has_is_no_process() -> None:
    assert identify(2**31 - 1) is None
