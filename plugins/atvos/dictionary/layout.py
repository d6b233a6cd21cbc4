"""Where the boxes and arrows of a diagram go: in columns, each right of those it is made from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

_LETTER = 7.4
_PADDING = 14.0
_HEIGHT = 30.0
_GAP = 14.0
"""Between boxes one below the other, and, where an arrow passes between them, around it."""
_ALLEY = 52.0
"""Between columns, for the arrows."""
_MARGIN = 4.0
_SWEEPS = 8


@dataclass(frozen=True, slots=True)
class Place:
    """A point, in pixels from the top left."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Node:
    """A box, in pixels from the top left."""

    left: float
    top: float
    width: float
    height: float

    @property
    def entry(self) -> Place:
        """Where arrows end."""
        return Place(self.left, self.top + self.height / 2)

    @property
    def exit(self) -> Place:
        """Where arrows begin."""
        return Place(self.left + self.width, self.top + self.height / 2)


def arrange(
    letters: Mapping[str, int], arrows: list[tuple[str, str]]
) -> tuple[dict[str, Node], list[list[Place]], Place]:
    """Boxes by name, the route of each arrow, and the size of the drawing.

    ``letters`` is the length of each box's label. An arrow that passes a column has a place of
    its own in it, so that it crosses no box. ValueError where arrows go in a circle.
    """
    ranks = _ranks(letters, arrows)
    chains = [_chain(number, *arrow, ranks) for number, arrow in enumerate(arrows)]
    links = [link for chain in chains for link in pairwise(chain)]
    for chain in chains:
        ranks |= {stop: ranks[chain[0]] + n for n, stop in enumerate(chain)}
    columns = _ordered(ranks, links)
    boxes = _boxes(columns, letters)
    routes = [_route(chain, boxes) for chain in chains]
    nodes = {name: boxes[name] for name in letters}
    right = max(box.left + box.width for box in boxes.values())
    bottom = max(box.top + box.height for box in boxes.values())
    return nodes, routes, Place(right + _MARGIN, bottom + _MARGIN)


def _ranks(names: Iterable[str], arrows: list[tuple[str, str]]) -> dict[str, int]:
    """The column of each box: one right of the last of its sources."""
    ranks = dict.fromkeys(names, 0)
    for _ in ranks:
        if all(ranks[source] < ranks[target] for source, target in arrows):
            return ranks
        for source, target in arrows:
            ranks[target] = max(ranks[target], ranks[source] + 1)
    raise ValueError(f"arrows go in a circle: {', '.join(sorted(ranks))}")


def _chain(number: int, source: str, target: str, ranks: Mapping[str, int]) -> list[str]:
    """The stops of an arrow: its ends, and one of its own in each column that it passes."""
    passed = range(ranks[source] + 1, ranks[target])
    return [source, *(f"{number}:{rank}" for rank in passed), target]


def _ordered(ranks: Mapping[str, int], links: list[tuple[str, str]]) -> list[list[str]]:
    """The columns, each sorted by the middle of its neighbours, so that few arrows cross."""
    columns: list[list[str]] = [[] for _ in range(max(ranks.values()) + 1)]
    for name in sorted(ranks):
        columns[ranks[name]].append(name)
    for sweep in range(_SWEEPS):
        rightwards = sweep % 2 == 0
        for column in columns if rightwards else reversed(columns):
            heights = {n: i / len(c) for c in columns for i, n in enumerate(c)}
            middles = {n: _middle(n, heights, links, rightwards) for n in column}
            column.sort(key=middles.__getitem__)
    return columns


def _middle(
    name: str, heights: Mapping[str, float], links: list[tuple[str, str]], rightwards: bool
) -> float:
    """The mean height of a stop's sources, or of its targets; its own where it has none."""
    near = [heights[a if rightwards else b] for a, b in links if name == (b if rightwards else a)]
    return sum(near) / len(near) if near else heights[name]


def _boxes(columns: list[list[str]], letters: Mapping[str, int]) -> dict[str, Node]:
    """The box of each stop; that of an arrow passing by has no height."""
    heights = [sum(_height(n, letters) + _GAP for n in column) - _GAP for column in columns]
    boxes: dict[str, Node] = {}
    left = _MARGIN
    for column, height in zip(columns, heights, strict=True):
        width = max(letters.get(n, 0) for n in column) * _LETTER + 2 * _PADDING
        top = _MARGIN + (max(heights) - height) / 2
        for name in column:
            boxes[name] = Node(left, top, width, _height(name, letters))
            top += _height(name, letters) + _GAP
        left += width + _ALLEY
    return boxes


def _height(name: str, letters: Mapping[str, int]) -> float:
    return _HEIGHT if name in letters else 0.0


def _route(chain: list[str], boxes: Mapping[str, Node]) -> list[Place]:
    """The places that an arrow goes through; it passes a column straight."""
    inner = [place for stop in chain[1:-1] for place in (boxes[stop].entry, boxes[stop].exit)]
    return [boxes[chain[0]].exit, *inner, boxes[chain[-1]].entry]
