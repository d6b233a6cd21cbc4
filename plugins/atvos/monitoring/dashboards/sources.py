"""Where panels get their data from, and how they ask."""

from __future__ import annotations

from dataclasses import dataclass

from grafana_foundation_sdk.builders import bigquery, prometheus
from grafana_foundation_sdk.models.bigquery import EditorMode, QueryFormat
from grafana_foundation_sdk.models.dashboard import DataSourceRef
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

# The uids are those of monitoring/grafana/provisioning/datasources.
PROMETHEUS = DataSourceRef(type_val="prometheus", uid="atvos-prometheus")
BIGQUERY = DataSourceRef(type_val="grafana-bigquery-datasource", uid="atvos-bigquery")

_NAMES = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Query:
    """A PromQL expression and how its series are called."""

    expr: str
    legend: str = ""


def over_time(queries: tuple[Query, ...]) -> list[prometheus.Dataquery]:
    """The queries over the dashboard's time range."""
    return [_asked(query, name).range() for query, name in zip(queries, _NAMES, strict=False)]


def at_once(queries: tuple[Query, ...]) -> list[prometheus.Dataquery]:
    """The queries at the end of the dashboard's time range."""
    return [_asked(query, name).instant() for query, name in zip(queries, _NAMES, strict=False)]


def as_table(queries: tuple[Query, ...]) -> list[prometheus.Dataquery]:
    """The queries at the end of the time range, a row for each series."""
    return [query.format(PromQueryFormat.TABLE) for query in at_once(queries)]


def from_bigquery(sql: str) -> bigquery.Dataquery:
    """A query of the platform's own tables; they are in the data source's project."""
    return (
        bigquery.Dataquery()
        .ref_id("A")
        .datasource(BIGQUERY)
        .editor_mode(EditorMode.CODE)
        .raw_query(True)
        .raw_sql(sql)
        .format(QueryFormat.TABLE)
    )


def _asked(query: Query, name: str) -> prometheus.Dataquery:
    asked = prometheus.Dataquery().ref_id(name).datasource(PROMETHEUS).expr(query.expr)
    return asked.legend_format(query.legend) if query.legend else asked
