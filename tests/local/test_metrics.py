"""Metrics from a client to Prometheus, through the mapping that production uses."""

import re
import socket
import time
from collections.abc import Callable
from typing import TypeVar

import pytest
import requests
import yaml
from datadog.dogstatsd.base import DogStatsd

from atvos import freshness
from local.layout import STATSD_MAPPING
from local.services import Service
from local.stack import Stack

Seen = TypeVar("Seen")

TAGS = ["dataset:telemetry_events", "layer:curated", "tier:1"]
LABELS = {"dataset": "telemetry_events", "layer": "curated", "tier": "1"}


def test_a_gauge_sent_by_udp_has_exactly_its_tags_as_labels(metrics_stack: Stack) -> None:
    client = DogStatsd(host="127.0.0.1", port=metrics_stack.ports.statsd, disable_telemetry=True)

    client.gauge("dataset_last_success_timestamp_seconds", 1748736000, tags=TAGS)
    client.flush()

    expected = [(LABELS, 1748736000.0)]
    assert (
        _within(
            10, lambda: _exported(metrics_stack, "dataset_last_success_timestamp_seconds"), expected
        )
        == expected
    )


def test_a_gauge_sent_by_tcp_reaches_prometheus(metrics_stack: Stack) -> None:
    _send_by_tcp(metrics_stack, f"{freshness.SLO}:300|g|#" + ",".join(TAGS))

    name = freshness.SLO
    labels = {"__name__": name, "job": "statsd", **LABELS}
    labels["instance"] = metrics_stack.url(Service.STATSD).removeprefix("http://")
    expected = [(labels, 300.0)]
    assert _within(20, lambda: _stored(metrics_stack, name), expected) == expected


@pytest.mark.parametrize(
    "line", ["heartbeat_timestamp:1|g", f"{freshness.HEARTBEAT}:1|c"], ids=["name", "type"]
)
def test_an_unknown_name_or_type_is_dropped(metrics_stack: Stack, line: str) -> None:
    dropped = _dropped(metrics_stack)

    _send_by_tcp(metrics_stack, line)

    assert _within(10, lambda: _dropped(metrics_stack), dropped + 1) == dropped + 1
    assert _exported(metrics_stack, "heartbeat_timestamp") == []


def test_the_mapping_has_every_metric_that_is_sent_with_help_and_without_expiry() -> None:
    mapping = yaml.safe_load(STATSD_MAPPING.read_text())
    *named, last = mapping["mappings"]

    assert mapping["defaults"] == {"ttl": "0s"}
    assert [entry["match"] for entry in named] == [
        freshness.LAST_EVENT,
        freshness.LAST_SUCCESS,
        freshness.SLO,
        freshness.HEARTBEAT,
    ]
    assert all(entry["name"] == entry["match"] and entry["help"] for entry in named)
    assert (last["match"], last["match_type"], last["action"]) == (".", "regex", "drop")


def _send_by_tcp(stack: Stack, line: str) -> None:
    with socket.create_connection(("127.0.0.1", stack.ports.statsd)) as connection:
        connection.sendall(line.encode() + b"\n")


def _exported(stack: Stack, name: str) -> list[tuple[dict[str, str], float]]:
    text = requests.get(f"{stack.url(Service.STATSD)}/metrics", timeout=5).text
    found = re.findall(rf"^{name}{{(.*)}} (\S+)$", text, re.MULTILINE)
    return [(dict(re.findall(r'(\w+)="(.*?)"', labels)), float(value)) for labels, value in found]


def _dropped(stack: Stack) -> float:
    counts = _exported(stack, "statsd_exporter_events_actions_total")
    return sum(value for labels, value in counts if labels == {"action": "drop"})


def _stored(stack: Stack, name: str) -> list[tuple[dict[str, str], float]]:
    url = f"{stack.url(Service.PROMETHEUS)}/api/v1/query"
    answer = requests.get(url, params={"query": name}, timeout=5).json()
    return [(series["metric"], float(series["value"][1])) for series in answer["data"]["result"]]


def _within(seconds: float, look: Callable[[], Seen], wanted: Seen) -> Seen:
    """Look until `wanted` is seen or time is up; return what was seen last."""
    deadline = time.monotonic() + seconds
    while (seen := look()) != wanted and time.monotonic() < deadline:
        time.sleep(0.2)
    return seen
