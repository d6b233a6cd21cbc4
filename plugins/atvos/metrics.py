"""Sends gauges to the StatsD exporter, and never fails whoever measures."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterable

from atvos.freshness import Gauge

_log = logging.getLogger(__name__)


def send(gauges: Iterable[Gauge], host: str, port: int) -> int:
    """Send the gauges as DogStatsD over UDP; returns how many were handed over.

    UDP gives no receipt: the heartbeat sends every gauge again. A host that cannot be found
    is logged, and nothing counts as handed over.
    """
    # Imported here because DAG files import this module when they are parsed.
    from datadog.dogstatsd.base import DogStatsd

    handed_over = 0
    try:
        # DogStatsd drops what it cannot send, and tells nobody who asks.
        socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
        client = DogStatsd(
            host=host,
            port=port,
            disable_telemetry=True,
            disable_buffering=True,
            socket_timeout=1,
            # A field for Datadog's own agent, which the exporter counts as an error.
            origin_detection_enabled=False,
        )
        with client:
            for gauge in gauges:
                tags = [f"{name}:{value}" for name, value in sorted(gauge.labels.items())]
                client.gauge(gauge.name, gauge.value, tags=tags)
                handed_over += 1
    except OSError as error:
        _log.warning("metrics not sent to %s:%s: %s", host, port, error)
        return 0
    return handed_over
