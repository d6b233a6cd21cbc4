"""Freshness is published as timestamps, and what is unknown is not published at all."""

from datetime import timedelta

from atvos.contract import LoadMode
from atvos.freshness import Gauge, gauges, gauges_of, heartbeat
from atvos.ledger import Published
from tests.atvos.examples import LANDED, model, positions

NOW = LANDED + timedelta(hours=1)
LABELS = {"dataset": "positions", "layer": "curated", "tier": "1"}
SLO = Gauge("dataset_freshness_slo_seconds", 300.0, LABELS)


def last_event(seconds: float) -> Gauge:
    return Gauge("dataset_last_event_timestamp_seconds", seconds, LABELS)


def last_success(seconds: float) -> Gauge:
    return Gauge("dataset_last_success_timestamp_seconds", seconds, LABELS)


def test_a_published_table_has_its_newest_event_its_publish_and_its_promise() -> None:
    found = gauges(positions(), Published(LANDED, NOW), NOW)
    assert found == [SLO, last_event(LANDED.timestamp()), last_success(NOW.timestamp())]


def test_an_event_after_now_is_clamped_to_now() -> None:
    ahead = Published(NOW + timedelta(minutes=4), NOW)
    assert last_event(NOW.timestamp()) in gauges(positions(), ahead, NOW)


def test_what_never_happened_has_no_gauge() -> None:
    assert gauges(positions(), None, NOW) == [SLO]
    assert gauges(positions(), Published(None, None), NOW) == [SLO]


def test_a_publish_without_an_event_has_no_event_gauge() -> None:
    assert gauges(positions(), Published(None, NOW), NOW) == [SLO, last_success(NOW.timestamp())]


def test_each_table_gets_its_own_state_and_labels() -> None:
    vehicles = positions(LoadMode.REPLACE_SNAPSHOT, "vehicles")
    published = {"vehicles": Published(LANDED, NOW), "somebody_elses": Published(NOW, NOW)}
    found = gauges_of([positions(), vehicles, model()], published, NOW)
    assert [(gauge.labels["dataset"], gauge.labels["layer"], gauge.name) for gauge in found] == [
        ("positions", "curated", "dataset_freshness_slo_seconds"),
        ("vehicles", "curated", "dataset_freshness_slo_seconds"),
        ("vehicles", "curated", "dataset_last_event_timestamp_seconds"),
        ("vehicles", "curated", "dataset_last_success_timestamp_seconds"),
        ("fct_positions", "marts", "dataset_freshness_slo_seconds"),
    ]


def test_the_heartbeat_is_the_time_of_the_beat() -> None:
    assert heartbeat(NOW) == Gauge("heartbeat_timestamp_seconds", NOW.timestamp(), {})
