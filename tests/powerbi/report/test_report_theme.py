"""Contrast is what WCAG says it is."""

from __future__ import annotations

import pytest

from atvos.powerbi.report_theme import contrast, luminance


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("#000000", "#FFFFFF", 21.0),
        ("#FFFFFF", "#000000", 21.0),
        ("#FF0000", "#FFFFFF", 4.0),
        ("#777777", "#FFFFFF", 4.48),
        ("#767676", "#FFFFFF", 4.54),
        ("#123456", "#123456", 1.0),
    ],
)
def test_contrast_is_that_of_wcag(one: str, other: str, expected: float) -> None:
    assert contrast(one, other) == pytest.approx(expected, abs=0.005)


def test_the_eye_sees_green_best() -> None:
    red, green, blue = luminance("#FF0000"), luminance("#00FF00"), luminance("#0000FF")

    assert blue < red < green
    assert red + green + blue == pytest.approx(1)
