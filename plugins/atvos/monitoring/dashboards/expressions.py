"""What the panels of a dashboard ask, with its variables filled in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from grafana_foundation_sdk.models import bigquery, prometheus
from grafana_foundation_sdk.models.dashboard import Dashboard, Panel, RowPanel, VariableType

# What Grafana itself fills in, for a dashboard that shows the last hour.
_BUILT_IN = {"__rate_interval": "5m", "__interval": "1m", "__range": "1h"}
_ANY = ".+"
_VARIABLE = re.compile(r"\$(?:\{(\w+)(?::\w+)?\}|(\w+))")


def expressions(
    dashboard: Dashboard, values: Mapping[str, str] | None = None
) -> list[tuple[str, str]]:
    """Title and PromQL of every query to Prometheus, in the dashboard's order.

    ``values`` are of the dashboard's variables; a variable without one has its own default,
    or stands for any value. KeyError where an expression has a variable that nobody defines.
    """
    known = {**_BUILT_IN, **_defaults(dashboard), **(values or {})}
    return [
        (panel.title or "", _filled(target.expr, known))
        for panel in panels(dashboard)
        for target in panel.targets or []
        if isinstance(target, prometheus.Dataquery)
    ]


def queries(dashboard: Dashboard, values: Mapping[str, str]) -> list[tuple[str, str]]:
    """Title and SQL of every query to BigQuery, with these values of the variables."""
    return [
        (panel.title or "", _filled(target.raw_sql, values))
        for panel in panels(dashboard)
        for target in panel.targets or []
        if isinstance(target, bigquery.Dataquery)
    ]


def panels(dashboard: Dashboard) -> Iterator[Panel]:
    """Every panel, those in folded rows included."""
    for panel in dashboard.panels or []:
        if isinstance(panel, RowPanel):
            yield from panel.panels
        else:
            yield panel


def _defaults(dashboard: Dashboard) -> dict[str, str]:
    variables = dashboard.templating.list_val or []
    return {
        variable.name: str(variable.query) if variable.type_val == VariableType.TEXTBOX else _ANY
        for variable in variables
    }


def _filled(text: str, values: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda found: values[found[1] or found[2]], text)
