"""A dashboard as a whole: what all have in common, and its JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import count

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import (
    Dashboard,
    DashboardCursorSync,
    DashboardLinkType,
    Panel,
    RowPanel,
    VariableModel,
)

_TAG = "atvos"

PanelBuilder = Builder[Panel]
VariableBuilder = Builder[VariableModel]
Row = tuple[str, Sequence[PanelBuilder]]
"""The title of a row, and its panels from left to right."""


def board(
    name: str,
    title: str,
    description: str,
    *rows: Row,
    variables: Iterable[VariableBuilder] = (),
    folded: Iterable[Row] = (),
    since: str = "now-24h",
) -> Dashboard:
    """A dashboard of rows; the ``folded`` ones come last and are queried once they are opened."""
    built = (
        builders.Dashboard(title)
        .uid(f"atvos-{name}")
        .description(description)
        .tags([_TAG])
        .readonly()
        .timezone("America/Sao_Paulo")
        .time(since, "now")
        .refresh("1m")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .link(_siblings())
        .variables(list(variables))
    )
    for heading, panels in rows:
        built.with_row(builders.Row(heading))
        for panel in panels:
            built.with_panel(panel)
    for heading, panels in folded:
        row = builders.Row(heading).collapsed(True)
        for panel in panels:
            row.with_panel(panel)
        built.with_row(row)
    return _numbered(built.build())


def text(dashboard: Dashboard) -> str:
    """The JSON that Grafana is provisioned with."""
    return json.dumps(dashboard, cls=JSONEncoder, indent=2, ensure_ascii=False) + "\n"


def _siblings() -> builders.DashboardLink:
    return (
        builders.DashboardLink("Painéis")
        .type(DashboardLinkType.DASHBOARDS)
        .tags([_TAG])
        .as_dropdown(True)
        .keep_time(True)
    )


def _numbered(dashboard: Dashboard) -> Dashboard:
    """With panels numbered from the top: links to a panel name its number."""
    numbers = count(1)
    for panel in dashboard.panels or []:
        panel.id_val = next(numbers)
        for folded in panel.panels if isinstance(panel, RowPanel) else []:
            folded.id_val = next(numbers)
    return dashboard
