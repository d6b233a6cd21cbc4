"""The mapping of the StatsD exporter, made from the registry of metrics.

DogStatsD tags become labels. One name has one type and one label set; a metric that is not listed
is dropped, so that a misspelt name is seen missing at once instead of filling Prometheus.
"""

from __future__ import annotations

from typing import Any

from atvos.monitoring.registry import OWN, TRANSLATIONS, Kind, Metric, Translation
from atvos.monitoring.written import text

_TYPES = {Kind.GAUGE: "gauge", Kind.COUNTER: "counter", Kind.HISTOGRAM: "observer"}


def document() -> str:
    """The text of ``monitoring/statsd_mapping.yml``."""
    mappings = [
        *map(_own, OWN),
        *map(_translated, TRANSLATIONS),
        # Globs come before regular expressions, so this catches what is left.
        {"match": ".", "match_type": "regex", "action": "drop", "name": "dropped"},
    ]
    # A gauge stays until the exporter ends: a dead pipeline must go on ageing, not disappear.
    content = {"defaults": {"ttl": "0s"}, "mappings": mappings}
    return text(content)


def _own(metric: Metric) -> dict[str, Any]:
    return _mapping(metric.name, metric)


def _translated(translation: Translation) -> dict[str, Any]:
    mapping = _mapping(translation.match, translation.metric)
    return mapping | ({"labels": dict(translation.labels)} if translation.labels else {})


def _mapping(match: str, metric: Metric) -> dict[str, Any]:
    mapping: dict[str, Any] = {
        "match": match,
        "match_metric_type": _TYPES[metric.kind],
        "name": metric.name,
        "help": metric.help,
    }
    if metric.kind is Kind.HISTOGRAM:
        mapping["observer_type"] = "histogram"
        mapping["histogram_options"] = {"buckets": list(metric.buckets)}
    return mapping
