"""Lineage diagrams in Mermaid's flowchart language: sources on the left, readers on the right.

GitHub draws them itself; ``drawing`` draws them for the browsable dictionary.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

from atvos.contract import Layer
from atvos.dictionary.catalog import Catalog, Edge
from atvos.dictionary.places import place

_STYLES = {
    Layer.CURATED.value: "fill:#e3f2fd,stroke:#1976d2,color:#0d2b45",
    Layer.MARTS.value: "fill:#e8f5e9,stroke:#388e3c,color:#12351a",
    Layer.OPS.value: "fill:#f3e5f5,stroke:#8e24aa,color:#33123d",
}
_HERE = "stroke-width:3px"


def neighbourhood(catalog: Catalog, name: str, here: str) -> str:
    """All that a table is made from, and all that is made from it."""
    return _diagram(catalog, catalog.around(name), {name}, here)


def whole(catalog: Catalog, here: str) -> str:
    """All tables."""
    return _diagram(catalog, catalog.edges, set(catalog.tables), here, marked=False)


def _diagram(
    catalog: Catalog, edges: tuple[Edge, ...], shown: set[str], here: str, marked: bool = True
) -> str:
    tables = sorted(shown.union(*({edge.source, edge.target} for edge in edges)))
    lines = ["flowchart LR"]
    lines += [f'  {_id(name)}["{name}"]:::{_layer(name)}' for name in tables]
    lines += [f"  {_id(e.source)} {_arrow(e)} {_id(e.target)}" for e in edges]
    lines += [f'  click {_id(name)} "{_url(catalog, name, here)}"' for name in tables]
    lines += [f"  classDef {layer} {_STYLES[layer]}" for layer in _layers(tables)]
    if marked:
        lines += [f"  style {_id(name)} {_HERE}" for name in sorted(shown)]
    return "\n".join(["```mermaid", *lines, "```"])


def _arrow(edge: Edge) -> str:
    return "-.->" if edge.is_reference else "-->"


def _id(name: str) -> str:
    return name.replace(".", "__")


def _layer(name: str) -> str:
    return name.partition(".")[0]


def _layers(tables: Iterable[str]) -> list[str]:
    return sorted({_layer(name) for name in tables})


def _url(catalog: Catalog, name: str, here: str) -> str:
    """Where the browsable dictionary has the table, seen from the page ``here``."""
    page, anchor = place(catalog, name)
    target = posixpath.relpath(page, posixpath.dirname(here) or ".")
    return target.removesuffix(".md") + ".html" + (f"#{anchor}" if anchor else "")
