"""Nothing of a stack listens beyond this machine, be it TCP or UDP."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from local.security.listening import beyond, is_loopback, sockets
from local.services import EMULATORS, MONITORING, Service
from local.stack import Stack

_SERVER = """
import socket, sys
kind = socket.SOCK_STREAM if sys.argv[2] == "tcp" else socket.SOCK_DGRAM
server = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET, kind)
server.bind((sys.argv[1], 0))
if sys.argv[2] == "tcp":
    server.listen()
print(server.getsockname()[1], flush=True)
sys.stdin.read()
"""
_PARENT = """
import subprocess, sys
sys.exit(subprocess.run([sys.executable, "-c", *sys.argv[1:]]).returncode)
"""


@contextmanager
def listening(*arguments: str) -> Iterator[tuple[int, int]]:
    """A child of a child that listens: the pid of the first, and the port of the other."""
    command = [sys.executable, "-c", _PARENT, _SERVER, *arguments]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield process.pid, int(process.stdout.readline())
        # Its input ends with the block, and with it the server.


def pids_of(stack: Stack) -> list[int]:
    """The processes of a stack, its supervisor included."""
    supervisor = int((stack.state_dir / "supervisord.pid").read_text())
    return [supervisor, *(status.pid for status in stack.services.values() if status.pid)]


@pytest.mark.slow
def test_no_service_of_a_stack_listens_beyond_this_machine(tmp_path: Path) -> None:
    with Stack(tmp_path / "state", EMULATORS | MONITORING) as stack:
        running = {name for name, status in stack.services.items() if status.pid}
        found = sockets(pids_of(stack))

        assert beyond(pids_of(stack)) == []
        ports = {port for _, _, port in found}
        # UDP, and those of a grandchild's gRPC server.
        assert {stack.ports.gcs, stack.ports.bigquery, stack.ports.bigquery_grpc} <= ports
        if Service.STATSD in running:
            assert stack.ports.statsd in ports


@pytest.mark.parametrize("kind", ["tcp", "udp"])
@pytest.mark.parametrize("address", ["0.0.0.0", "::"])
def test_a_planted_server_on_every_interface_is_found(address: str, kind: str) -> None:
    with listening(address, kind) as (pid, port):
        (found,) = beyond([pid])

    assert found.endswith(f"listens on {address} port {port}; valid: 127.0.0.1")


@pytest.mark.parametrize("kind", ["tcp", "udp"])
def test_a_server_on_the_loopback_interface_is_seen_and_fine(kind: str) -> None:
    with listening("127.0.0.1", kind) as (pid, port):
        assert [place[1:] for place in sockets([pid])] == [("127.0.0.1", port)]
        assert beyond([pid]) == []


def test_a_process_that_has_ended_listens_no_more() -> None:
    with listening("0.0.0.0", "tcp") as (pid, _):
        pass

    assert beyond([pid]) == []


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.0.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("::ffff:10.0.0.1", False),
        ("0.0.0.0", False),
        ("::", False),
        ("10.1.2.3", False),
    ],
)
def test_only_loopback_addresses_are_of_this_machine_alone(address: str, expected: bool) -> None:
    assert is_loopback(address) is expected
