"""Files land, the real scheduler runs both feeds and the mart, and every number is right."""

from collections import Counter

import pytest

from local.client import Client
from local.demo import DAGS
from tests.e2e.conftest import Landed

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_every_object_table_and_vehicle_day_is_as_the_generator_knows_it(landed: Landed) -> None:
    assert landed.outcome.problems(landed.answer) == []


def test_prometheus_has_the_freshness_of_every_table(landed: Landed) -> None:
    assert landed.outcome.measured
    assert all((table.freshness_age_seconds or 0) > 0 for table in landed.outcome.tables)


def test_the_promised_freshness_is_in_prometheus_beside_the_age(
    client: Client, landed: Landed
) -> None:
    assert client.measure("dataset_freshness_slo_seconds") == {
        "telemetry_events": 300,
        "vehicles": 93_600,
        "fct_vehicle_day": 1_800,
    }


def test_no_table_is_published_without_a_success_that_prometheus_knows(
    client: Client, landed: Landed
) -> None:
    assert set(client.measure("dataset_last_success_timestamp_seconds > 0")) == {
        "telemetry_events",
        "vehicles",
        "fct_vehicle_day",
    }


def test_the_heartbeat_reaches_prometheus(client: Client, landed: Landed) -> None:
    assert list(client.measure("time() - heartbeat_timestamp_seconds < 600")) == [""]


def test_quarantine_has_every_reject_with_every_reason(landed: Landed) -> None:
    expected = landed.answer.feeds["telemetry_events"]
    assert len(landed.rejects) == expected.rejected
    assert Counter(code for codes in landed.rejects for code in codes) == expected.reasons


def test_no_run_failed(client: Client, landed: Landed) -> None:
    assert client.runs((*DAGS, "heartbeat"), "failed") == []
