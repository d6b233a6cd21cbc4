"""The demo compares every number with the right answer, and one wrong number makes it fail."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from atvos import names
from local.demo import report
from local.ledger import ObjectCounts
from local.outcome import MODEL, Outcome, TableResult
from local.sample import Answer, Settings, build

TELEMETRY = names.curated_table("telemetry_events")
VEHICLES = names.curated_table("vehicles")
MART = names.mart_table(MODEL)
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
            ObjectCounts(o.name, o.read, o.valid, o.rejected, o.duplicate, o.reasons)
            for o in answer.objects
        ],
        tables=[
            TableResult(TELEMETRY, answer.tables["telemetry_events"].rows, as_of, 60.0),
            TableResult(VEHICLES, answer.tables["vehicles"].rows, "2026-11-23T15:00:09", 50.0),
            TableResult(MART, len(answer.vehicle_days), as_of, 60.0),
        ],
        vehicle_days=list(answer.vehicle_days.items()),
        measured=True,
    )


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
    assert (report(right, answer, file), report(wrong, answer, file)) == (0, 1)
    printed = capsys.readouterr().out
    assert "every number is right" in printed
    assert f"WRONG  {wrong.objects[-1].object}: found" in printed
    assert "1 numbers are wrong" in printed


def test_the_outcome_is_written_as_a_document(
    right: Outcome, answer: Answer, tmp_path: Path
) -> None:
    file = tmp_path / "demo.json"
    report(right, answer, file)
    document = json.loads(file.read_text(encoding="utf-8"))
    assert list(document) == ["objects", "tables"]
    assert document["objects"][0] == {
        "object": answer.objects[0].name,
        "read": answer.objects[0].read,
        "valid": answer.objects[0].valid,
        "rejected": answer.objects[0].rejected,
        "duplicate": answer.objects[0].duplicate,
        "reasons": answer.objects[0].reasons,
    }
    assert set(document["tables"][0]) == {"table", "rows", "data_as_of", "freshness_age_seconds"}
