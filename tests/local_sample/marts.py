"""Recounts the marts that an answer tells of, from the tables of a recount."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from tests.local_sample.judging import Row
from tests.local_sample.recount import Warehouse, vehicle_days
from tests.local_sample.values import SAO_PAULO

Finding = tuple[Decimal, Decimal, str]
DivergenceKey = tuple[date, str, str, str, date | None]


def divergences(warehouse: Warehouse) -> dict[DivergenceKey, Finding]:
    """Declared and measured kilometres and the finding, by window, level, source, plate, day."""
    measured = _measured(warehouse)
    result: dict[DivergenceKey, Finding] = {}
    runs: dict[tuple[str, date], Decimal] = defaultdict(Decimal)
    for row in warehouse.tables["km_bulletins"].values():
        runs[normal(row["placa"]), row["data"]] += row["km_rota"]
    by_window: dict[tuple[str, date], list[date]] = defaultdict(list)
    for (plate, day), km in runs.items():
        by_window[plate, window_of(day)].append(day)
        result[window_of(day), "dia", "boletim", plate, day] = _held(km, measured[plate], [day])
    for (plate, window), days in by_window.items():
        km = sum((runs[plate, day] for day in days), Decimal(0))
        result[window, "janela", "boletim", plate, None] = _held(km, measured[plate], days)
    billed: dict[tuple[str, date], Decimal] = defaultdict(Decimal)
    for row in warehouse.tables["contract_measurements"].values():
        billed[normal(row["placa"]), row["periodo_inicio"]] += row["km_rodado"]
    for (plate, window), km in billed.items():
        days = [day for day in measured[plate] if window_of(day) == window]
        result[window, "janela", "medicao", plate, None] = _held(km, measured[plate], days)
    return result


def _measured(warehouse: Warehouse) -> dict[str, dict[date, tuple[Decimal, bool]]]:
    """Kilometres and whether they can be trusted, by plate and day with telemetry."""
    plates = {row["device_id"]: row["placa"] for row in warehouse.tables["vehicles"].values()}
    measured: dict[str, dict[date, tuple[Decimal, bool]]] = defaultdict(dict)
    for (device, day), (km, _, fell) in vehicle_days(warehouse).items():
        measured[normal(plates[device])][day] = (km, not fell)
    return measured


def _held(km: Decimal, measured: dict[date, tuple[Decimal, bool]], days: Iterable[date]) -> Finding:
    known = [measured[day] for day in days if day in measured]
    total = sum((distance for distance, _ in known), Decimal(0))
    if not any(trusted for _, trusted in known):
        return km, total, "sem_telemetria"
    return km, total, "divergencia" if 10 * abs(km - total) > total else "nenhum"


def normal(plate: str) -> str:
    """Upper case, no separators, the fifth character a letter."""
    signs = re.sub("[^A-Z0-9]", "", plate.upper())
    return signs[:4] + signs[4].translate(str.maketrans("0123456789", "ABCDEFGHIJ")) + signs[5:]


def window_of(day: date) -> date:
    """The 16th on or before a day."""
    while day.day != 16:
        day -= timedelta(days=1)
    return day


def services(warehouse: Warehouse) -> dict[str, tuple[int, int, int, int]]:
    """Entries, requests, failed and crashed requests by host."""
    rows = warehouse.tables["app_logs"].values()
    return {
        host: (
            sum(row["host"] == host for row in rows),
            len(_requests(rows, host, bool)),
            len(_requests(rows, host, _failed)),
            len(_requests(rows, host, lambda row: row["status_code"] == -1)),
        )
        for host in {row["host"] for row in rows}
    }


def _requests(rows: Iterable[Row], host: str, holds: Any) -> set[str]:
    return {
        row["request_id"]
        for row in rows
        if row["host"] == host and row["request_id"] is not None and holds(row)
    }


def _failed(row: Row) -> bool:
    status = row["status_code"]
    return row["level"] in ("error", "fatal") or (
        status is not None and (status == -1 or status >= 500)
    )


def states(warehouse: Warehouse) -> dict[str, int]:
    """Occurrences by status."""
    return dict(Counter(row["status"] for row in warehouse.tables["occurrences"].values()))


def trips(warehouse: Warehouse) -> dict[tuple[str, date], tuple[int, int, Decimal]]:
    """Trips by device and day of their start, those with an occupancy, and its sum."""
    found: dict[tuple[str, date], list[Any]] = defaultdict(list)
    for row in warehouse.tables["trips"].values():
        day = row["started_at"].astimezone(SAO_PAULO).date()
        found[row["asset_id"], day].append(row["occupancy_percentage"])
    known = {key: [o for o in values if o is not None] for key, values in found.items()}
    return {
        key: (len(values), len(known[key]), sum(known[key], Decimal(0)))
        for key, values in found.items()
    }


def prices(warehouse: Warehouse) -> dict[tuple[str, date], tuple[Decimal, Decimal]]:
    """What a kilometre and a month cost, by plate and first day of the window."""
    routes: dict[tuple[str, date], list[Row]] = defaultdict(list)
    for row in warehouse.tables["contract_measurements"].values():
        routes[normal(row["placa"]), row["periodo_inicio"]].append(row)
    return {
        key: (_per_km(rows), max(row["valor_fixo_mensal"] for row in rows))
        for key, rows in routes.items()
    }


def _per_km(rows: list[Row]) -> Decimal:
    km: Decimal = sum((row["km_rodado"] for row in rows), Decimal(0))
    if not km:
        return sum((row["valor_km"] for row in rows), Decimal(0)) / len(rows)
    billed: Decimal = sum((row["total_variavel"] for row in rows), Decimal(0))
    return billed / km
