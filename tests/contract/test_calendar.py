"""When a table's promise holds, in São Paulo's time, and which calendars are refused."""

from __future__ import annotations

from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import pytest

from atvos import contract
from atvos.contract import ContractError, Problem, SloCalendar
from atvos.contract.calendar import ZONE, Hours, Season, Weekday
from tests.contract.editing import custom, edited, written

MONDAY = datetime(2026, 6, 1, 12, tzinfo=ZONE)
HARVEST = Season((4, 1), (11, 30))
SUMMER = Season((11, 15), (2, 28))
OFFICE, NIGHT = Hours(time(8), time(18)), Hours(time(22, 30), time(5))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("calendar", "active", "quiet"),
    [
        (SloCalendar((Weekday.MON,)), "2026-06-01T00:00", "2026-06-02T00:00"),
        (SloCalendar((Weekday.SUN,)), "2026-05-31T23:59", "2026-06-01T00:00"),
        (SloCalendar(season=HARVEST), "2026-04-01T00:00", "2026-03-31T23:59"),
        (SloCalendar(season=HARVEST), "2026-11-30T23:59", "2026-12-01T00:00"),
        (SloCalendar(season=SUMMER), "2026-12-31T23:59", "2026-11-14T23:59"),
        (SloCalendar(season=SUMMER), "2026-02-28T23:59", "2026-03-01T00:00"),
        (SloCalendar(season=Season((6, 1), (6, 1))), "2026-06-01T12:00", "2026-06-02T00:00"),
        (SloCalendar(hours=OFFICE), "2026-06-01T08:00", "2026-06-01T18:00"),
        (SloCalendar(hours=NIGHT), "2026-06-01T04:59", "2026-06-01T05:00"),
        (SloCalendar(hours=NIGHT), "2026-06-01T22:30", "2026-06-01T22:29"),
        (SloCalendar((Weekday.MON,), HARVEST, OFFICE), "2026-06-01T08:00", "2026-06-02T08:00"),
    ],
)
def test_a_promise_holds_within_its_calendar(
    calendar: SloCalendar, active: str, quiet: str
) -> None:
    assert (calendar.is_active(at(active)), calendar.is_active(at(quiet))) == (True, False)


def test_an_instant_of_another_zone_is_one_of_sao_paulo() -> None:
    calendar = SloCalendar((Weekday.MON,), hours=Hours(time(21), time(22)))

    assert calendar.is_active(datetime(2026, 6, 2, 0, 30, tzinfo=UTC))


def test_days_are_numbered_as_promql_numbers_them() -> None:
    assert [day.number for day in Weekday] == [1, 2, 3, 4, 5, 6, 0]


def test_a_contract_says_when_its_promise_holds(tmp_path: Path) -> None:
    value = {
        "weekdays": ["fri", "mon"],
        "season": {"from": "04-01", "to": "11-30"},
        "hours": {"from": "08:00", "to": "18:00"},
    }
    file = written(edited(custom("sloCalendar", value)), tmp_path)

    assert contract.load_feed(file).calendar == SloCalendar(
        (Weekday.MON, Weekday.FRI), HARVEST, OFFICE
    )


def test_without_a_calendar_a_promise_always_holds(tmp_path: Path) -> None:
    assert contract.load_feed(written(edited({}), tmp_path)).calendar is None


@pytest.mark.parametrize(
    ("value", "attribute", "found", "valid"),
    [
        ("weekdays", "", "weekdays", "a mapping with weekdays, season or hours"),
        ({}, "", {}, "a mapping with weekdays, season or hours"),
        ({"days": ["mon"]}, ".days", ["mon"], "one of weekdays, season, hours"),
        ({"weekdays": ["seg"]}, ".weekdays", ["seg"], "mon, tue, wed"),
        ({"weekdays": ["mon", "mon"]}, ".weekdays", ["mon", "mon"], "that differ"),
        ({"season": "harvest"}, ".season", "harvest", '{from: "04-01"'),
        ({"season": {"from": "4-1", "to": "11-30"}}, ".season.from", "4-1", '"MM-DD"'),
        ({"season": {"from": "04-01", "to": "11-31"}}, ".season.to", "11-31", '"MM-DD"'),
        ({"season": {"from": "04-01"}}, ".season.to", None, '"MM-DD"'),
        ({"hours": {"from": 480, "to": "18:00"}}, ".hours.from", 480, "in quotes"),
        ({"hours": {"from": "08:00", "to": "24:00"}}, ".hours.to", "24:00", '"HH:MM"'),
        ({"hours": {"from": "08:00", "to": "08:00"}}, ".hours.to", "08:00", "another time"),
    ],
)
def test_a_calendar_that_cannot_be_kept_is_refused(
    value: Any, attribute: str, found: Any, valid: str, tmp_path: Path
) -> None:
    file = written(edited(custom("sloCalendar", value)), tmp_path)

    with pytest.raises(ContractError) as error:
        contract.load_feed(file)

    (problem,) = error.value.problems
    assert problem == Problem(
        file, f"customProperties.sloCalendar{attribute}", found, problem.valid
    )
    assert valid in problem.valid


def test_a_calendar_is_told_in_words() -> None:
    calendar = SloCalendar((Weekday.MON, Weekday.FRI), HARVEST, OFFICE)
    assert str(calendar) == "mon, fri; 04-01 to 11-30; 08:00 to 18:00"
