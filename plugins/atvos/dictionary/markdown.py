"""Markdown as GitHub and MkDocs both read it: tables, links, and texts that stay what they are."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Sequence

BREAK = "<br>"
"""A line break within a cell."""


def text(plain: str) -> str:
    """Plain text, none of which is taken for Markdown or HTML; one line.

    >>> text("a <b> | c*d*")
    'a &lt;b&gt; &#124; c&#42;d&#42;'
    """
    escaped = " ".join(plain.split())
    for character in "&<>|*[]`":
        escaped = escaped.replace(character, _ENTITIES[character])
    return escaped


def code(plain: str) -> str:
    """Text in the fixed-width font, whatever it holds.

    >>> code("a_b"), code("a|b")
    ('`a_b`', '<code>a&#124;b</code>')
    """
    if "`" in plain or "|" in plain:
        return f"<code>{text(plain)}</code>"
    return f"`{plain}`"


def codes(plain: Iterable[str]) -> str:
    """Several of them, with commas."""
    return ", ".join(map(code, plain))


def link(label: str, page: str, here: str, anchor: str = "") -> str:
    """A link from the page ``here`` to ``page``, both relative to one folder.

    >>> link("`x`", "marts/x.md", "curated/y.md", "km")
    '[`x`](../marts/x.md#km)'
    """
    target = posixpath.relpath(page, posixpath.dirname(here) or ".") if page != here else ""
    return f"[{label}]({target}{'#' if anchor else ''}{anchor})"


def anchor(name: str) -> str:
    """A place that links can lead to."""
    return f'<a id="{name}"></a>'


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; cells are Markdown of one line."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def page(*parts: str) -> str:
    """Parts with a blank line between; those that are empty are left out."""
    return "\n\n".join(part for part in parts if part) + "\n"


_ENTITIES = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    "|": "&#124;",
    "*": "&#42;",
    "[": "&#91;",
    "]": "&#93;",
    "`": "&#96;",
}
