"""The registry of datasets and the view of freshness, on the emulator."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from atvos import models, names, registry, settings
from atvos.contract import Table
from atvos.models import Model
from local.client import Client
from tests.atvos.desk import query
from tests.atvos.examples import SQL, positions

VIEW = models.load_models(SQL)["freshness"]
SETTINGS = settings.load({})


def table(name: str, **other: Any) -> Table:
    return replace(positions(name=name), **other)


@pytest.fixture
def name() -> str:
    """A dataset's name that no other test has."""
    return f"readings_{uuid.uuid4().hex[:8]}"


@pytest.fixture
def registered(client: Client) -> Client:
    """The emulator, without a registry."""
    for table in (names.DATASET_REGISTRY, names.VIEW_REGISTRY):
        client.bigquery.delete_table(table, not_found_ok=True)
    return client


def update(client: Client, *tables_: Table, views: tuple[Model, ...] = ()) -> list[str]:
    return registry.update(client.bigquery, SETTINGS, tables_, views, datetime.now(UTC))


def test_the_registry_says_what_the_contracts_promise(registered: Client, name: str) -> None:
    assert update(registered, table(name)) == [names.DATASET_REGISTRY]
    assert query(registered.bigquery, registry.REGISTERED_SQL) == [
        {
            "dataset": name,
            "layer": "curated",
            "tier": 1,
            "owner": "data",
            "support": "#data",
            "slo_seconds": 300,
            "slo_active": True,
            "contract_version": "1.2.0",
        }
    ]


def test_nothing_is_written_where_nothing_changed(registered: Client, name: str) -> None:
    update(registered, table(name), views=(VIEW,))
    assert update(registered, table(name), views=(VIEW,)) == []


def test_what_changed_came_or_went_is_written(registered: Client, name: str) -> None:
    update(registered, table(name), table(f"{name}_gone"))
    changed = update(registered, table(name, tier=3), table(f"{name}_new"))
    assert changed == [names.DATASET_REGISTRY]
    found = query(registered.bigquery, registry.REGISTERED_SQL)
    assert sorted((row["dataset"], row["tier"]) for row in found) == [
        (name, 3),
        (f"{name}_new", 1),
    ]


def test_a_view_of_another_query_is_made_anew(registered: Client, name: str) -> None:
    update(registered, table(name), views=(VIEW,))
    other = replace(VIEW, query=VIEW.query.replace("'stale'", "'old'"))
    assert update(registered, table(name), views=(other,)) == [VIEW.view_name]


def publish(client: Client, dataset: str, last_event_at: datetime | None) -> None:
    """An entry of the object ledger as of now."""
    newest = f"TIMESTAMP '{last_event_at.isoformat()}'" if last_event_at else "NULL"
    columns = (
        "feed, landed_date, bucket, object, generation, landed_at, rows_read, rows_valid, "
        "rows_rejected, rows_duplicate, last_event_at, batch_id, state, recorded_at"
    )
    query(
        client.bigquery,
        f"INSERT INTO `{names.OBJECT_LEDGER}` ({columns}) SELECT '{dataset}', CURRENT_DATE(), "
        f"'landing', 'a', 1, CURRENT_TIMESTAMP(), 1, 1, 0, 0, {newest}, '0a', 'published', "
        "CURRENT_TIMESTAMP()",
    )


def state(client: Client, dataset: str) -> dict[str, Any]:
    found = query(client.bigquery, f"SELECT * FROM {VIEW.view_name} WHERE dataset = '{dataset}'")
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (timedelta(minutes=1), "fresh"),
        (timedelta(minutes=6), "stale"),
        (timedelta(days=300), "stale"),
        (-timedelta(hours=1), "fresh"),
    ],
)
def test_a_table_is_fresh_while_its_newest_event_is_no_older_than_promised(
    registered: Client, name: str, age: timedelta, expected: str
) -> None:
    update(registered, table(name), views=(VIEW,))
    event = datetime.now(UTC) - age
    publish(registered, name, event - timedelta(days=1))
    publish(registered, name, event)
    found = state(registered, name)
    assert (found["state"], found["slo_seconds"], found["data_as_of"]) == (expected, 300, event)
    assert abs(found["age_seconds"] - max(age.total_seconds(), 0)) < 30


def test_a_table_that_never_published_is_unknown(registered: Client, name: str) -> None:
    update(registered, table(name), views=(VIEW,))
    found = state(registered, name)
    assert (found["state"], found["data_as_of"], found["age_seconds"]) == ("unknown", None, None)


def test_the_view_has_the_columns_of_its_contract(registered: Client, name: str) -> None:
    update(registered, table(name), views=(VIEW,))
    assert list(state(registered, name)) == [column.name for column in VIEW.columns]
