"""Diagrams as SVG: what is to the left of what, and what cannot be drawn."""

import re
from xml.etree import ElementTree

import pytest

from atvos.dictionary.drawing import DiagramError, draw
from atvos.dictionary.layout import arrange
from local.layout import REPOSITORY

LONG_WAY = [("a", "b"), ("b", "c"), ("a", "c")]
SMALL = """\
flowchart LR
  a["one & two"]:::feed
  b["three"]
  a --> b
  b -.-> a2
  a2["four"]
  click a "a.html#x"
  classDef feed fill:#fff,stroke:#000
  style b stroke-width:3px
"""


def test_what_is_made_from_another_is_right_of_it() -> None:
    nodes, _, _ = arrange({"c": 1, "a": 1, "b": 1}, LONG_WAY)
    assert sorted(nodes, key=lambda name: nodes[name].left) == ["a", "b", "c"]
    assert nodes["a"].exit.x < nodes["b"].left


def test_boxes_of_a_column_do_not_overlap() -> None:
    nodes, _, size = arrange(dict.fromkeys("abcde", 5), [("a", name) for name in "bcde"])
    column = sorted((nodes[name] for name in "bcde"), key=lambda node: node.top)
    tops = [node.top for node in column[1:]]
    assert all(node.top + node.height < top for node, top in zip(column, tops, strict=False))
    assert column[-1].top + column[-1].height < size.y


def test_an_arrow_that_passes_a_column_goes_around_its_boxes() -> None:
    nodes, routes, _ = arrange(dict.fromkeys("abc", 5), LONG_WAY)
    passing = [place for place in routes[2] if nodes["b"].left <= place.x <= nodes["b"].exit.x]
    box = nodes["b"]
    assert len(passing) == 2
    assert not any(box.top <= place.y <= box.top + box.height for place in passing)


def test_arrows_that_go_in_a_circle_are_refused() -> None:
    with pytest.raises(ValueError, match="arrows go in a circle: a, b"):
        arrange({"a": 1, "b": 1}, [("a", "b"), ("b", "a")])


def test_a_diagram_is_drawn_with_its_labels_links_and_styles() -> None:
    svg = ElementTree.fromstring(draw(SMALL))
    assert [text.text for text in svg.iter("text")] == ["one & two", "three", "four"]
    assert [link.get("href") for link in svg.iter("a")] == ["a.html#x"]
    styles = [group.get("style") for group in svg.iter("g")]
    assert styles == ["fill:#fff;stroke:#000", "stroke-width:3px", ""]
    assert [p.get("class") for p in svg.iter("path") if p.get("class")] == ["solid", "dotted"]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("sequenceDiagram\n  a ->> b", "found 'sequenceDiagram'; valid: flowchart LR"),
        ('flowchart LR\n  a["x"]\n  a ==> a', "found 'a ==> a'; valid: a["),
        ('flowchart LR\n  a["x"]\n  a --> b', 'found b; valid: a node, b["label"]'),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_its_line(source: str, found: str) -> None:
    with pytest.raises(DiagramError) as error:
        draw(source)
    assert found in str(error.value)


def test_every_diagram_of_the_documentation_can_be_drawn() -> None:
    pages = sorted((REPOSITORY / "docs").rglob("*.md"))
    texts = [page.read_text(encoding="utf-8") for page in pages]
    diagrams = [d for text in texts for d in re.findall(r"```mermaid\n(.*?)```", text, re.DOTALL)]
    assert len(diagrams) > 10
    assert all(draw(diagram).startswith('<div class="lineage">') for diagram in diagrams)
