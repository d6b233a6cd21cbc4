"""Reads from a running stack what is compared with the answer."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import fields
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from atvos import names
from atvos.monitoring.registry import LAST_EVENT
from local import watched
from local.client import Client
from local.errors import StackError
from local.ledger import object_counts
from local.outcome import MODEL, Outcome, TableResult, compare_dates
from local.repository import built_models, feeds
from local.sample import Answer, Divergence, DivergenceKey, ServiceTotals, VehicleDay
from local.services import Service
from local.stack import say
from local.waiting import wait

_SCRAPE_LIMIT_SECONDS = 60
_RUN_LIMIT_SECONDS = 180


def read(client: Client, answer: Answer) -> Outcome:
    """The outcome now; waits a while for Prometheus to have the freshness of the last publish."""
    measured = client.stack.services[Service.PROMETHEUS].state == "running"
    as_of: dict[str, str] = {}
    ages: dict[str, float] = {}

    def scraped() -> tuple[bool, str]:
        found = client.measure(LAST_EVENT.name)
        as_of.update({name: _instant(seconds) for name, seconds in found.items()})
        ages.update(client.measure(f"time() - {LAST_EVENT.name}"))
        wrong = compare_dates(_tables(client, as_of, ages), answer)
        return not wrong, f"{len(ages)} datasets scraped, {len(wrong)} not up to date"

    if measured:
        for dag_id in ("reconcile", "heartbeat"):
            _run_once(client, dag_id)
        with suppress(StackError):  # the comparison tells what stayed behind
            wait(scraped, _SCRAPE_LIMIT_SECONDS)
    else:
        say("    metrics are not collected: no freshness age")
    return Outcome(
        objects=[counts for _, counts in object_counts(client, answer.feeds)],
        tables=_tables(client, as_of, ages),
        vehicle_days=_vehicle_days(client),
        divergences=_divergences(client),
        service_hours=_service_hours(client),
        occurrences=_occurrences(client),
        km=_km(client),
        measured=measured,
        unwatched=_unwatched(client) if measured else [],
    )


def _run_once(client: Client, dag_id: str) -> None:
    """Have a DAG run now, and wait for it: nobody wants to wait for its hour."""
    run_id = client.trigger(dag_id)

    def ended() -> tuple[bool, str]:
        state = client.run_state(dag_id, run_id)
        if state == "failed":
            raise StackError(f"a DAG run failed: {client.run_url(dag_id, run_id)}")
        return state == "success", f"{dag_id}: {state}"

    wait(ended, _RUN_LIMIT_SECONDS)


def _unwatched(client: Client) -> list[str]:
    """What monitoring lacks; the probes come once a minute, so that it may take a while."""
    found: list[str] = []

    def looked() -> tuple[bool, str]:
        found[:] = watched.problems(client)
        return not found, f"{len(found)} of metrics, rules and targets are not as they should be"

    with suppress(StackError):
        wait(looked, _SCRAPE_LIMIT_SECONDS)
    return found


def _tables(
    client: Client, as_of: Mapping[str, str], ages: Mapping[str, float]
) -> list[TableResult]:
    tables = {name: names.curated_table(name) for name in feeds()}
    tables |= {name: names.mart(name) for name in built_models()}
    states = {
        row["dataset"]: row["state"]
        for row in client.rows("SELECT dataset, state FROM ops.freshness")
    }
    return [
        TableResult(
            table=table,
            rows=_count(client, table),
            data_as_of=as_of.get(dataset),
            freshness_age_seconds=ages.get(dataset),
            state=states.get(dataset),
        )
        for dataset, table in tables.items()
    ]


def _count(client: Client, table: str) -> int:
    rows = client.rows(f"SELECT COUNT(*) AS n FROM `{table}`")
    return int(rows[0]["n"]) if rows else 0


def _vehicle_days(client: Client) -> list[tuple[tuple[str, date], VehicleDay]]:
    rows = client.rows(
        f"SELECT device_id, dia, km_dia, eventos, outlier, faltante FROM `{names.mart(MODEL)}`"
    )
    return [
        (
            (row["device_id"], row["dia"]),
            VehicleDay(row["km_dia"], row["eventos"], row["outlier"], row["faltante"]),
        )
        for row in rows
    ]


def _divergences(client: Client) -> list[tuple[DivergenceKey, Divergence]]:
    columns = [*DivergenceKey._fields, *(field.name for field in fields(Divergence))]
    rows = client.rows(f"SELECT {', '.join(columns)} FROM `{names.mart('fct_km_divergence')}`")
    return [
        (DivergenceKey(**_only(row, columns[:5])), Divergence(**_only(row, columns[5:])))
        for row in rows
    ]


def _service_hours(client: Client) -> list[tuple[str, ServiceTotals]]:
    rows = client.rows(
        "SELECT host, SUM(registros) AS entries, SUM(requests) AS requests, SUM(erros) AS errors, "
        f"SUM(quedas) AS crashes FROM `{names.mart('fct_service_hour')}` GROUP BY host"
    )
    return [(row.pop("host"), ServiceTotals(**row)) for row in rows]


def _occurrences(client: Client) -> list[tuple[str, int]]:
    rows = client.rows(
        f"SELECT status, COUNT(*) AS n FROM `{names.mart('fct_occurrence')}` GROUP BY status"
    )
    return [(row["status"], row["n"]) for row in rows]


def _km(client: Client) -> list[tuple[tuple[str, date], Decimal]]:
    days = client.rows(f"SELECT dia, km FROM `{names.mart('rpt_d1')}` WHERE nivel = 'total'")
    table = names.mart("fct_fleet_month_cost")
    months = client.rows(f"SELECT mes, SUM(km_mes) AS km FROM `{table}` GROUP BY mes")
    return [
        *((("rpt_d1", row["dia"]), row["km"]) for row in days),
        *((("fct_fleet_month_cost", row["mes"]), row["km"]) for row in months),
    ]


def _only(row: Mapping[str, Any], columns: list[str]) -> dict[str, Any]:
    return {column: row[column] for column in columns}


def _instant(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
