"""Whether what the theme colours can be told from what is behind it (WCAG 2, level AA)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from atvos.powerbi.model import Model
from atvos.powerbi.pbir import Report
from atvos.powerbi.report_freshness import COLOUR, MEASURES
from atvos.powerbi.report_places import at, problem

TEXT = 4.5
"""Least contrast of text."""

SHAPES = 3.0
"""Least contrast of bars, lines and what else is looked at."""

_TEXT_KEYS = (
    *("foreground", "foregroundNeutralSecondary", "foregroundNeutralTertiary", "hyperlink"),
    *("good", "neutral", "bad"),
)
_DARKEST = 0.04045  # up to here WCAG takes the luminance of a channel to be linear
_HEX = re.compile(r"#[0-9A-Fa-f]{6}\b")


def luminance(colour: str) -> float:
    """Relative luminance of ``#rrggbb``, 0 to 1, as WCAG defines it."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= _DARKEST else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast of two colours, 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def problems(report: Report, model: Model) -> list[str]:
    """Every colour of the theme, of a text and of a state that is too close to its background."""
    file = report.theme_file
    found = [
        problem(at(file, colour), f"contrast of {name} {colour} on {behind}", round(is_, 2), valid)
        for name, colour, least in _colours(report.theme, report, model)
        for behind in (report.theme["background"], report.theme["backgroundLight"])
        if (is_ := contrast(colour, behind)) < least
        for valid in [f"at least {least}"]
    ]
    return [*dict.fromkeys(found)]


def _colours(
    theme: Mapping[str, Any], report: Report, model: Model
) -> Iterator[tuple[str, str, float]]:
    """Name, colour and least contrast of everything that is coloured."""
    for colour in theme["dataColors"]:
        yield "dataColors", colour, SHAPES
    yield "tableAccent", theme["tableAccent"], SHAPES
    for key in _TEXT_KEYS:
        yield key, theme[key], TEXT
    for name, each in theme["textClasses"].items():
        yield f"textClasses.{name}", each["color"], TEXT
    for page in report.pages:
        for visual in page.visuals:
            for colour in sorted(set(_HEX.findall(visual.file.read_text(encoding="utf-8")))):
                yield f"{page.name}/{visual.name}", colour, TEXT
    measures = model.tables[MEASURES].measures if MEASURES in model.tables else {}
    if COLOUR in measures:
        for colour in _HEX.findall(measures[COLOUR].expression):
            yield f"{MEASURES}[{COLOUR}]", colour, TEXT
