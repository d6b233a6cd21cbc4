"""The demo compares every number with the right answer, and one wrong number makes it fail."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from atvos import names
from local.demo import verdict, write
from local.ledger import ObjectCounts
from local.outcome import MODEL, Outcome, TableResult
from local.repository import built_models
from local.sample import Answer, Divergence, ServiceTotals, Settings, build

TELEMETRY = names.curated_table("telemetry_events")
VEHICLES = names.curated_table("vehicles")
MART = names.mart(MODEL)
DIVERGENCE = names.mart("fct_km_divergence")
NEVER = "1999-01-01T00:00:00+00:00"
Tamper = Callable[[Outcome], Outcome]


@pytest.fixture(scope="module")
def answer() -> Answer:
    """The answer of a small sample."""
    until = datetime(2026, 11, 23, 15, tzinfo=UTC)
    return build(Settings(until=until, vehicles=5, days=3, events_per_vehicle_day=6))[1]


@pytest.fixture
def right(answer: Answer) -> Outcome:
    """The outcome of a pipeline that makes no mistake."""
    newest = answer.tables["telemetry_events"].last_event_at
    assert newest is not None
    as_of = newest.isoformat()
    return Outcome(
        objects=[
            ObjectCounts(*(o.name, o.read, o.valid, o.rejected, o.duplicate, o.pending, o.reasons))
            for o in answer.objects
        ],
        tables=[*_feeds(answer), *_marts(answer, as_of)],
        vehicle_days=list(answer.vehicle_days.items()),
        divergences=list(answer.divergences.items()),
        service_hours=list(answer.service_hours.items()),
        occurrences=list(answer.occurrences.items()),
        km=_km(answer),
        measured=True,
    )


def _feeds(answer: Answer) -> list[TableResult]:
    """The curated tables; one without an event time is as old as its object."""
    landed = "2026-11-23T15:00:09"
    return [
        TableResult(
            names.curated_table(feed),
            table.rows,
            table.last_event_at.astimezone(UTC).isoformat() if table.last_event_at else landed,
            60.0,
        )
        for feed, table in answer.tables.items()
    ]


def _marts(answer: Answer, as_of: str) -> list[TableResult]:
    """The marts; of some the answer only tells that they have rows."""
    rows = dict.fromkeys(built_models(), 1) | {
        MODEL: len(answer.vehicle_days),
        "fct_km_divergence": len(answer.divergences),
        "fct_occurrence": sum(answer.occurrences.values()),
        "dim_vehicle": answer.tables["vehicles"].rows,
    }
    return [TableResult(names.mart(name), count, as_of, 60.0) for name, count in rows.items()]


def _km(answer: Answer) -> list[tuple[tuple[str, date], Decimal]]:
    """The totals of a pipeline that adds up what each vehicle drove on each day."""
    days = sorted({day for _, day in answer.vehicle_days})
    months = sorted({day.replace(day=1) for day in days})

    def driven(*wanted: date) -> Decimal:
        rows = answer.vehicle_days.items()
        return sum((row.km_dia for (_, day), row in rows if day in wanted), Decimal())

    return [
        *((("rpt_d1", day), driven(day)) for day in days),
        *(
            (("fct_fleet_month_cost", month), driven(*(d for d in days if d.month == month.month)))
            for month in months
        ),
    ]


def first_changed(rows: str, value: Any) -> Tamper:
    """Another value in the first of some rows of the outcome."""

    def change(outcome: Outcome) -> Outcome:
        (key, _), *others = getattr(outcome, rows)
        return replace(outcome, **{rows: [(key, value), *others]})  # type: ignore[arg-type]

    return change


def object_changed(**counts: int | dict[str, int]) -> Tamper:
    """Another count in the last object."""
    return lambda o: replace(o, objects=[*o.objects[:-1], replace(o.objects[-1], **counts)])  # type: ignore[arg-type]


def table_changed(table: str, rows: int | None = None, as_of: str | None = NEVER) -> Tamper:
    """Other rows in a table, or another date."""

    def change(item: TableResult) -> TableResult:
        if item.table != table:
            return item
        return replace(item, rows=rows) if rows is not None else replace(item, data_as_of=as_of)

    return lambda o: replace(o, tables=[change(item) for item in o.tables])


def day_changed(**values: Decimal | int | bool) -> Tamper:
    """Another value in the mart's first row."""

    def change(outcome: Outcome) -> Outcome:
        (key, row), *others = outcome.vehicle_days
        return replace(outcome, vehicle_days=[(key, replace(row, **values)), *others])  # type: ignore[arg-type]

    return change


