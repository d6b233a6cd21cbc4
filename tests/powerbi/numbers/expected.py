"""What each measure must give over the whole sample, worked out by hand from the answer.

This is the calculation of docs and contracts, in Python and from the generator's own knowledge of
what was driven, billed and declared: neither the marts' SQL nor DAX is used.
"""

import calendar
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from local.sample import Answer, Price, plates, windows
from local.sample.fleet import Vehicle, fleet_of

ALPHA = Decimal("0.3")
PLAN = 8_250_000
_CENT = Decimal("0.01")
_CARRIERS = {"Sertran": "Sertran"}


@dataclass(frozen=True, slots=True)
class Cost:
    """A vehicle's day in money; R$ None without a price."""

    km: Decimal
    variable: Decimal | None
    fixed: Decimal | None


def expected(answer: Answer, vehicles: int, today: date) -> dict[str, Any]:
    """The value of every measure that follows from the answer, by name."""
    fleet = {v.device_id: v for v in fleet_of(vehicles) if v.registered}
    return {
        **_of_days(answer, fleet),
        **_of_month(answer, fleet),
        **_of_windows(answer, fleet),
        **_of_yesterday(answer, fleet, today),
        **_of_counts(answer, fleet),
    }


def _of_days(answer: Answer, fleet: Mapping[str, Vehicle]) -> dict[str, Any]:
    costs = list(_costs(answer, fleet).values())
    trips = [answer.trips[key] for key in answer.vehicle_days if key in answer.trips]
    variable = sum((c.variable for c in costs if c.variable is not None), Decimal(0))
    fixed = sum((c.fixed for c in costs if c.fixed is not None), Decimal(0))
    priced_km = sum((c.km for c in costs if c.variable is not None), Decimal(0))
    known = sum(t.known for t in trips)
    occupancy = sum((t.occupancy for t in trips), Decimal(0))
    return {
        "Km rodado": sum((c.km for c in costs), Decimal(0)),
        "Viagens": sum(t.trips for t in trips),
        "Gasto variável": variable,
        "Gasto fixo": fixed,
        "Gasto total": variable + fixed,
        "Participação do variável (%)": variable / (variable + fixed),
        "Custo por km": (variable + fixed) / priced_km,
        "Ocupação média (%)": occupancy / (100 * known),
    }


def _of_month(answer: Answer, fleet: Mapping[str, Vehicle]) -> dict[str, Any]:
    """Of the latest month: what it came to so far, and what it will come to."""
    month = max(day.replace(day=1) for _, day in answer.vehicle_days)
    in_month = {key: row for key, row in answer.vehicle_days.items() if _in(key[1], month)}
    last = max(day for (_, day), row in in_month.items() if not row.faltante)
    elapsed = [month + timedelta(days=n) for n in range((last - month).days + 1)]
    length = calendar.monthrange(month.year, month.month)[1]
    km, planned, so_far, variable, fixed, without = (Decimal(0) for _ in range(6))
    for device in {device for device, _ in in_month}:
        driven = sum((r.km_dia for (d, _), r in in_month.items() if d == device), Decimal(0))
        prices = {day: _price(answer, fleet[device], day) for day in elapsed}
        daily = [
            in_month[device, day].km_dia * price.per_km
            for day in elapsed
            if (price := prices[day]) and (device, day) in in_month
        ]
        km += driven
        planned += _rounded(driven * length / len(elapsed), Decimal("0.001"))
        so_far += _rounded(sum(daily, Decimal(0)))
        variable += _rounded(_smoothed(answer, fleet[device], elapsed) * length)
        fixed += ((price := prices[last]) is not None and price.fixed) or Decimal(0)
        without += any(price is None for price in prices.values())
    total = fixed + variable
    return {
        "Mês da previsão": month,
        "Km no mês": km,
        "Km previsto no mês": planned,
        "Custo fixo do mês": fixed,
        "Custo variável até agora": so_far,
        "Custo variável previsto": variable,
        "Custo total previsto": total,
        "Plano do mês": PLAN,
        "Desvio do plano": total - PLAN,
        "Desvio do plano (%)": (total - PLAN) / PLAN,
        "Veículos sem preço": without,
    }


def _smoothed(answer: Answer, vehicle: Vehicle, elapsed: list[date]) -> Decimal:
    """The daily cost, each day's smoothed with that of the days before; 0 without telemetry."""
    smoothed: Decimal | None = None
    for day in elapsed:
        row = answer.vehicle_days.get((vehicle.device_id, day))
        price = _price(answer, vehicle, day)
        cost = row.km_dia * price.per_km if row and price else Decimal(0)
        smoothed = cost if smoothed is None else ALPHA * cost + (1 - ALPHA) * smoothed
    return smoothed or Decimal(0)


def _of_windows(answer: Answer, fleet: Mapping[str, Vehicle]) -> dict[str, Any]:
    """Of what carriers billed against what telemetry measured."""
    owners = {plates.normal(v.number): _carrier(v) for v in fleet.values()}
    rows = {
        key: row
        for key, row in answer.divergences.items()
        if (key.nivel, key.fonte) == ("janela", "medicao") and row.achado != "sem_telemetria"
    }
    declared = sum((row.km_declarado for row in rows.values()), Decimal(0))
    measured = sum((row.km_medido for row in rows.values()), Decimal(0))
    impacts: dict[str, Decimal] = defaultdict(Decimal)
    for key, row in rows.items():
        price = answer.prices[key.placa, key.janela_inicio]
        impacts[owners[key.placa]] += _rounded((row.km_declarado - row.km_medido) * price.per_km)
    findings = sum(row.achado == "divergencia" for row in rows.values())
    places = sorted(set(impacts.values()), reverse=True)
    return {
        "Fonte considerada": "medicao",
        "Km declarado": declared,
        "Km medido": measured,
        "Divergência (km)": declared - measured,
        "Divergência (%)": (declared - measured) / measured,
        "Impacto (R$)": sum(impacts.values(), Decimal(0)),
        "Declarações comparadas": len(rows),
        "Achados": findings,
        "Achados (%)": Decimal(findings) / len(rows),
        "Posição da transportadora": {
            carrier: places.index(impact) + 1 for carrier, impact in impacts.items()
        },
    }


