"""The guard is in force in every test, and lets this machine through."""

import socket

import pytest
import requests

from tests.network_guard import NetworkBlockedError

OUTSIDE = "192.0.2.1"  # an address that is nobody's, kept for documentation


def test_connecting_beyond_this_machine_fails() -> None:
    with socket.socket() as client, pytest.raises(NetworkBlockedError, match=OUTSIDE):
        client.connect((OUTSIDE, 80))


def test_a_datagram_beyond_this_machine_fails() -> None:
    with (
        socket.socket(type=socket.SOCK_DGRAM) as client,
        pytest.raises(NetworkBlockedError, match=OUTSIDE),
    ):
        client.sendto(b"x", (OUTSIDE, 80))


def test_a_request_by_name_fails_before_it_is_resolved() -> None:
    with pytest.raises(NetworkBlockedError, match=r"storage\.googleapis\.com"):
        requests.get("https://storage.googleapis.com", timeout=5)


def test_this_machine_can_be_reached() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(("localhost", server.getsockname()[1])) as client,
    ):
        assert client.getpeername() == server.getsockname()
