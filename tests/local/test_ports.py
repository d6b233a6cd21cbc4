"""Ports: preferred ones if they are free, told when they are not."""

import socket
from dataclasses import astuple

from local.ports import Ports, choose, is_free


def test_preferred_ports_are_kept_when_they_are_free(lines: list[str]) -> None:
    preferred = Ports()

    chosen = choose(
        preferred=preferred, needed=["gcs"], report=lines.append, free=lambda _port: True
    )

    assert (chosen, lines) == (preferred, [])


def test_a_taken_port_moves_and_is_reported(lines: list[str]) -> None:
    chosen = choose(
        preferred=Ports(), needed=["gcs"], report=lines.append, free=lambda port: port != 9023
    )

    assert chosen.gcs != 9023
    assert lines == [f"port 9023 (gcs) is taken, using {chosen.gcs}"]


def test_a_taken_port_that_is_not_needed_moves_in_silence(lines: list[str]) -> None:
    choose(preferred=Ports(), needed=[], report=lines.append, free=lambda port: port != 9023)

    assert lines == []


def test_without_preference_all_ports_are_free_and_different(lines: list[str]) -> None:
    chosen = astuple(choose(preferred=None, needed=["gcs"], report=lines.append))

    assert len(set(chosen)) == len(chosen)
    assert all(is_free(port) for port in chosen)
    assert lines == []


def test_a_port_with_a_tcp_server_is_not_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert not is_free(server.getsockname()[1])


def test_a_port_with_a_udp_server_is_not_free() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        assert not is_free(server.getsockname()[1])
