"""Sends samples to the StatsD exporter, and never fails whoever measures."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from atvos.monitoring.registry import Kind, Metric

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample: what a gauge stands at, what a counter grows by, or one observation."""

    metric: Metric
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


def send(samples: Iterable[Sample], host: str, port: int) -> int:
    """Send the samples as DogStatsD over UDP; returns how many were handed over.

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
            for sample in samples:
                _send_one(client, sample)
                handed_over += 1
    except OSError as error:
        _log.warning("metrics not sent to %s:%s: %s", host, port, error)
        return 0
    return handed_over


def _send_one(client: Any, sample: Sample) -> None:
    # Not `timing` for seconds: the exporter takes those for milliseconds.
    methods = {
        Kind.GAUGE: client.gauge,
        Kind.COUNTER: client.increment,
        Kind.HISTOGRAM: client.distribution,
    }
    tags = [f"{name}:{value}" for name, value in sorted(sample.labels.items())]
    methods[sample.metric.kind](sample.metric.name, sample.value, tags=tags)
