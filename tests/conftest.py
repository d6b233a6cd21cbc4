"""Fixtures for every test: no network, no Airflow home but a temporary one, the emulators."""

import os
import shutil
import tempfile
from collections.abc import Iterator

import pytest

from local.errors import StackError
from local.services import EMULATORS
from local.stack import Stack
from tests.network_guard import loopback_only

_airflow_home = pytest.StashKey[str]()


def pytest_configure(config: pytest.Config) -> None:
    """Give Airflow a home before any import of it, which would create one in the user's."""
    home = tempfile.mkdtemp(prefix="atvos-tests-airflow-")
    config.stash[_airflow_home] = home
    os.environ["AIRFLOW_HOME"] = home
    os.environ.pop("GOOGLE_APPLICATION_CREDENTIALS", None)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the temporary home."""
    shutil.rmtree(config.stash[_airflow_home], ignore_errors=True)


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    with loopback_only():
        yield


@pytest.fixture(scope="session")
def emulators(_no_network: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Cloud Storage and BigQuery on free ports, with this process as their client.

    One for all tests of a process: give what a test writes a name of its own.
    """
    stack = Stack(tmp_path_factory.mktemp("emulators"), EMULATORS)
    try:
        stack.start()
    except StackError as error:
        pytest.fail(str(error), pytrace=False)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in stack.environment().items():
            patch.setenv(name, value)
        yield stack
    stack.stop()
