"""Which ports the stack listens on, always on the loopback interface."""

import random
import socket
from collections.abc import Callable, Collection
from contextlib import closing
from dataclasses import asdict, dataclass, fields

LOOPBACK = "127.0.0.1"

# Below the range from which Linux gives ports to outgoing connections (32768 up),
# so that no client takes a port between its choice here and the server's bind.
_FREE_RANGE = range(20_000, 32_000)


@dataclass(frozen=True, slots=True)
class Ports:
    """One port for each endpoint of the stack."""

    airflow: int = 8080
    prometheus: int = 9090
    gcs: int = 9023
    bigquery: int = 9050
    bigquery_grpc: int = 9060
    statsd: int = 9125
    statsd_http: int = 9102
    alertmanager: int = 9093
    alert_relay: int = 9095
    blackbox: int = 9115
    node: int = 9100


def is_free(port: int) -> bool:
    """Say whether both TCP and UDP servers could listen on `port` of the loopback interface."""
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with closing(socket.socket(socket.AF_INET, kind)) as probe:
            if kind is socket.SOCK_STREAM:
                # Connections of a server that has just ended do not block its port.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                return False
    return True


def choose(
    *,
    preferred: Ports | None,
    needed: Collection[str],
    report: Callable[[str], None],
    free: Callable[[int], bool] = is_free,
) -> Ports:
    """Choose a free port for every endpoint.

    Keeps the `preferred` ones that are free, and reports each of the `needed`
    endpoints (field names of `Ports`) that has to move. Without `preferred`, any
    free port is as good as another and nothing is said.
    """
    candidates = iter(random.sample(_FREE_RANGE, len(_FREE_RANGE)))
    chosen: dict[str, int] = {}
    for name in (field.name for field in fields(Ports)):
        wanted = asdict(preferred)[name] if preferred else None
        if wanted is not None and free(wanted):
            chosen[name] = wanted
            continue
        chosen[name] = next(p for p in candidates if free(p))
        if wanted is not None and name in needed:
            report(f"port {wanted} ({name}) is taken, using {chosen[name]}")
    return Ports(**chosen)
