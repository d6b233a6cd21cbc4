"""A stack with metrics, for the tests that look at a running one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local import tools
from local.services import EMULATORS, FOUND, MONITORING
from local.stack import Stack


@pytest.fixture(scope="session")
def metrics_stack(_no_network: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The emulators, Prometheus and what belongs to it, on free ports."""
    missing = [service for service in FOUND if tools.find(service) is None]
    if missing:
        pytest.fail(f"not installed: {', '.join(missing)}; run `make tools`", pytrace=False)
    with Stack(tmp_path_factory.mktemp("metrics"), EMULATORS | MONITORING) as stack:
        yield stack


@pytest.fixture
def lines() -> list[str]:
    """What was reported: give its `append` as the report."""
    return []


@pytest.fixture
def state_dir(tmp_path: Path) -> Path:
    """A folder for a stack of the test's own."""
    return tmp_path / "state"
