"""The exporter's mapping and the page of metrics have what the registry has, and no more."""

import re

import pytest
import yaml

from atvos.monitoring import mapping, metrics_page, registry
from atvos.monitoring.registry import Kind, Metric

MAPPINGS = yaml.safe_load(mapping.document())["mappings"]


def entries(metric: Metric) -> list[dict[str, object]]:
    return [entry for entry in MAPPINGS if entry["name"] == metric.name]


@pytest.mark.parametrize("metric", registry.OWN, ids=lambda metric: metric.name)
def test_a_metric_of_ours_is_taken_under_its_own_name(metric: Metric) -> None:
    (entry,) = entries(metric)
    kinds = {Kind.GAUGE: "gauge", Kind.COUNTER: "counter", Kind.HISTOGRAM: "observer"}
    assert (entry["match"], entry["match_metric_type"]) == (metric.name, kinds[metric.kind])
    assert ("histogram_options" in entry) == (metric.kind is Kind.HISTOGRAM)


def test_labels_of_airflow_are_those_that_the_registry_lists() -> None:
    for translation in registry.TRANSLATIONS:
        assert [name for name, _ in translation.labels] == list(translation.metric.labels)


@pytest.mark.parametrize("metric", registry.REGISTRY, ids=lambda metric: metric.name)
def test_a_name_says_unit_and_kind_as_prometheus_asks(metric: Metric) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]*", metric.name)
    assert metric.name.endswith("_total") == (metric.kind is Kind.COUNTER)
    in_seconds = "seconds" in metric.help
    assert ("_seconds" in metric.name) == in_seconds
    assert metric.help.endswith(".")


def test_no_name_is_there_twice_with_another_kind_or_other_labels() -> None:
    names = [metric.name for metric in registry.REGISTRY]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("metric", registry.REGISTRY, ids=lambda metric: metric.name)
def test_the_page_has_a_row_for_every_metric(metric: Metric) -> None:
    rows = [line for line in metrics_page.page().splitlines() if f"| `{metric.name}` |" in line]
    assert len(rows) == 1
    assert metric.help in rows[0]


def test_labels_have_few_values() -> None:
    """Of a dataset: its steps, states and reasons; never an object, a batch or a value."""
    labels = {name for metric in registry.REGISTRY for name in metric.labels}
    bounded = {name for metric in registry.REGISTRY for name, _ in metric.values}
    assert labels - bounded == {*registry.DATASET_LABELS, "step", "reason", "pool"}
