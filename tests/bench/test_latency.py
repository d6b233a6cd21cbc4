"""The latency bench tells medians and what is promised of them, and lands what it says it lands."""

import json

from atvos import contract
from bench.latency import FEED, OBJECT_BYTES, Latency, _registry_file, _telemetry, report
from local.layout import CONTRACTS


def test_the_report_compares_medians_with_what_is_promised() -> None:
    found = [Latency(20, 10, 5), Latency(14, 8, 4), Latency(90, 40, 9)]
    assert list(report(found)) == [
        "landed to queryable, 10 MB, median of 3",
        "  the DAG, scheduler running     20.0 s  (promised: at most 60 s)",
        "  by hand                        10.0 s  the DAG takes 2.00 times (promised: at most 2)",
        "  by hand, nothing checked        5.0 s  4.00 times",
    ]


def test_every_object_has_its_size_and_rows_of_its_own() -> None:
    first, second = _telemetry(0), _telemetry(1)
    assert all(OBJECT_BYTES <= len(content) < OBJECT_BYTES * 1.01 for content in (first, second))
    keys = [
        (event["deviceId"], event["timestamp"], event["viagemId"])
        for content in (first, second)
        for event in map(json.loads, content.splitlines())
    ]
    assert len(set(keys)) == len(keys)


def test_every_device_is_in_the_registry() -> None:
    registered = {line.split(",")[0] for line in _registry_file().decode().splitlines()[1:]}
    feed = contract.load_feed(CONTRACTS / f"{FEED}.odcs.yaml")
    lines = _telemetry(0).splitlines()[:500]
    events = [json.loads(line) for line in lines]
    assert {event["deviceId"] for event in events} <= registered
    assert set(events[0]) == {c.sources[0][0] for c in feed.read_columns}
