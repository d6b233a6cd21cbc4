"""Samples reach a socket as DogStatsD text, and no socket fails whoever measures."""

import logging
import socket
from collections.abc import Iterator

import pytest

from atvos.metrics import Sample, send
from atvos.monitoring import registry
from atvos.monitoring.registry import Kind, Metric

AGE = Sample(registry.SLO, 300.0, {"tier": "1", "dataset": "vehicles"})
BEAT = Sample(registry.HEARTBEAT, 1748865600.5)


@pytest.fixture
def exporter() -> Iterator[socket.socket]:
    """A UDP socket that stands for the StatsD exporter."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.settimeout(5)
        yield listening


@pytest.fixture
def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def received(exporter: socket.socket) -> str:
    return exporter.recv(4096).decode()


def test_a_gauge_is_a_line_with_its_labels_sorted(exporter: socket.socket) -> None:
    assert send([AGE], *exporter.getsockname()) == 1
    assert received(exporter) == (
        "dataset_freshness_slo_seconds:300.0|g|#dataset:vehicles,tier:1\n"
    )


def test_a_gauge_without_labels_has_no_tags(exporter: socket.socket) -> None:
    send([BEAT], *exporter.getsockname())
    assert received(exporter) == "heartbeat_timestamp_seconds:1748865600.5|g\n"


@pytest.mark.parametrize(
    ("metric", "line"),
    [
        (registry.STEP_RUNS, "dataset_step_runs_total:1|c\n"),
        # Not "ms": the exporter would divide it by a thousand.
        (registry.STEP_DURATION, "dataset_step_duration_seconds:1|d\n"),
    ],
    ids=["counter", "histogram"],
)
def test_a_kind_of_metric_has_its_own_type(
    exporter: socket.socket, metric: Metric, line: str
) -> None:
    send([Sample(metric, 1)], *exporter.getsockname())
    assert received(exporter) == line


def test_more_gauges_than_a_datagram_holds_all_arrive_as_whole_lines(
    exporter: socket.socket,
) -> None:
    gauges = [
        Sample(Metric(f"gauge_{n}", Kind.GAUGE, ""), float(n), AGE.labels) for n in range(100)
    ]
    assert send(gauges, *exporter.getsockname()) == 100
    lines: list[str] = []
    while len(lines) < len(gauges):
        lines += received(exporter).splitlines()
    assert lines == [f"gauge_{n}:{n}.0|g|#dataset:vehicles,tier:1" for n in range(100)]


def test_nothing_else_is_sent(exporter: socket.socket) -> None:
    send([], *exporter.getsockname())
    exporter.settimeout(0.2)
    with pytest.raises(TimeoutError):
        received(exporter)


def test_a_port_where_nobody_listens_fails_nothing(closed_port: int) -> None:
    send([AGE, BEAT, AGE], "127.0.0.1", closed_port)


def test_a_host_that_cannot_be_resolved_fails_nothing_and_is_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with caplog.at_level(logging.WARNING):
        assert send([AGE], "statsd.invalid", 9125) == 0
    assert "metrics not sent to statsd.invalid:9125" in caplog.text
