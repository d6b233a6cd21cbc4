"""Draws the dictionary's Mermaid diagrams as SVG while MkDocs builds the pages.

The site then needs no script and no network. Only what ``diagrams`` writes is understood: a
flowchart from left to right of nodes, arrows, links and styles. This module imports nothing
but the standard library, as MkDocs has an environment of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from itertools import pairwise
from typing import Any

from atvos.dictionary.layout import Node, Place, arrange

_LINES = {
    "node": re.compile(r'(?P<id>\w+)\["(?P<label>[^"]*)"\](?::::(?P<style>\w+))?'),
    "arrow": re.compile(r"(?P<source>\w+) (?P<arrow>-->|-\.->) (?P<target>\w+)"),
    "link": re.compile(r'click (?P<id>\w+) "(?P<url>[^"]*)"'),
    "class": re.compile(r"classDef (?P<id>\w+) (?P<css>\S+)"),
    "style": re.compile(r"style (?P<id>\w+) (?P<css>\S+)"),
}
_HEAD = (
    '<marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7"'
    ' orient="auto"><path d="M0 0 8 4 0 8z"/></marker>'
)


class DiagramError(ValueError):
    """A diagram that cannot be drawn here."""


@dataclass(slots=True)
class _Chart:
    """What the lines of a flowchart say. ``arrows`` are (source, target, is dotted)."""

    labels: dict[str, str] = field(default_factory=dict)
    classes: dict[str, str] = field(default_factory=dict)
    arrows: list[tuple[str, str, bool]] = field(default_factory=list)
    urls: dict[str, str] = field(default_factory=dict)
    css: dict[str, str] = field(default_factory=dict)
    own_css: dict[str, str] = field(default_factory=dict)


def fence(source: str, *_: Any, **__: Any) -> str:
    """What stands in a page in place of a ``mermaid`` block; the rest is how MkDocs calls it."""
    return draw(source)


def draw(source: str) -> str:
    """A flowchart as SVG. DiagramError names the line that is not understood."""
    chart = _read(source)
    nodes, routes, size = arrange(
        {name: len(label) for name, label in chart.labels.items()},
        [(source, target) for source, target, _ in chart.arrows],
    )
    lines = [_arrow(route, arrow[2]) for route, arrow in zip(routes, chart.arrows, strict=True)]
    boxes = [_box(chart, name, node) for name, node in nodes.items()]
    return (
        f'<div class="lineage"><svg viewBox="0 0 {size.x:.0f} {size.y:.0f}"'
        f' width="{size.x:.0f}" height="{size.y:.0f}" role="img"><defs>{_HEAD}</defs>'
        + "".join([*lines, *boxes])
        + "</svg></div>"
    )


def _read(source: str) -> _Chart:
    first, *rest = [line.strip() for line in source.strip().splitlines()]
    if first != "flowchart LR":
        raise DiagramError(f"mermaid: found {first!r}; valid: flowchart LR")
    chart = _Chart()
    for line in rest:
        _take(chart, line)
    ends = {end for source, target, _ in chart.arrows for end in (source, target)}
    if unknown := sorted(ends - chart.labels.keys()):
        raise DiagramError(f'mermaid: found {unknown[0]}; valid: a node, {unknown[0]}["label"]')
    return chart


def _take(chart: _Chart, line: str) -> None:
    found = {kind: match for kind, form in _LINES.items() if (match := form.fullmatch(line))}
    match found:
        case {"node": m}:
            chart.labels[m["id"]] = m["label"]
            chart.classes[m["id"]] = m["style"] or ""
        case {"arrow": m}:
            chart.arrows.append((m["source"], m["target"], m["arrow"] == "-.->"))
        case {"link": m}:
            chart.urls[m["id"]] = m["url"]
        case {"class": m}:
            chart.css[m["id"]] = m["css"].replace(",", ";")
        case {"style": m}:
            chart.own_css[m["id"]] = m["css"].replace(",", ";")
        case _:
            valid = 'a["label"]:::class, a --> b, a -.-> b, click, classDef, style'
            raise DiagramError(f"mermaid: found {line!r}; valid: {valid}")


def _box(chart: _Chart, name: str, node: Node) -> str:
    css = _css(chart.css, chart.classes[name], chart.own_css.get(name, ""))
    middle = f'x="{node.left + node.width / 2:.1f}" y="{node.top + node.height / 2:.1f}"'
    box = (
        f'<g style="{escape(css)}"><rect x="{node.left:.1f}" y="{node.top:.1f}" rx="5"'
        f' width="{node.width:.1f}" height="{node.height:.1f}"/>'
        f"<text {middle}>{escape(chart.labels[name])}</text></g>"
    )
    return f'<a href="{escape(chart.urls[name])}">{box}</a>' if name in chart.urls else box


def _css(styles: Mapping[str, str], name: str, own: str) -> str:
    return ";".join(part for part in (styles.get(name, ""), own) if part)


def _arrow(route: list[Place], dotted: bool) -> str:
    """A curve through all places of the route, level at each of them."""
    path = f"M{route[0].x:.1f} {route[0].y:.1f}"
    for here, there in pairwise(route):
        half = (here.x + there.x) / 2
        path += f"C{half:.1f} {here.y:.1f} {half:.1f} {there.y:.1f} {there.x:.1f} {there.y:.1f}"
    return f'<path class="{"dotted" if dotted else "solid"}" d="{path}"/>'
