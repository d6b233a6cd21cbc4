"""Variables, and links to runbooks, Airflow, the data dictionary and other dashboards."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.models.dashboard import (
    DashboardLinkType,
    VariableHide,
    VariableOption,
    VariableRefresh,
    VariableSort,
)

from atvos.monitoring import runbooks
from atvos.monitoring.dashboards.document import VariableBuilder
from atvos.monitoring.dashboards.sources import PROMETHEUS

AIRFLOW_URL = "http://localhost:8080"
"""The embedded stack's; another one is given as ``var-airflow`` or where dashboards go out."""


def places() -> list[VariableBuilder]:
    """Where links lead: the runbooks, with the other documents beside them, and Airflow."""
    return [
        _hidden("runbooks", runbooks.BASE, "Where the runbooks are read."),
        _hidden("airflow", AIRFLOW_URL, "Where Airflow's pages are."),
    ]


def chosen(name: str, label: str, values: str) -> builders.QueryVariable:
    """A variable of the values that ``label_values`` finds."""
    return (
        builders.QueryVariable(name)
        .label(label)
        .datasource(PROMETHEUS)
        .query(f"label_values({values})")
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.ALPHABETICAL_ASC)
    )


def hidden(variable: builders.QueryVariable) -> builders.QueryVariable:
    """The variable out of its reader's sight."""
    return variable.hide(VariableHide.HIDE_VARIABLE)


def with_all(variable: builders.QueryVariable) -> builders.QueryVariable:
    """The variable with several values, all of them at first."""
    current = VariableOption(text="All", value="$__all", selected=True)
    return variable.multi(True).include_all(True).all_value(".+").current(current)


def given(name: str, label: str, value: str, description: str) -> builders.TextBoxVariable:
    """A variable that its reader can change."""
    current = VariableOption(text=value, value=value, selected=True)
    return (
        builders.TextBoxVariable(name)
        .label(label)
        .description(description)
        .default_value(value)
        .current(current)
        .options([current])
    )


def runbook(alert: str) -> list[builders.DashboardLink]:
    """Links from a panel to what to do about an alert, in both languages."""
    page = runbooks.file_name(alert)
    return [
        _link(f"Runbook {alert} ({language})", f"${{runbooks:raw}}/{language}/{page}")
        for language in runbooks.Language
    ]


def to_airflow_dag(dag: str, title: str) -> builders.DashboardLink:
    """A link to a DAG and its runs."""
    return _link(title, f"${{airflow:raw}}/dags/{dag}")


def to_airflow(page: str, title: str) -> builders.DashboardLink:
    """A link to another page of Airflow."""
    return _link(title, f"${{airflow:raw}}/{page}")


def to_dictionary(layer: str, dataset: str) -> builders.DashboardLink:
    """A link to a table's page in the data dictionary."""
    page = f"${{runbooks:raw}}/../dictionary/{layer}/{dataset}.md"
    return _link("Dicionário de dados", page)


def to_dataset(value: str) -> dict[str, object]:
    """A link from a cell of a table to the dataset's dashboard."""
    query = f"var-dataset={value}&${{__url_time_range}}"
    return {"title": "Abrir a tabela", "url": f"/d/atvos-dataset?{query}"}


def _hidden(name: str, value: str, description: str) -> VariableBuilder:
    return given(name, name, value, description).hide(VariableHide.HIDE_VARIABLE)


def _link(title: str, url: str) -> builders.DashboardLink:
    return (
        builders.DashboardLink(title)
        .type(DashboardLinkType.LINK)
        .url(url)
        .icon("external link")
        .target_blank(True)
    )