def _of_yesterday(answer: Answer, fleet: Mapping[str, Vehicle], today: date) -> dict[str, Any]:
    costs = _costs(answer, fleet)
    day = max(day for _, day in answer.vehicle_days if day < today)
    spent: dict[date, Decimal] = defaultdict(Decimal)
    for (_, other), cost in costs.items():
        if cost.variable is not None and cost.fixed is not None:
            spent[other] += cost.variable + cost.fixed
    before = [spent[d] for d in spent if day - timedelta(days=7) <= d < day]
    mean = sum(before, Decimal(0)) / len(before)
    return {
        "Dia do D-1": day,
        "Km D-1": sum((c.km for (_, d), c in costs.items() if d == day), Decimal(0)),
        "Viagens D-1": sum(
            row.trips
            for key, row in answer.trips.items()
            if key[1] == day and key in answer.vehicle_days
        ),
        "Gasto D-1": spent[day],
        "Gasto D-1 contra 7 dias (%)": (spent[day] - mean) / mean,
    }


def _of_counts(answer: Answer, fleet: Mapping[str, Vehicle]) -> dict[str, Any]:
    silent = {d for d, _ in answer.vehicle_days}
    silent -= {d for (d, _), row in answer.vehicle_days.items() if not row.faltante}
    doubtful = {
        d for (d, _), row in answer.vehicle_days.items() if row.outlier or row.km_dia > 2000
    }
    services = answer.service_hours.values()
    requests, errors = sum(s.requests for s in services), sum(s.errors for s in services)
    occurrences = sum(answer.occurrences.values())
    return {
        "Veículos": len(fleet),
        "Veículos sem telemetria": len(silent),
        "Veículos para revisar": len(doubtful),
        "Ocorrências": occurrences,
        "Ocorrências abertas": occurrences - answer.occurrences.get("Concluído", 0),
        "Ocorrências atrasadas": answer.occurrences.get("Atrasado", 0),
        "Requisições": requests,
        "Erros": errors,
        "Taxa de erro (%)": Decimal(errors) / requests,
        "Quedas": sum(s.crashes for s in services),
    }


def of_rows(rows: Mapping[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """The measures that the generator does not know, from the marts' rows as they stand."""
    occurrences, hours, tables = (
        rows[name] for name in ("fct_occurrence", "fct_service_hour", "freshness")
    )
    delays = [row["tempo_atraso_min"] for row in occurrences if row["tempo_atraso_min"] is not None]
    timed = [row for row in hours if row["p50_ms"] is not None]
    weighted = sum(row["p50_ms"] * row["requests"] for row in timed)
    states = {row["state"] for row in tables}
    state, colour = next(
        (word, colour)
        for found, word, colour in (
            ("stale", "atrasado", "#B3263E"),
            ("unknown", "desconhecido", "#5A5F66"),
            ("paused", "pausado", "#7A5A00"),
            ("fresh", "em dia", "#0B6B3A"),
        )
        if found in states
    )
    oldest = min(row["data_as_of"] for row in tables if row["data_as_of"])
    return {
        "Atraso médio (min)": Decimal(sum(delays)) / len(delays),
        "Replanejadas (%)": Decimal(sum(bool(r["replanejado"]) for r in occurrences))
        / len(occurrences),
        "Latência mediana (ms)": Decimal(weighted) / sum(row["requests"] for row in timed),
        "Latência p95 (ms)": max(row["p95_ms"] for row in timed),
        "Assentos": sum(row["assentos"] or 0 for row in rows["dim_vehicle"]),
        "Dados até": oldest.replace(tzinfo=None) - timedelta(hours=3),
        "Idade dos dados (h)": Decimal(max(row["age_seconds"] or 0 for row in tables)) / 3600,
        "Estado dos dados": state,
        "Cor do estado": colour,
    }


def _costs(answer: Answer, fleet: Mapping[str, Vehicle]) -> dict[tuple[str, date], Cost]:
    """Every row of rpt_d1 in money, rounded to centavos as it is."""
    found = {}
    for (device, day), row in answer.vehicle_days.items():
        price = _price(answer, fleet[device], day)
        found[device, day] = Cost(row.km_dia, *_amounts(row.km_dia, price, day))
    return found


def _amounts(km: Decimal, price: Price | None, day: date) -> Iterator[Decimal | None]:
    length = calendar.monthrange(day.year, day.month)[1]
    yield None if price is None else _rounded(km * price.per_km)
    yield None if price is None else _rounded(price.fixed / length)


def _price(answer: Answer, vehicle: Vehicle, day: date) -> Price | None:
    return answer.prices.get((plates.normal(vehicle.number), windows.window_of(day)))


def _carrier(vehicle: Vehicle) -> str:
    return _CARRIERS.get(vehicle.carrier, "Conlog")


def _in(day: date, month: date) -> bool:
    return day.replace(day=1) == month


def _rounded(value: Decimal, to: Decimal = _CENT) -> Decimal:
    return value.quantize(to, ROUND_HALF_UP)
