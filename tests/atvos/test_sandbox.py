"""A sandbox's buckets and datasets on the emulators, and nobody else's."""

import uuid
from dataclasses import replace

import pytest

from atvos import environments
from atvos.environments import Environment
from atvos.sandbox import Sandbox
from atvos.settings import SettingsError
from local.client import Client
from local.environment import LANDING_BUCKET
from local.stack import Stack


@pytest.fixture
def client(emulators: Stack) -> Client:
    """A client of the emulators."""
    return Client(emulators)


@pytest.fixture
def environment() -> Environment:
    """The sandbox of somebody that no other test has, in the emulators' project."""
    found = environments.load("sandbox", f"t{uuid.uuid4().hex[:8]}")
    return replace(found, variables={**found.variables, "ATVOS_PROJECT": "atvoslocal"})


def buckets(environment: Environment) -> list[str]:
    """Names of the sandbox's buckets."""
    return [environment.variables[f"ATVOS_{kind}_BUCKET"] for kind in ("LANDING", "WORK")]


def test_it_is_made_once(client: Client, environment: Environment) -> None:
    wanted = [f"create bucket {name}" for name in buckets(environment)]
    sandbox = Sandbox(environment)
    assert list(sandbox.create(dry_run=True)) == wanted
    assert list(sandbox.create(dry_run=False)) == wanted
    assert list(sandbox.create(dry_run=False)) == []
    assert all(client.storage.lookup_bucket(name) for name in buckets(environment))


def test_it_is_deleted_with_all_that_is_in_it_and_nothing_else_is(
    client: Client, environment: Environment
) -> None:
    sandbox = Sandbox(environment)
    list(sandbox.create(dry_run=False))
    client.storage.bucket(buckets(environment)[0]).blob("vehicles/a.csv").upload_from_string("x")
    dataset = f"marts{environment.variables['ATVOS_DATASET_SUFFIX']}"
    for name in (dataset, "marts"):
        client.bigquery.create_dataset(name, exists_ok=True)
    client.bigquery.query(f"CREATE TABLE `{dataset}.t` (a INT64)").result(timeout=30)
    wanted = [f"delete dataset {dataset}", *(f"delete bucket {b}" for b in buckets(environment))]

    assert list(sandbox.delete(dry_run=True)) == wanted
    assert list(sandbox.delete(dry_run=False)) == wanted

    assert list(sandbox.delete(dry_run=False)) == []
    left = {found.dataset_id for found in client.bigquery.list_datasets()}
    assert "marts" in left
    assert dataset not in left
    assert client.storage.lookup_bucket(LANDING_BUCKET) is not None


def test_what_is_no_sandbox_is_not_touched() -> None:
    with pytest.raises(SettingsError, match="is no sandbox: its datasets have no suffix"):
        Sandbox(environments.load("prod"))
