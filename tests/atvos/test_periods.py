"""The periods of marts: where they begin, and which days they have."""

from datetime import date

import pytest

from atvos.periods import Period, whole


@pytest.mark.parametrize(
    ("period", "day", "first", "last"),
    [
        (Period.DAY, date(2025, 6, 15), date(2025, 6, 15), date(2025, 6, 15)),
        (Period.MONTH, date(2025, 6, 15), date(2025, 6, 1), date(2025, 6, 30)),
        (Period.MONTH, date(2024, 2, 29), date(2024, 2, 1), date(2024, 2, 29)),
        (Period.MONTH, date(2025, 12, 31), date(2025, 12, 1), date(2025, 12, 31)),
        (Period.MEASUREMENT, date(2025, 6, 15), date(2025, 5, 16), date(2025, 6, 15)),
        (Period.MEASUREMENT, date(2025, 6, 16), date(2025, 6, 16), date(2025, 7, 15)),
        (Period.MEASUREMENT, date(2025, 1, 1), date(2024, 12, 16), date(2025, 1, 15)),
        (Period.MEASUREMENT, date(2025, 3, 1), date(2025, 2, 16), date(2025, 3, 15)),
        (Period.MEASUREMENT, date(2024, 12, 31), date(2024, 12, 16), date(2025, 1, 15)),
    ],
)
def test_a_period_has_all_its_days(period: Period, day: date, first: date, last: date) -> None:
    days = period.days(day)
    assert (days[0], days[-1]) == (first, last)
    assert len(days) == (last - first).days + 1
    assert {period.start(each) for each in days} == {first}


def test_whole_periods_have_each_day_once_in_order() -> None:
    days = whole(Period.MONTH, [date(2025, 6, 30), date(2025, 5, 2), date(2025, 6, 1)])
    assert (days[0], days[-1], len(days)) == (date(2025, 5, 1), date(2025, 6, 30), 61)
    assert list(days) == sorted(set(days))


def test_no_days_are_no_periods() -> None:
    assert whole(Period.MEASUREMENT, []) == ()
