"""Desks of every load mode on the emulators."""

import pytest

from atvos.contract import LoadMode
from local.client import Client
from local.stack import Stack
from tests.atvos.desk import Desk


@pytest.fixture(scope="session")
def client(emulators: Stack) -> Client:
    """A client of the emulators."""
    return Client(emulators)


@pytest.fixture(params=list(LoadMode), ids=lambda mode: mode.value)
def desk(client: Client, request: pytest.FixtureRequest) -> Desk:
    """The desk of a new feed, in every load mode."""
    mode: LoadMode = request.param
    return Desk.open(client, mode)


@pytest.fixture
def append(client: Client) -> Desk:
    """The desk of a new feed whose first row of a key stays."""
    return Desk.open(client, LoadMode.APPEND_FIRST)


@pytest.fixture
def upsert(client: Client) -> Desk:
    """The desk of a new feed whose newest row of a key stays."""
    return Desk.open(client, LoadMode.UPSERT_LATEST)


@pytest.fixture
def snapshot(client: Client) -> Desk:
    """The desk of a new feed whose newest object is the table."""
    return Desk.open(client, LoadMode.REPLACE_SNAPSHOT)
