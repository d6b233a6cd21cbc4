"""The page docs/metrics.md, made from the registry of metrics."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from atvos.monitoring.registry import AIRFLOW, DATASET_LABELS, OWN, Kind, Metric

_HEAD = """\
# Metrics

What the pipelines tell Prometheus, and what is kept of Airflow's own StatsD. This page and
`monitoring/statsd_mapping.yml` are written by `atvos monitoring build` from
`plugins/atvos/monitoring/registry.py`; the exporter drops a metric that is not listed.

Gauges are sent by every `report` task, and all of them again by the `heartbeat` DAG every two
minutes: UDP gives no receipt, and an exporter that restarts has forgotten them. They never expire,
and they are timestamps and totals, not ages, so that a pipeline that stopped still ages. Counters
and histograms begin at zero when the exporter starts: read them with `rate` or `increase`.
"""
_LABELS = """\

Every `dataset_` metric has the labels `dataset` (the feed or model), `layer` (`curated`, `marts`)
and `tier` (`1`, `2`, `3`), so there are as many series as tables; no label holds an object's name,
a batch or a value from the data.
"""
_AIRFLOW = """\

## Airflow

Only where Airflow's StatsD is on, as on the embedded stack. On the managed service `[metrics]`
belongs to Google, and the same numbers are in Cloud Monitoring.
"""
_SYSTEMS = """\

## Systems

What Prometheus scrapes by itself (applications, probes, machines) is in
[systems.md](systems.md).
"""


def page() -> str:
    """The text of ``docs/metrics.md``."""
    own = "\n".join(_table(OWN))
    airflow = "\n".join(_table(AIRFLOW))
    return f"{_HEAD}\n## Datasets\n{_LABELS}\n{own}\n{_AIRFLOW}\n{airflow}\n{_SYSTEMS}"


def _table(metrics: Sequence[Metric]) -> Iterator[str]:
    yield "| metric | kind | more labels | what it says |"
    yield "|---|---|---|---|"
    for metric in metrics:
        more = ", ".join(_label(metric, name) for name in metric.labels if name not in _COMMON)
        text = metric.help + _buckets(metric)
        yield f"| `{metric.name}` | {metric.kind.value} | {more} | {text} |"


_COMMON = frozenset(DATASET_LABELS)


def _label(metric: Metric, name: str) -> str:
    values = dict(metric.values).get(name)
    return f"`{name}`" + (f" ({', '.join(values)})" if values else "")


def _buckets(metric: Metric) -> str:
    if metric.kind is not Kind.HISTOGRAM:
        return ""
    return " Buckets: " + ", ".join(f"{bound:g}" for bound in metric.buckets) + "."
