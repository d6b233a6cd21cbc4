"""Who listens beyond this machine: sockets of processes and of all that they have started."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

import psutil


def sockets(pids: Iterable[int]) -> list[tuple[str, str, int]]:
    """Program, address and port of each TCP socket that listens and each UDP socket bound to a
    port, of these processes and their descendants. Those that have ended have none.
    """
    found = set()
    for pid in pids:
        try:
            root = psutil.Process(pid)
            for process in (root, *root.children(recursive=True)):
                found |= _of(process)
        except psutil.NoSuchProcess:
            continue
    return sorted(found)


def beyond(pids: Iterable[int]) -> list[str]:
    """A line for each socket that other machines can reach."""
    return [
        f"{program} listens on {address} port {port}; valid: 127.0.0.1"
        for program, address, port in sockets(pids)
        if not is_loopback(address)
    ]


def is_loopback(address: str) -> bool:
    """Whether only this machine reaches the address, an IPv4 one in IPv6's form too."""
    found = ipaddress.ip_address(address)
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return (mapped or found).is_loopback


def _of(process: psutil.Process) -> set[tuple[str, str, int]]:
    return {
        (process.name(), connection.laddr.ip, connection.laddr.port)
        for connection in process.net_connections("inet")
        # A UDP socket has no state. One that has sent somewhere is no server.
        if connection.laddr
        and not connection.raddr
        and connection.status in {psutil.CONN_LISTEN, psutil.CONN_NONE}
    }
