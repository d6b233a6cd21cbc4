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

from atvos.metrics import Sample, send
from atvos.monitoring import mapping, registry
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
    _send_by_tcp(metrics_stack, f"{registry.SLO.name}:300|g|#" + ",".join(TAGS))

    name = registry.SLO.name
    labels = {"__name__": name, "job": "statsd", **LABELS}
    labels["instance"] = metrics_stack.url(Service.STATSD).removeprefix("http://")
    expected = [(labels, 300.0)]
    assert _within(20, lambda: _stored(metrics_stack, name), expected) == expected


@pytest.mark.parametrize(
    "line", ["heartbeat_timestamp:1|g", f"{registry.HEARTBEAT.name}:1|c"], ids=["name", "type"]
)
def test_an_unknown_name_or_type_is_dropped(metrics_stack: Stack, line: str) -> None:
    dropped = _dropped(metrics_stack)

    _send_by_tcp(metrics_stack, line)

    assert _within(10, lambda: _dropped(metrics_stack), dropped + 1) == dropped + 1
    assert _exported(metrics_stack, "heartbeat_timestamp") == []


def test_a_histogram_is_in_seconds_and_a_counter_adds_up(metrics_stack: Stack) -> None:
    for _ in range(2):
        client_samples = [
            Sample(registry.LATENCY, 50, LABELS),
            Sample(registry.STEP_RUNS, 1, {**LABELS, "step": "curate", "state": "failed"}),
        ]
        assert send(client_samples, "127.0.0.1", metrics_stack.ports.statsd) == 2

    def seen() -> tuple[list[float], list[float], list[float]]:
        latency = registry.LATENCY.name
        within = [
            value
            for labels, value in _exported(metrics_stack, f"{latency}_bucket")
            if labels["le"] == "60"
        ]
        total = [value for _, value in _exported(metrics_stack, f"{latency}_sum")]
        runs = [value for _, value in _exported(metrics_stack, registry.STEP_RUNS.name)]
        return within, total, runs

    expected = ([2.0], [100.0], [2.0])
    assert _within(10, seen, expected) == expected


@pytest.mark.parametrize(
    ("line", "name", "labels"),
    [
        ("airflow.scheduler_heartbeat:1|c", "airflow_scheduler_heartbeat_total", {}),
        (
            "airflow.pool.open_slots.default_pool:4|g",
            "airflow_pool_slots",
            {"pool": "default_pool", "state": "open"},
        ),
        ("airflow.executor.open_slots:3|g", "airflow_executor_slots", {"state": "open"}),
        (
            "airflow.ti_failures:1|c",
            "airflow_task_instances_finished_total",
            {"state": "failed"},
        ),
    ],
)
def test_what_airflow_says_of_itself_has_names_and_labels_of_ours(
    metrics_stack: Stack, line: str, name: str, labels: dict[str, str]
) -> None:
    _send_by_tcp(metrics_stack, line)

    def seen() -> list[dict[str, str]]:
        return [found for found, _ in _exported(metrics_stack, name)]

    assert _within(10, seen, [labels]) == [labels]


def test_airflow_adds_no_series_for_a_dag_or_a_task(metrics_stack: Stack) -> None:
    dropped = _dropped(metrics_stack)

    _send_by_tcp(metrics_stack, "airflow.dagrun.duration.success.ingest__vehicles:5|ms")

    assert _within(10, lambda: _dropped(metrics_stack), dropped + 1) == dropped + 1


def test_the_mapping_is_what_the_registry_makes_it() -> None:
    assert mapping.document() == STATSD_MAPPING.read_text(encoding="utf-8")


def test_the_mapping_has_every_metric_with_help_and_none_expires() -> None:
    content = yaml.safe_load(STATSD_MAPPING.read_text(encoding="utf-8"))
    *named, last = content["mappings"]

    assert content["defaults"] == {"ttl": "0s"}
    assert {entry["name"] for entry in named} == {metric.name for metric in registry.REGISTRY}
    assert all(entry["help"] for entry in named)
    assert (last["match"], last["match_type"], last["action"]) == (".", "regex", "drop")


def _send_by_tcp(stack: Stack, line: str) -> None:
    with socket.create_connection(("127.0.0.1", stack.ports.statsd)) as connection:
        connection.sendall(line.encode() + b"\n")


def _exported(stack: Stack, name: str) -> list[tuple[dict[str, str], float]]:
    text = requests.get(f"{stack.url(Service.STATSD)}/metrics", timeout=5).text
    found = re.findall(rf"^{name}(?:{{(.*)}})? (\S+)$", text, re.MULTILINE)
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
