"""A runner of models on the emulator."""

from collections.abc import Iterator

import pytest

from local.client import Client
from local.stack import Stack
from tests.sql.running import TABLES, Runner


@pytest.fixture(scope="session")
def runner(emulators: Stack) -> Iterator[Runner]:
    """A runner; the sources' tables are gone when the tests are over."""
    made = Runner(Client(emulators))
    yield made
    for source in TABLES:
        made.drop(source)
