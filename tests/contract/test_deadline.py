"""By when a table must have been published, and which deadlines are refused."""

from __future__ import annotations

from datetime import datetime, time
from pathlib import Path
from typing import Any

import pytest

from atvos import contract
from atvos.contract import ContractError, Deadline, Problem
from atvos.contract.calendar import ZONE
from atvos.contract.deadline import Every
from tests.contract.editing import custom, edited, written

DAILY = Deadline(Every.DAY, time(8), time(7, 30))
MONTHLY = Deadline(Every.MONTH, time(8), time(8), 2)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("deadline", "published", "now", "missed"),
    [
        (DAILY, "2026-06-01T23:59", "2026-06-02T07:29", False),
        (DAILY, "2026-06-01T23:59", "2026-06-02T07:30", True),
        (DAILY, "2026-06-02T00:00", "2026-06-02T07:30", False),
        (DAILY, "2026-06-01T23:59", "2026-06-03T00:00", True),
        (DAILY, "2026-06-02T23:00", "2026-06-03T00:00", False),
        (MONTHLY, "2026-05-31T23:59", "2026-06-02T07:59", False),
        (MONTHLY, "2026-05-31T23:59", "2026-06-02T08:00", True),
        (MONTHLY, "2026-06-01T00:00", "2026-06-02T08:00", False),
        (MONTHLY, "2026-05-31T23:59", "2026-07-01T00:00", True),
        (MONTHLY, "2026-06-01T00:00", "2026-07-02T07:59", False),
        (MONTHLY, "2026-12-31T23:59", "2027-01-02T08:00", True),
    ],
)
def test_what_was_not_published_in_its_day_or_month_is_missed_until_it_is(
    deadline: Deadline, published: str, now: str, missed: bool
) -> None:
    assert deadline.is_missed(at(published), at(now)) is missed


def test_what_was_never_published_is_missed() -> None:
    assert DAILY.is_missed(None, at("2026-06-02T00:00"))


def test_a_contract_has_a_deadline_or_none(tmp_path: Path) -> None:
    value = {"every": "month", "day": 2, "by": "08:00", "alertAt": "07:30"}
    file = written(edited(custom("deadline", value)), tmp_path)

    assert contract.load_feed(file).deadline == Deadline(Every.MONTH, time(8), time(7, 30), 2)
    assert contract.load_feed(written(edited({}), tmp_path)).deadline is None


@pytest.mark.parametrize(
    ("edits", "attribute", "found", "valid"),
    [
        ({"every": "week"}, ".every", "week", "one of day, month"),
        ({"by": 480}, ".by", 480, "in quotes"),
        ({"by": "8:00"}, ".by", "8:00", '"HH:MM"'),
        ({"alertAt": None}, ".alertAt", None, '"HH:MM"'),
        ({"alertAt": "08:01"}, ".alertAt", "08:01", "not after by, 08:00"),
        ({"day": 2}, ".day", 2, "none, with every: day"),
        ({"every": "month"}, ".day", None, "from 1 to 28"),
        ({"every": "month", "day": 29}, ".day", 29, "from 1 to 28"),
        ({"until": "10:00"}, ".until", "10:00", "one of by, alertAt, every, day"),
    ],
)
def test_a_deadline_that_cannot_be_kept_is_refused(
    edits: dict[str, Any], attribute: str, found: Any, valid: str, tmp_path: Path
) -> None:
    value = {"every": "day", "by": "08:00", "alertAt": "07:30", **edits}
    file = written(edited(custom("deadline", value)), tmp_path)

    with pytest.raises(ContractError) as error:
        contract.load_feed(file)

    (problem,) = error.value.problems
    assert problem == Problem(file, f"customProperties.deadline{attribute}", found, problem.valid)
    assert valid in problem.valid


def test_a_deadline_that_is_no_mapping_is_refused(tmp_path: Path) -> None:
    file = written(edited(custom("deadline", "08:00")), tmp_path)

    with pytest.raises(ContractError, match=r"deadline: found '08:00'; valid: a mapping like"):
        contract.load_feed(file)


@pytest.mark.parametrize(
    ("deadline", "text"),
    [
        (DAILY, "every day by 08:00, alert at 07:30"),
        (MONTHLY, "every month on day 2 by 08:00, alert at 08:00"),
    ],
)
def test_a_deadline_is_told_in_words(deadline: Deadline, text: str) -> None:
    assert str(deadline) == text
