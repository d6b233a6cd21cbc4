"""Pictures of a report's pages: where every visual stands, its title and the fields that it uses.

They show no data and no pixel of Power BI: they are drawn from the files of the report, so that
a review can look at a change of the layout without opening Power BI Desktop.
"""

from __future__ import annotations

from atvos.powerbi.pbir import PHONE_WIDTH, WORDLESS, Box, Page, Report, Visual
from atvos.powerbi.report_fields import of_visual
from atvos.powerbi.report_freshness import datasets
from atvos.powerbi.wireframe_sketch import sketch
from atvos.powerbi.wireframe_svg import (
    FAINT,
    GROUND,
    LINE,
    PAPER,
    fit,
    picture,
    rect,
    words,
    wrap,
)

PHONE = "_celular"
"""What the names of pictures of layouts for phones end with."""

_PAD, _TITLE, _FIELDS = 8, 12, 10
_TALL = 120


def pictures(report: Report) -> dict[str, str]:
    """SVG by file name: one for each page, and one for each layout for phones."""
    colours = report.theme["dataColors"]
    found = {}
    for page in report.pages:
        found[f"{page.name}.svg"] = _page(page, colours)
        if page.on_phones:
            found[f"{page.name}{PHONE}.svg"] = _phone(page, colours)
    return found


def _page(page: Page, colours: list[str]) -> str:
    width, height = page.size
    parts = [rect(Box(0, 0, width, height), GROUND)]
    for visual in page.visuals:
        parts += _visual(visual, visual.place.box, colours)
    return picture(width, height, page.title, parts)


def _phone(page: Page, colours: list[str]) -> str:
    placed = [(each, each.phone.box) for each in page.on_phones if each.phone]
    height = max(box.bottom for _, box in placed) + _PAD
    parts = [rect(Box(0, 0, PHONE_WIDTH, height), GROUND)]
    for visual, box in placed:
        parts += _visual(visual, box, colours)
    return picture(PHONE_WIDTH, height, f"{page.title}, celular", parts)


def _visual(visual: Visual, box: Box, colours: list[str]) -> list[str]:
    """Frame, title, sketch, and at its foot the fields, where there is room for them."""
    if visual.kind == "textbox":
        return sketch(visual, box, colours)
    parts = [rect(box, PAPER, LINE, 4)]
    top, room = box.y + 4, box.width - 2 * _PAD
    if visual.kind not in WORDLESS:
        most = 2 if box.height > _TALL else 1
        for each in wrap(visual.title, room, _TITLE, most, bold=True):
            top += _TITLE + 4
            parts.append(words(each, box.x + _PAD, top, _TITLE, bold=True))
        top += 8
    foot = box.bottom - 6
    if box.height > _TALL:
        fields = fit(_fields(visual), room, _FIELDS)
        parts.append(words(fields, box.x + _PAD, foot, _FIELDS, fill=FAINT))
        foot -= _FIELDS + 6
    return parts + sketch(visual, Box(box.x + _PAD, top, room, foot - top), colours)


def _fields(visual: Visual) -> str:
    """The fields in short: measures in brackets, columns with their table."""
    shown = [
        f"[{each.name}]" if each.kind == "Measure" else f"{each.table}[{each.name}]"
        for each in of_visual(visual)
    ]
    return " · ".join([*shown, *sorted(datasets(visual))])
