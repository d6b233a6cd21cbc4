"""The dashboards, and what they may refer to."""

import pytest
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from atvos.monitoring.dashboards.every import every

NAMES = ("overview", "dataset", "ingestion", "cost", "airflow", "systems")


@pytest.fixture(scope="session", autouse=True)
def _plugins() -> None:
    """Let the library decode the panels and queries that it knows."""
    register_default_plugins()


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    """Each dashboard's name."""
    return str(request.param)


@pytest.fixture
def dashboard(name: str) -> Dashboard:
    """Each dashboard."""
    return every()[name]
