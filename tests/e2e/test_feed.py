"""Files land, the real scheduler runs both feeds and the mart, and every number is right."""

from collections import Counter

import pytest

from local.client import Client
from local.repository import built_models, dag_ids, feeds
from local.sample import WAVES
from tests.e2e.conftest import Landed
from tests.e2e.personal import told

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
        name: table.freshness_slo.total_seconds()
        for name, table in (feeds() | built_models()).items()
    }


def test_no_table_is_published_without_a_success_that_prometheus_knows(
    client: Client, landed: Landed
) -> None:
    published = set(client.measure("dataset_last_success_timestamp_seconds > 0"))
    assert published == {*feeds(), *built_models()}


def test_the_heartbeat_reaches_prometheus(client: Client, landed: Landed) -> None:
    assert list(client.measure("time() - heartbeat_timestamp_seconds < 600")) == [""]


def test_quarantine_has_every_reject_with_every_reason(landed: Landed) -> None:
    expected = landed.answer.feeds["telemetry_events"]
    assert len(landed.rejects) == expected.rejected
    assert Counter(code for codes in landed.rejects for code in codes) == expected.reasons


def test_rows_of_a_vehicle_that_comes_late_wait_and_go_on_by_themselves(landed: Landed) -> None:
    expected = [
        sum(item.pending for item in landed.answer.after_wave(wave).objects) for wave in WAVES
    ]
    assert landed.pending == expected
    assert expected[0] > expected[1] > 0


def test_personal_data_is_in_no_table_log_or_metric(client: Client, landed: Landed) -> None:
    secrets = landed.answer.secrets
    assert len(secrets) > 100
    assert [name for name, text in told(client) if any(secret in text for secret in secrets)] == []


def test_the_search_for_personal_data_would_find_it(client: Client, landed: Landed) -> None:
    places = {name.partition(" ")[0]: text for name, text in told(client)}
    assert '"ATV-00001"' in places["curated.telemetry_events"]
    assert any("judged" in text for name, text in places.items() if name.endswith(".log"))
    assert 'dataset="trips"' in places["metrics"]


def test_no_run_failed(client: Client, landed: Landed) -> None:
    assert client.runs((*dag_ids(), "heartbeat"), "failed") == []
