"""The facts of a walk, from the emulators, an Airflow and a Prometheus."""

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from atvos import names, settings, tables
from atvos.oncall import gather
from atvos.oncall.facts import Building, Component, Dag, Facts, NotLooked
from atvos.oncall.gather import Clients, Repository
from atvos.oncall.report import sentence
from atvos.oncall.why import find
from atvos.ops_tables import locks
from local.client import Client
from tests.atvos.desk import Desk, Staged, query, row
from tests.atvos.examples import model, positions, version
from tests.oncall import airflow_stub
from tests.oncall.airflow_stub import AirflowStub, served

SETTINGS = settings.load({})


@pytest.fixture
def desk(client: Client) -> Desk:
    """The desk of a feed under a name that no other test has."""
    feed = positions(name=f"positions_{uuid.uuid4().hex[:8]}")
    return Desk(client, replace(feed, freshness_slo=timedelta(minutes=5)))


@pytest.fixture
def stub(desk: Desk) -> AirflowStub:
    """An Airflow that has the feed's DAG."""
    dag_id = names.ingest_dag(desk.feed.name)
    return AirflowStub(dags={dag_id: airflow_stub.dag(dag_id)})


@pytest.fixture
def url(stub: AirflowStub) -> Iterator[str]:
    """Where that Airflow answers."""
    with served(stub) as address:
        yield address


def gathered(desk: Desk, name: str | None = None, url: str | None = None) -> Facts:
    feed = desk.feed
    mart = model(
        f"SELECT * FROM curated.{feed.name} WHERE seen_date IN UNNEST(@days)",
        name=f"fct_{feed.name}",
    )
    repository = Repository({feed.name: feed}, {mart.name: mart})
    chosen = replace(SETTINGS, airflow_url=url, prometheus_url=None)
    clients = Clients(desk.client.bigquery, desk.client.storage, chosen)
    return gather.facts(name or feed.name, repository, clients, datetime.now(UTC))


def test_addresses_that_are_not_set_are_facts_not_looked_at(desk: Desk) -> None:
    found = gathered(desk)
    assert found.health == NotLooked("set ATVOS_AIRFLOW_URL")
    assert found.dags == {desk.feed.name: NotLooked("set ATVOS_AIRFLOW_URL")}
    assert found.metrics == NotLooked("set ATVOS_PROMETHEUS_URL")


def test_an_airflow_that_does_not_answer_is_not_looked_at(desk: Desk) -> None:
    address = "http://127.0.0.1:9"
    found = gathered(desk, url=address)
    assert found.health == NotLooked(f"{address}/auth/token does not answer (ConnectionError)")


def test_an_object_that_waits_for_a_paused_dag_is_explained(
    desk: Desk, stub: AirflowStub, url: str
) -> None:
    name = desk.feed.name
    stub.dags[names.ingest_dag(name)]["is_paused"] = True
    desk.client.upload(f"{names.landing_prefix(name)}a.ndjson", b"{}\n")
    found = gathered(desk, url=url)
    assert found.states[name].waiting is not None
    assert sentence(find(name, found)).endswith(f"the DAG {names.ingest_dag(name)} is paused.")
    assert isinstance(found.dags[name], Dag)
    assert not isinstance(found.health, NotLooked)
    assert isinstance(found.health.components["scheduler"], Component)


def test_of_a_mart_lock_and_changes_are_gathered_and_its_late_source_is_walked(desk: Desk) -> None:
    desk.publish(Staged(version("positions/a"), [row("A")]))
    mart = f"fct_{desk.feed.name}"
    found = gathered(desk, mart)
    assert list(found.dags) == [mart, desk.feed.name]
    assert [change.table for change in found.buildings[mart].changes] == [
        f"curated.{desk.feed.name}"
    ]
    assert found.buildings[mart].lock is None


def test_a_lock_on_the_mart_is_gathered(desk: Desk) -> None:
    bq, mart = desk.client.bigquery, f"fct_{desk.feed.name}"
    query(bq, tables.prepare_script([locks()], SETTINGS))
    query(
        bq,
        f"INSERT INTO {names.LOCKS} (table_name, token, owner, reason, acquired_at, expires_at) "
        f"VALUES ('models.{mart}_v1', 't', 'ana', 'tariff', CURRENT_TIMESTAMP(), "
        "TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL 1 HOUR))",
    )
    found = gathered(desk, mart).buildings[mart]
    assert isinstance(found, Building)
    assert found.lock is not None
    assert (found.lock.owner, found.lock.reason) == ("ana", "tariff")
