"""Feeds that go the whole way on the emulators."""

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from curate import objects
from local.client import Client
from local.stack import Stack
from tests.curate.helpers import column, contract
from tests.replays.house import House

SECOND: dict[str, Any] = {"primaryKey": True, "primaryKeyPosition": 2}

Open = Callable[..., House]


@pytest.fixture(scope="session")
def client(emulators: Stack) -> Client:
    """A client of the emulators."""
    return Client(emulators)


@pytest.fixture
def open_house(client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Opens a feed of visits, under a name that no other test has."""
    monkeypatch.setattr(objects, "storage_client", lambda: client.storage)
    name = f"visits_{uuid.uuid4().hex[:8]}"

    def opened(*kinds: str, **custom: Any) -> House:
        return House(client, tmp_path, visits(name, *kinds, **custom))

    return opened


def visits(name: str, *kinds: str, **custom: Any) -> str:
    """The contract of a feed of visits, each of one of the kinds."""
    columns = [
        column("id", "integer", required=True, primaryKey=True, primaryKeyPosition=1),
        column(
            "day",
            "date",
            required=True,
            partitioned=True,
            partitionKeyPosition=1,
            **({} if custom.get("loadMode") == "upsert_latest" else SECOND),
        ),
        column("kind", "string", enum=[{"value": kind} for kind in kinds]),
        column("note", "string", **custom.pop("note", {})),
    ]
    return contract(
        name, columns, "day", **{"loadMode": "append_first", "maxLateDays": 3650} | custom
    )
