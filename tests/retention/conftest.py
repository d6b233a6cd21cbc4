"""The emulators, and their client."""

import pytest

from local.client import Client
from local.stack import Stack


@pytest.fixture(scope="session")
def client(emulators: Stack) -> Client:
    """A client of the emulators."""
    return Client(emulators)
