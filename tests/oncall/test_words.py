"""Ages, times and foreign texts read as a person would write them."""

from datetime import timedelta

import pytest

from atvos.oncall import words
from tests.oncall.worlds import NOW, ago


@pytest.mark.parametrize(
    ("span", "told"),
    [
        (timedelta(), "0 s"),
        (timedelta(seconds=-3), "0 s"),
        (timedelta(seconds=59), "59 s"),
        (timedelta(minutes=5), "5 min"),
        (timedelta(hours=2, minutes=10, seconds=3), "2 h 10 min"),
        (timedelta(days=3, minutes=5), "3 d"),
    ],
)
def test_an_age_has_at_most_two_units(span: timedelta, told: str) -> None:
    assert words.age(span) == told


def test_a_time_is_sao_paulos_with_its_age() -> None:
    assert words.since(ago(hours=1), NOW) == "2025-06-02 08:00 (1 h ago)"


def test_a_foreign_text_cannot_steer_the_terminal() -> None:
    assert words.plain("a\x1b[31m\r\nb\x9b1m\u202ec") == "a [31m b 1m c"


def test_a_long_text_is_cut() -> None:
    assert words.plain("a" * 400, 10) == "aaaaaaaaa…"
