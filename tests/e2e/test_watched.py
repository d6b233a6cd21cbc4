"""After a run Prometheus has what is documented, and every panel of every dashboard shows it."""

import time
from collections.abc import Iterator

import pytest
import requests

from atvos.monitoring.dashboards.every import every
from atvos.monitoring.dashboards.expressions import expressions, queries
from local import watched
from local.client import Client
from local.drill.ground import Ground
from local.drill.systems import NAME, application
from local.ports import choose
from local.services import Service
from tests.e2e.conftest import Landed

LAG_SECONDS = 60
SILENT = {("systems", "Dias até o certificado expirar")}
"""The panels that have nothing to show here: nothing has a certificate."""
ALERTS = ("overview", "Alertas ativos")
"""Shows what fires: nothing after the run, as ``unwatched`` says; later that its data grow old."""


@pytest.fixture(scope="module")
def watched_application(client: Client) -> Iterator[None]:
    """An application with users, scraped as those are that the data comes from."""
    port = choose(preferred=None, needed=(), report=lambda _: None).node
    log = client.stack.state_dir / "logs" / "application.log"
    ground = Ground(client)
    with application(port, log):
        ground.watch_application(port)
        ground.until(
            "Prometheus scrapes the application",
            lambda: bool(client.measure(f'rate(http_requests_total{{system="{NAME}"}}[1m]) > 0')),
            60,
        )
        yield


def test_prometheus_has_every_documented_series_and_rule_and_no_alarm(landed: Landed) -> None:
    assert landed.outcome.unwatched == []


def test_what_is_not_there_is_told(client: Client, landed: Landed) -> None:
    assert landed.outcome.measured
    assert set(watched.missing_rules(client)) == set()
    assert watched.rule_names([watched.RULES / "systems.yml"])[0] == "CertificateExpires"


@pytest.mark.usefixtures("landed", "watched_application")
def test_every_panel_that_asks_prometheus_has_data(client: Client) -> None:
    # What is scraped is recorded by rules a moment later, on a busy machine some moments.
    deadline = time.monotonic() + LAG_SECONDS
    while (empty := _empty(client) - {ALERTS}) != SILENT and time.monotonic() < deadline:
        time.sleep(2)
    assert empty == SILENT


@pytest.mark.usefixtures("landed")
def test_every_panel_that_asks_bigquery_is_answered(client: Client) -> None:
    asked, answered = set(), set()
    for dashboard in every().values():
        for dataset in ("telemetry_events", "fct_vehicle_day"):
            for title, sql in queries(dashboard, _Values(dataset)):
                asked.add(title)
                if client.rows(sql):
                    answered.add(title)
    assert asked
    assert answered == asked


class _Values(dict[str, str]):
    """What the variables of SQL stand for: a panel shows a feed, or a mart."""

    def __init__(self, dataset: str) -> None:
        super().__init__(project="atvoslocal")
        self._dataset = dataset

    def __missing__(self, name: str) -> str:
        return self._dataset


def _empty(client: Client) -> set[tuple[str, str]]:
    """The panels that ask Prometheus and have nothing to show."""
    return {
        (name, title)
        for name, dashboard in every().items()
        for title, expression in expressions(dashboard)
        if not _result(client, expression)
    }


def _result(client: Client, expression: str) -> list[object]:
    answer = requests.get(
        f"{client.stack.url(Service.PROMETHEUS)}/api/v1/query",
        params={"query": expression},
        timeout=30,
    ).json()
    assert answer["status"] == "success", (expression, answer)
    found: list[object] = answer["data"]["result"]
    return found