def one_day_more(outcome: Outcome) -> Outcome:
    """A row of the mart that should not be there."""
    (device, _), row = outcome.vehicle_days[0]
    stray = ((device, date(1999, 1, 1)), row)
    return replace(outcome, vehicle_days=[*outcome.vehicle_days, stray])


WRONG: dict[str, Tamper] = {
    "an object was read to another length": object_changed(read=99_999),
    "a valid row is lost": object_changed(valid=0),
    "a reject is not told": object_changed(rejected=77),
    "a duplicate is not told": object_changed(duplicate=77),
    "a reason is another one": object_changed(reasons={"other": 1}),
    "an object is not in the ledger": lambda o: replace(o, objects=o.objects[1:]),
    "an object is in the ledger twice": lambda o: replace(o, objects=[*o.objects, o.objects[0]]),
    "an object is in the ledger that was not landed": lambda o: replace(
        o, objects=[*o.objects, replace(o.objects[0], object="telemetry_events/stray")]
    ),
    "a curated row is there twice": table_changed(TELEMETRY, rows=1),
    "a vehicle is missing": table_changed(VEHICLES, rows=1),
    "the mart has another number of rows": table_changed(MART, rows=1),
    "the data is of another time": table_changed(TELEMETRY),
    "the mart is of another time": table_changed(MART),
    "a table has no freshness": table_changed(VEHICLES, as_of=None),
    "a distance differs by a metre": day_changed(km_dia=Decimal("0.001")),
    "a day has other events": day_changed(events=999),
    "an outlier is not seen": day_changed(outlier=True, events=-1),
    "a vehicle's day is missing": lambda o: replace(o, vehicle_days=o.vehicle_days[1:]),
    "a vehicle's day is there twice": lambda o: replace(
        o, vehicle_days=[*o.vehicle_days, o.vehicle_days[0]]
    ),
    "a vehicle's day is of no day": one_day_more,
    "a row that waits is not told": object_changed(pending=77),
    "a mart is empty": table_changed(names.mart("dim_unit"), rows=0),
    "another mart has another number of rows": table_changed(DIVERGENCE, rows=1),
    "a finding is not seen": first_changed(
        "divergences", Divergence(Decimal(1), Decimal(1), "nenhum")
    ),
    "a finding is missing": lambda o: replace(o, divergences=o.divergences[1:]),
    "a host has other requests": first_changed("service_hours", ServiceTotals(requests=7)),
    "an occurrence has another status": first_changed("occurrences", 7),
    "the D-1 report adds up to another distance": first_changed("km", Decimal("0.001")),
    "a month adds up to another distance": lambda o: replace(
        o, km=[*o.km[:-1], (o.km[-1][0], Decimal("0.001"))]
    ),
}


def test_where_every_number_is_right_there_is_no_problem(right: Outcome, answer: Answer) -> None:
    assert right.problems(answer) == []


@pytest.mark.parametrize("tamper", WRONG.values(), ids=WRONG)
def test_one_wrong_number_is_one_problem(tamper: Tamper, right: Outcome, answer: Answer) -> None:
    assert len(tamper(right).problems(answer)) == 1


def test_without_metrics_no_date_is_asked_for(right: Outcome, answer: Answer) -> None:
    tables = [replace(t, data_as_of=None, freshness_age_seconds=None) for t in right.tables]
    assert replace(right, tables=tables, measured=False).problems(answer) == []


def test_the_exit_code_says_whether_a_number_is_wrong(
    right: Outcome, answer: Answer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "demo.json"
    wrong = object_changed(valid=0)(right)
    assert (verdict(right, answer, file), verdict(wrong, answer, file)) == (0, 1)
    printed = capsys.readouterr().out
    assert "every number is right" in printed
    assert f"WRONG  {wrong.objects[-1].object}: found" in printed
    assert "1 numbers are wrong" in printed


def test_the_outcome_is_written_as_a_document(
    right: Outcome, answer: Answer, tmp_path: Path
) -> None:
    file = tmp_path / "demo.json"
    write(file, right)
    document = json.loads(file.read_text(encoding="utf-8"))
    assert list(document) == ["objects", "tables", "divergences"]
    assert len(document["divergences"]) == len(answer.divergences)
    assert document["objects"][0] == {
        "object": answer.objects[0].name,
        "read": answer.objects[0].read,
        "valid": answer.objects[0].valid,
        "rejected": answer.objects[0].rejected,
        "duplicate": answer.objects[0].duplicate,
        "pending": answer.objects[0].pending,
        "reasons": answer.objects[0].reasons,
    }
    assert set(document["tables"][0]) == {
        *("table", "rows", "data_as_of", "freshness_age_seconds", "state"),
    }
