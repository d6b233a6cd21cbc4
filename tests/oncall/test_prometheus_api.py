"""What is read from Prometheus."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from atvos.oncall.facts import Metrics
from atvos.oncall.prometheus_api import Prometheus
from atvos.oncall.sessions import ServiceError
from tests.dags.api_stub import Answer, served

Samples = dict[str, list[tuple[dict[str, str], str]]]


@pytest.fixture
def samples() -> Samples:
    """Labels and values by expression."""
    return {}


@pytest.fixture
def url(samples: Samples) -> Iterator[str]:
    """A Prometheus with these samples."""

    def respond(_method: str, path: str, query: dict[str, str], _body: dict[str, Any]) -> Answer:
        assert path == "/api/v1/query"
        found = [
            {"metric": labels, "value": [1748865600.0, value]}
            for labels, value in samples.get(query["query"], [])
        ]
        return 200, {"status": "success", "data": {"resultType": "vector", "result": found}}

    with served(respond) as address:
        yield address


def test_without_series_nothing_is_known(url: str) -> None:
    assert Prometheus(url).metrics() == Metrics(None, None, {})


def test_series_become_times(samples: Samples, url: str) -> None:
    samples['up{job="statsd"}'] = [({"job": "statsd"}, "1")]
    samples["heartbeat_timestamp_seconds"] = [({}, "1748865600")]
    samples["dataset_last_success_timestamp_seconds"] = [
        ({"dataset": "trips", "layer": "curated", "tier": "1"}, "1748862000.5")
    ]
    assert Prometheus(url).metrics() == Metrics(
        True,
        datetime(2025, 6, 2, 12, tzinfo=UTC),
        {"trips": datetime(2025, 6, 2, 11, 0, 0, 500_000, tzinfo=UTC)},
    )


def test_an_exporter_that_cannot_be_scraped_is_down(samples: Samples, url: str) -> None:
    samples['up{job="statsd"}'] = [({"job": "statsd"}, "0")]
    assert Prometheus(url).metrics().exporter_up is False


def test_something_else_at_the_address_is_said_to_be() -> None:
    with (
        served(lambda *_: (200, {"detail": "hello"})) as address,
        pytest.raises(ServiceError, match="api/v1/query is no Prometheus"),
    ):
        Prometheus(address).metrics()
