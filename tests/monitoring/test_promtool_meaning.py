"""Calendars and deadlines say the same in PromQL as in Python, at sampled instants of a year."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from atvos.contract.calendar import Hours, Season, SloCalendar, Weekday
from atvos.contract.deadline import Deadline, Every
from atvos.monitoring.promql import active, due_since
from tests.monitoring.programs import run

# A test of promtool begins with 1970. A later year has a month before it, and a leap day.
BEGIN = datetime(1971, 12, 1, tzinfo=UTC)
OFFICE = tuple(day for day in Weekday if day not in (Weekday.SAT, Weekday.SUN))
INSTANTS = [BEGIN + timedelta(hours=hour, minutes=30 * (hour % 2)) for hour in range(366 * 24)]


def agrees(folder: Path, expr: str, expected: Callable[[datetime], float]) -> tuple[int, str]:
    """What promtool says of ``expr`` against ``expected`` at every instant."""
    origin = datetime(1970, 1, 1, tzinfo=UTC)
    checks = [
        {
            "eval_time": f"{int((at - origin).total_seconds())}s",
            "expr": expr,
            "exp_samples": [{"labels": "{}", "value": expected(at)}],
        }
        for at in INSTANTS
    ]
    case = {"interval": "1h", "promql_expr_test": checks}
    document = {"rule_files": [], "evaluation_interval": "1h", "tests": [case]}
    (folder / "test.yml").write_text(json.dumps(document))
    return run("promtool", "test", "rules", "test.yml", folder=folder)


@pytest.mark.parametrize(
    "calendar",
    [
        None,
        SloCalendar(OFFICE, hours=Hours(time(8), time(18))),
        SloCalendar((Weekday.SUN,), Season((4, 1), (11, 30))),
        SloCalendar(season=Season((11, 15), (2, 28)), hours=Hours(time(22, 30), time(5))),
    ],
    ids=["always", "office hours", "sundays of the harvest", "nights over new year"],
)
def test_a_calendar_holds_when_its_expression_is_1(
    calendar: SloCalendar | None, tmp_path: Path
) -> None:
    def expected(at: datetime) -> float:
        return float(calendar is None or calendar.is_active(at))

    assert agrees(tmp_path, active(calendar), expected) == (
        0,
        "Unit Testing:  test.yml\n  SUCCESS\n\n",
    )


@pytest.mark.parametrize(
    "deadline",
    [
        Deadline(Every.DAY, time(8), time(7, 30)),
        Deadline(Every.MONTH, time(8), time(8), 2),
        Deadline(Every.MONTH, time(23, 59), time(23), 28),
    ],
    ids=["daily", "second day", "last day"],
)
def test_a_publish_is_due_since_what_its_expression_says(
    deadline: Deadline, tmp_path: Path
) -> None:
    def expected(at: datetime) -> float:
        return deadline.due_since(at).timestamp()

    expr = due_since(deadline, deadline.alert_at)
    assert agrees(tmp_path, expr, expected) == (0, "Unit Testing:  test.yml\n  SUCCESS\n\n")
