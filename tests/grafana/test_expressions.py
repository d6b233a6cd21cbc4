"""Every expression parses, asks for metrics that somebody publishes, and returns numbers."""

import math
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.models.dashboard import Dashboard
from grafana_foundation_sdk.models.prometheus import Dataquery

from atvos.monitoring import registry
from atvos.monitoring.dashboards import links, panels
from atvos.monitoring.dashboards.every import every
from atvos.monitoring.dashboards.expressions import expressions
from atvos.monitoring.dashboards.expressions import panels as every_panel
from atvos.monitoring.dashboards.sources import Query
from local.layout import PROMETHEUS_CONFIG
from tests.grafana import exposition
from tests.systems.conftest import tool
from tests.systems.processes import free_port, running

RULES = PROMETHEUS_CONFIG.parent / "rules"
_BY = re.compile(r"\b(?:by|on|ignoring|without)\s*\([^)]*\)")
_SELECTOR = re.compile(r"\{[^}]*\}|\[[^\]]*\]|\"[^\"]*\"")
_NAME = re.compile(r"\b[a-zA-Z_][a-zA-Z0-9_:]*\b(?!\s*\()")
_WORDS = {"and", "or", "unless", "bool", "by", "on"}


@pytest.fixture(scope="module")
def prometheus(_no_network: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Prometheus that has every series there is, some scrapes long."""
    folder = tmp_path_factory.mktemp("prometheus")
    with exposition.served(_recorded()) as target, _scraping(folder, target) as url:
        _until_scraped(url)
        yield url


@contextmanager
def _scraping(folder: Path, target: str) -> Iterator[str]:
    scrape = {
        "job_name": "statsd",
        "honor_labels": True,
        "scrape_interval": "200ms",
        "scrape_timeout": "200ms",
        "static_configs": [{"targets": [target]}],
    }
    (folder / "prometheus.yml").write_text(yaml.safe_dump({"scrape_configs": [scrape]}))
    address = f"127.0.0.1:{free_port()}"
    command = [
        tool("prometheus"),
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={address}",
    ]
    with running(command, f"http://{address}/-/ready", Path(folder / "log")):
        yield f"http://{address}"


def _until_scraped(url: str) -> None:
    """Rates need some scrapes."""
    deadline = time.monotonic() + 20
    while not _answer(url, "count_over_time(heartbeat_timestamp_seconds[1m]) >= 5").get("result"):
        assert time.monotonic() < deadline, "Prometheus has not scraped five times in 20 s"
        time.sleep(0.2)


def test_every_expression_returns_numbers_where_every_metric_has_some(
    dashboard: Dashboard, prometheus: str
) -> None:
    found = [(title, _values(prometheus, expr)) for title, expr in expressions(dashboard)]

    assert [title for title, values in found if not values] == []
    assert [title for title, values in found if any(map(math.isnan, values))] == []


def test_every_label_in_the_name_of_a_series_is_one_that_it_has(
    dashboard: Dashboard, prometheus: str
) -> None:
    names = [
        target.legend_format or ""
        for panel in every_panel(dashboard)
        for target in panel.targets or []
        if isinstance(target, Dataquery)
    ]
    lacking = [
        (title, label)
        for name, (title, expr) in zip(names, expressions(dashboard), strict=True)
        for label in re.findall(r"{{(\w+)}}", name)
        for found in _answer(prometheus, expr)["result"]
        if label not in found["metric"]
    ]
    assert lacking == []


def test_an_expression_that_asks_for_what_is_not_there_returns_nothing(prometheus: str) -> None:
    assert _values(prometheus, 'dataset_landed_rows{outcome="vald"}') == []


def test_an_expression_that_prometheus_does_not_understand_is_refused(prometheus: str) -> None:
    with pytest.raises(AssertionError, match="parse error"):
        _values(prometheus, "sum by (dataset (dataset_rows)")


def test_every_metric_is_published_recorded_or_scraped(dashboard: Dashboard) -> None:
    known = {name for metric in registry.REGISTRY for name in metric.series}
    asked = {name for _, expr in expressions(dashboard) for name in _metrics(expr)}

    assert asked - known - _recorded() - set(exposition.SCRAPED) == set()


def test_every_metric_that_is_published_is_on_a_dashboard_or_recorded_for_one() -> None:
    asked = {
        name
        for dashboard in every().values()
        for _, expr in expressions(dashboard)
        for name in _metrics(expr)
    }
    used = asked | {name for rule in _recording() for name in _metrics(rule["expr"])}

    assert [metric.name for metric in registry.REGISTRY if not used & set(metric.series)] == []


def test_metrics_are_told_from_functions_labels_and_words() -> None:
    expr = (
        'sum by (dataset) (rate(rows_total{state="failed"}[5m])) or on (dataset)'
        " 0 * dataset:expected:info > bool 1"
    )
    assert _metrics(expr) == {"rows_total", "dataset:expected:info"}


def test_variables_are_filled_in_with_what_is_given_or_their_default() -> None:
    question = Query('rows{dataset=~"$dataset", layer=~"${layer}"}[$__range] * $price')
    dashboard = (
        builders.Dashboard("One")
        .with_variable(links.chosen("dataset", "Table", "rows, dataset"))
        .with_variable(links.chosen("layer", "Layer", "rows, layer"))
        .with_variable(links.given("price", "Price", "50", "A price."))
        .with_panel(panels.number("Rows", "All.", question, unit="none"))
        .build()
    )

    assert expressions(dashboard, {"layer": "marts"}) == [
        ("Rows", 'rows{dataset=~".+", layer=~"marts"}[1h] * 50')
    ]


def test_a_variable_that_nobody_defines_is_an_error() -> None:
    dashboard = (
        builders.Dashboard("One")
        .with_panel(panels.number("Rows", "All.", Query("rows * $price"), unit="none"))
        .build()
    )
    with pytest.raises(KeyError, match="price"):
        expressions(dashboard)


def _values(prometheus: str, expr: str) -> list[float]:
    return [float(found["value"][1]) for found in _answer(prometheus, expr)["result"]]


def _answer(prometheus: str, expr: str) -> dict[str, Any]:
    query = {"query": expr}
    answer = requests.get(f"{prometheus}/api/v1/query", params=query, timeout=10).json()
    assert answer["status"] == "success", answer["error"]
    return dict(answer["data"])


def _metrics(expr: str) -> set[str]:
    bare = _SELECTOR.sub(" ", _BY.sub(" ", expr))
    return set(_NAME.findall(bare)) - _WORDS


def _recorded() -> set[str]:
    return {rule["record"] for rule in _recording()}


def _recording() -> list[dict[str, str]]:
    """The recording rules."""
    return [
        rule
        for file in RULES.glob("*.yml")
        for group in yaml.safe_load(file.read_text())["groups"]
        for rule in group["rules"]
        if "record" in rule
    ]
