"""What a run of the sample has left, and all that differs from the right answer."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date
from decimal import Decimal
from typing import Any, TypeVar

from atvos import names
from local.ledger import ObjectCounts
from local.repository import built_models
from local.sample import Answer, Divergence, DivergenceKey, ServiceTotals, VehicleDay

MODEL = "fct_vehicle_day"
_Key = TypeVar("_Key", bound=Any)


@dataclass(frozen=True, slots=True)
class TableResult:
    """What people would see of one table; the age is Prometheus's, None where it has none.

    ``state`` is that of ``ops.freshness``, None while the table is not registered.
    """

    table: str
    rows: int
    data_as_of: str | None
    freshness_age_seconds: float | None
    state: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that is compared with the answer; rows of marts are in no order.

    ``km`` are the totals of ``rpt_d1`` by day and of ``fct_fleet_month_cost`` by month.
    Where metrics are not ``measured`` no table has a date, and none is asked for. ``unwatched``
    is what Prometheus lacks, and what it raises an alarm about.
    """

    objects: list[ObjectCounts]
    tables: list[TableResult]
    vehicle_days: list[tuple[tuple[str, date], VehicleDay]]
    divergences: list[tuple[DivergenceKey, Divergence]]
    service_hours: list[tuple[str, ServiceTotals]]
    occurrences: list[tuple[str, int]]
    km: list[tuple[tuple[str, date], Decimal]]
    measured: bool
    unwatched: list[str] = field(default_factory=list)

    def problems(self, answer: Answer) -> list[str]:
        """A line for every number that is wrong."""
        return [
            *_compare_objects(self.objects, answer),
            *_compare_rows(self.tables, answer),
            *(compare_dates(self.tables, answer) if self.measured else []),
            *_differences(f"{MODEL} ", self.vehicle_days, answer.vehicle_days),
            *_differences("fct_km_divergence ", self.divergences, answer.divergences),
            *_differences("fct_service_hour ", self.service_hours, answer.service_hours),
            *_differences("fct_occurrence ", self.occurrences, answer.occurrences),
            *_differences("km of ", self.km, _km(answer)),
            *self.unwatched,
        ]


def compare_dates(tables: list[TableResult], answer: Answer) -> list[str]:
    """What differs between Prometheus and the answer; of some tables nobody knows it before."""
    expected = {
        names.curated_table(feed): table.last_event_at.astimezone(UTC).isoformat()
        for feed, table in answer.tables.items()
        if table.last_event_at
    }
    expected[names.mart(MODEL)] = expected[names.curated_table("telemetry_events")]
    undated = [f"date of {item.table}: none" for item in tables if item.data_as_of is None]
    dated = [(item.table, item.data_as_of) for item in tables if item.table in expected]
    return undated or _differences("date of ", dated, expected)


def _compare_objects(objects: list[ObjectCounts], answer: Answer) -> list[str]:
    expected = {
        item.name: ObjectCounts(
            object=item.name,
            read=item.read,
            valid=item.valid,
            rejected=item.rejected,
            duplicate=item.duplicate,
            pending=item.pending,
            reasons=dict(item.reasons),
        )
        for item in answer.objects
    }
    return _differences("", [(item.object, item) for item in objects], expected)


def _compare_rows(tables: list[TableResult], answer: Answer) -> list[str]:
    """The rows of every table whose number the answer tells."""
    expected = {names.curated_table(feed): table.rows for feed, table in answer.tables.items()}
    expected |= {
        names.mart(MODEL): len(answer.vehicle_days),
        names.mart("fct_km_divergence"): len(answer.divergences),
        names.mart("fct_occurrence"): sum(answer.occurrences.values()),
        names.mart("dim_vehicle"): answer.tables["vehicles"].rows,
    }
    unknown = {names.mart(name) for name in built_models()} - expected.keys()
    empty = [f"{t.table}: no rows" for t in tables if t.table in unknown and not t.rows]
    found = [(item.table, item.rows) for item in tables if item.table not in unknown]
    return empty + _differences("rows of ", found, expected)


def _km(answer: Answer) -> dict[tuple[str, date], Decimal]:
    """The distances of all vehicles together, by day and by month."""
    totals: defaultdict[tuple[str, date], Decimal] = defaultdict(Decimal)
    for (_, day), row in answer.vehicle_days.items():
        totals["rpt_d1", day] += row.km_dia
        totals["fct_fleet_month_cost", day.replace(day=1)] += row.km_dia
    return dict(totals)


def _differences(
    what: str, found: Iterable[tuple[_Key, object]], expected: Mapping[_Key, object]
) -> list[str]:
    """A line for every key whose value is another one, lacking, not expected or there twice."""
    pairs = list(found)
    values = dict(pairs)
    problems = [
        f"{what}{key}: found {values.get(key)}, expected {expected.get(key)}"
        for key in sorted(expected.keys() | values.keys(), key=str)
        if values.get(key) != expected.get(key)
    ]
    twice = [key for key, count in Counter(key for key, _ in pairs).items() if count > 1]
    return problems + [f"{what}{key}: is there more than once" for key in twice]
