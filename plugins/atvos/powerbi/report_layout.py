"""Whether everything on a page, and on its layout for phones, stands where it can be seen."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise
from math import inf

from atvos.powerbi.pbir import PHONE_WIDTH, Page, Placed, Report
from atvos.powerbi.report_places import at, problem

CANVAS = (1280, 720)
"""Width and height of every page, in pixels."""

GRID = 8
"""Positions and sizes on a page are multiples of this; in layouts for phones of 2."""

_Named = list[tuple[str, Placed]]


def problems(report: Report) -> list[str]:
    """Everything that leaves its canvas or its grid, covers something, or is out of order."""
    found = []
    for page in report.pages:
        places = [(each.name, each.place) for each in page.visuals]
        phone = [(each.name, each.phone) for each in page.visuals if each.phone]
        found += [*_canvas(page), *_on(places, page.size, GRID), *_on(phone, (PHONE_WIDTH, inf), 2)]
    return found


def _canvas(page: Page) -> Iterator[str]:
    if page.size != CANVAS:
        yield problem(at(page.file, '"width"'), f"size of {page.name}", page.size, str(CANVAS))


def _on(places: _Named, size: tuple[float, float], grid: int) -> Iterator[str]:
    for name, place in places:
        box = place.box
        where = at(place.file, '"position"')
        if box.x < 0 or box.y < 0 or box.right > size[0] or box.bottom > size[1]:
            found = (box.x, box.y, box.right, box.bottom)
            yield problem(where, f"edges of {name}", found, f"within {size[0]} x {size[1]}")
        if box.width <= 0 or box.height <= 0:
            yield problem(where, f"size of {name}", (box.width, box.height), "more than 0")
        if any(side % grid for side in (box.x, box.y, box.width, box.height)):
            sides = (box.x, box.y, box.width, box.height)
            yield problem(where, f"position of {name}", sides, f"multiples of {grid}")
    for (name, one), (other, two) in combinations(places, 2):
        if one.box.overlaps(two.box):
            where = at(one.file, '"position"')
            yield problem(where, f"{name} and {other}", "an overlap", "each on a place of its own")
    yield from _tab_order(places)


def _tab_order(places: _Named) -> Iterator[str]:
    """The Tab key goes through a page as one reads it: row by row, from the left."""
    for name, place in places:
        if place.tab is None:
            yield problem(at(place.file), f"tabOrder of {name}", None, "a number")
    numbered = [(place.tab, name, place) for name, place in places if place.tab is not None]
    for (_, before, first), (_, after, second) in pairwise(sorted(numbered, key=lambda x: x[0])):
        if first.tab == second.tab or (first.box.y, first.box.x) > (second.box.y, second.box.x):
            where = at(second.file, '"tabOrder"')
            valid = f"after what stands above it or to its left, {before} too"
            yield problem(where, f"tabOrder of {after}", second.tab, valid)
