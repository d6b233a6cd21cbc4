"""However the days of fct_vehicle_day come, at once or one by one, its table is the same."""

import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from atvos import names
from atvos.models import Build
from tests.atvos.desk import query, run
from tests.sql.cases import Row
from tests.sql.running import MODELS, Runner, in_order

MODEL = MODELS["fct_vehicle_day"]
DAYS = tuple(date(2025, 6, 1) + timedelta(days=n) for n in range(4))
ODOMETERS = {"A": (100, 130), "B": (9000, 8990), "Z": (5, 5)}
"""First and last reading of a day, km; Z is in no registry."""


def event(device: str, day: date, hour: int, km: int) -> Row:
    at = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
    values = {"device_id": device, "event_timestamp": at, "event_date": day}
    costs = {"tipo_veiculo": "urbano", "custo_variavel": "0", "custo_fixo": "0"}
    return values | costs | {"odometro_km": Decimal(km)}


def vehicle(device: str) -> Row:
    registered = {"placa": "ABC1D23", "tipo": "van", "frota": "1", "unidade": "UAT"}
    return registered | {"device_id": device, "transportadora": "T"}


EVENTS = [
    event(device, day, hour, km)
    for day in DAYS
    for device, readings in ODOMETERS.items()
    if (device, day) != ("A", DAYS[2])  # a day on which A sends nothing
    for hour, km in zip((9, 18), readings, strict=True)
]


@pytest.fixture(scope="module", autouse=True)
def _filled(runner: Runner) -> None:
    """Four days of telemetry, and two vehicles in the registry."""
    runner.fill("curated.telemetry_events", EVENTS)
    runner.fill("curated.vehicles", [vehicle("A"), vehicle("B")])


@pytest.fixture(autouse=True)
def _empty(runner: Runner) -> None:
    """A mart without rows."""
    runner.client.bigquery.delete_table(names.mart_table(MODEL.name), not_found_ok=True)
    run(runner.client.bigquery, runner.steps(MODEL).prepare("builds"))


def built(runner: Runner, *builds: Sequence[date]) -> list[Row]:
    """The mart after a build of each of these lists of days."""
    for days in builds:
        build = Build(MODEL.name, tuple(days), (uuid.uuid4().hex[:20],), None)
        runner.build(MODEL, build)
        run(runner.client.bigquery, runner.steps(MODEL).publish(build))
    rows = query(runner.client.bigquery, f"SELECT * FROM `{names.mart_table(MODEL.name)}`")
    return in_order(rows)


@pytest.fixture
def at_once(runner: Runner, _empty: None) -> list[Row]:
    """The mart after one build of all days, emptied again."""
    rows = built(runner, DAYS)
    query(runner.client.bigquery, f"DELETE FROM `{names.mart_table(MODEL.name)}` WHERE TRUE")
    return rows


def test_the_first_build_has_every_vehicle_on_every_day(at_once: list[Row]) -> None:
    assert [(row["device_id"], row["dia"], row["km_dia"]) for row in at_once] == [
        *(("A", day, Decimal(0 if day == DAYS[2] else 30)) for day in DAYS),
        *(("B", day, Decimal(0)) for day in DAYS),
        *(("Z", day, Decimal(0)) for day in DAYS),
    ]


def test_built_day_by_day_the_table_is_that_of_the_first_build(
    runner: Runner, at_once: list[Row]
) -> None:
    assert built(runner, *([day] for day in DAYS)) == at_once


def test_built_in_any_order_and_more_than_once_the_table_is_the_same(
    runner: Runner, at_once: list[Row]
) -> None:
    assert built(runner, DAYS[2:], DAYS[:3], [DAYS[3]], DAYS[1:2]) == at_once
