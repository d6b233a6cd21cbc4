"""What a run of the sample has left in ledger, tables and Prometheus, against the right answer."""

from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TypeVar

from atvos import freshness, names
from local.client import Client
from local.errors import StackError
from local.ledger import ObjectCounts, object_counts
from local.sample import Answer, VehicleDay
from local.services import Service
from local.stack import say
from local.waiting import wait

MODEL = "fct_vehicle_day"
_TABLES = {
    "telemetry_events": names.curated_table("telemetry_events"),
    "vehicles": names.curated_table("vehicles"),
    MODEL: names.mart_table(MODEL),
}
_Key = TypeVar("_Key", str, tuple[str, date])
_SCRAPE_LIMIT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class TableResult:
    """What people would see of one table; the age is Prometheus's, None where it has none."""

    table: str
    rows: int
    data_as_of: str | None
    freshness_age_seconds: float | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that is compared with the answer; ``vehicle_days`` are the mart's rows, in no order.

    Where metrics are not ``measured`` no table has a date, and none is asked for.
    """

    objects: list[ObjectCounts]
    tables: list[TableResult]
    vehicle_days: list[tuple[tuple[str, date], VehicleDay]]
    measured: bool

    def problems(self, answer: Answer) -> list[str]:
        """A line for every number that is wrong."""
        return [
            *_compare_objects(self.objects, answer),
            *_compare_rows(self.tables, answer),
            *(_compare_dates(self.tables, answer) if self.measured else []),
            *_compare_vehicle_days(self.vehicle_days, answer),
        ]


def read(client: Client, answer: Answer) -> Outcome:
    """The outcome now; waits a while for Prometheus to have the freshness of the last publish."""
    measured = client.stack.services[Service.PROMETHEUS].state == "running"
    as_of: dict[str, str] = {}
    ages: dict[str, float] = {}

    def scraped() -> tuple[bool, str]:
        found = client.measure(freshness.LAST_EVENT)
        as_of.update({name: _instant(seconds) for name, seconds in found.items()})
        ages.update(client.measure(f"time() - {freshness.LAST_EVENT}"))
        wrong = _compare_dates(_tables(client, as_of, ages), answer)
        return not wrong, f"{len(ages)} datasets scraped, {len(wrong)} not up to date"

    if measured:
        with suppress(StackError):  # the comparison tells what stayed behind
            wait(scraped, _SCRAPE_LIMIT_SECONDS)
    else:
        say("    metrics are not collected: no freshness age")
    return Outcome(
        objects=[counts for _, counts in object_counts(client, answer.feeds)],
        tables=_tables(client, as_of, ages),
        vehicle_days=_vehicle_days(client),
        measured=measured,
    )


def _tables(
    client: Client, as_of: Mapping[str, str], ages: Mapping[str, float]
) -> list[TableResult]:
    return [
        TableResult(
            table=table,
            rows=client.rows(f"SELECT COUNT(*) AS n FROM `{table}`")[0]["n"],
            data_as_of=as_of.get(dataset),
            freshness_age_seconds=ages.get(dataset),
        )
        for dataset, table in _TABLES.items()
    ]


def _vehicle_days(client: Client) -> list[tuple[tuple[str, date], VehicleDay]]:
    rows = client.rows(
        "SELECT device_id, dia, km_dia, eventos, outlier, faltante "
        f"FROM `{names.mart_table(MODEL)}`"
    )
    return [
        (
            (row["device_id"], row["dia"]),
            VehicleDay(row["km_dia"], row["eventos"], row["outlier"], row["faltante"]),
        )
        for row in rows
    ]


def _instant(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def _compare_objects(objects: list[ObjectCounts], answer: Answer) -> list[str]:
    expected = {
        item.name: ObjectCounts(
            item.name, item.read, item.valid, item.rejected, item.duplicate, dict(item.reasons)
        )
        for item in answer.objects
    }
    return _differences("", [(item.object, item) for item in objects], expected)


def _compare_rows(tables: list[TableResult], answer: Answer) -> list[str]:
    expected = {names.curated_table(feed): table.rows for feed, table in answer.tables.items()}
    expected[names.mart_table(MODEL)] = len(answer.vehicle_days)
    return _differences("rows of ", [(item.table, item.rows) for item in tables], expected)


def _compare_dates(tables: list[TableResult], answer: Answer) -> list[str]:
    """What differs between Prometheus and the answer; the registry's date is its arrival."""
    telemetry = answer.tables["telemetry_events"].last_event_at
    known = {f"{names.CURATED}.telemetry_events", names.mart_table(MODEL)}
    expected = {table: telemetry and telemetry.isoformat() for table in known}
    undated = [f"date of {item.table}: none" for item in tables if item.data_as_of is None]
    dated = [(item.table, item.data_as_of) for item in tables if item.table in known]
    return undated or _differences("date of ", dated, expected)


def _compare_vehicle_days(
    rows: list[tuple[tuple[str, date], VehicleDay]], answer: Answer
) -> list[str]:
    return _differences(f"{MODEL} ", rows, answer.vehicle_days)


def _differences(
    what: str, found: Iterable[tuple[_Key, object]], expected: Mapping[_Key, object]
) -> list[str]:
    """A line for every key whose value is another one, lacking, not expected or there twice."""
    pairs = list(found)
    values = dict(pairs)
    problems = [
        f"{what}{key}: found {values.get(key)}, expected {expected.get(key)}"
        for key in sorted(expected.keys() | values.keys())
        if values.get(key) != expected.get(key)
    ]
    twice = [key for key, count in Counter(key for key, _ in pairs).items() if count > 1]
    return problems + [f"{what}{key}: is there more than once" for key in twice]
