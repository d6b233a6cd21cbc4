"""The kinds of panel that the dashboards are made of."""

from __future__ import annotations

from collections.abc import Mapping

from grafana_foundation_sdk.builders import stat, statetimeline, table, timeseries
from grafana_foundation_sdk.builders.common import (
    ReduceDataOptions,
    StackingConfig,
    VizLegendOptions,
)
from grafana_foundation_sdk.models.common import (
    GraphDrawStyle,
    LegendDisplayMode,
    LegendPlacement,
    StackingMode,
    VisibilityMode,
)
from grafana_foundation_sdk.models.dashboard import (
    DataTransformerConfig,
)

from atvos.monitoring.dashboards.sources import (
    BIGQUERY,
    PROMETHEUS,
    Query,
    as_table,
    at_once,
    from_bigquery,
    over_time,
)


def lines(
    title: str, description: str, *queries: Query, unit: str, span: int = 12
) -> timeseries.Panel:
    """Series over time."""
    return (
        timeseries.Panel()
        .title(title)
        .description(description)
        .datasource(PROMETHEUS)
        .targets(list(over_time(queries)))
        .unit(unit)
        .span(span)
        .height(8)
        .min(0)
        .fill_opacity(8)
        .show_points(VisibilityMode.NEVER)
        .legend(
            VizLegendOptions()
            .display_mode(LegendDisplayMode.LIST)
            .placement(LegendPlacement.BOTTOM)
            .show_legend(True)
        )
    )


def bars(
    title: str, description: str, *queries: Query, unit: str, span: int = 12
) -> timeseries.Panel:
    """Series over time on top of each other."""
    stacking = StackingConfig().mode(StackingMode.NORMAL).group("A")
    panel = lines(title, description, *queries, unit=unit, span=span)
    return panel.draw_style(GraphDrawStyle.BARS).fill_opacity(70).stacking(stacking)


def number(title: str, description: str, query: Query, *, unit: str, span: int = 4) -> stat.Panel:
    """What an expression is now, a number for each series."""
    return (
        stat.Panel()
        .title(title)
        .description(description)
        .datasource(PROMETHEUS)
        .targets(list(at_once((query,))))
        .unit(unit)
        .span(span)
        .height(4)
        .no_value("sem dados")
        .reduce_options(ReduceDataOptions().calcs(["lastNotNull"]).values(False))
    )


def grid(
    title: str, description: str, columns: Mapping[str, str], *, span: int = 24
) -> table.Panel:
    """A row for each set of labels, a column for each label and for each expression by name."""
    queries = tuple(map(Query, columns.values()))
    targets = as_table(queries)
    names = {f"Value #{letter}": name for letter, name in zip("ABCDEFGHIJ", columns, strict=False)}
    # A single query's column has no letter.
    names = {"Value": next(iter(columns))} if len(columns) == 1 else names
    options = {"excludeByName": {"Time": True}, "renameByName": names}
    return (
        table.Panel()
        .title(title)
        .description(description)
        .datasource(PROMETHEUS)
        .targets(list(targets))
        .span(span)
        .height(10)
        .filterable(True)
        .no_value("nada")
        .with_transformation(DataTransformerConfig(id_val="merge", options={}))
        .with_transformation(DataTransformerConfig(id_val="organize", options=options))
    )


def states(title: str, description: str, query: Query, *, span: int = 24) -> statetimeline.Panel:
    """How the state of each series changed."""
    return (
        statetimeline.Panel()
        .title(title)
        .description(description)
        .datasource(PROMETHEUS)
        .targets(list(over_time((query,))))
        .span(span)
        .height(10)
        .merge_values(True)
        .show_value(VisibilityMode.NEVER)
        .row_height(0.8)
    )


def rows(title: str, description: str, sql: str, *, span: int = 24) -> table.Panel:
    """What a query of BigQuery returns."""
    return (
        table.Panel()
        .title(title)
        .description(description)
        .datasource(BIGQUERY)
        .targets([from_bigquery(sql)])
        .span(span)
        .height(9)
        .filterable(True)
        .no_value("nada")
    )
