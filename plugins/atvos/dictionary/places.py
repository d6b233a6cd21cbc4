"""Where in the dictionary a table or a column stands; pages are relative to its folder."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from atvos.dictionary import markdown
from atvos.dictionary.catalog import Catalog, Edge
from atvos.dictionary.lineage import ColumnRef, Origin

INDEX = "index.md"
LINEAGE = "lineage.md"
PERSONAL = "personal-data.md"
BOOKS = "ops/books.md"
CURATE = "../curate.md"
"""The specification of the curate job, beside the dictionary."""


def place(catalog: Catalog, name: str) -> tuple[str, str]:
    """The page of ``dataset.table``, and the anchor on it; empty where the page is its own."""
    if name in catalog.books:
        return BOOKS, name
    return f"{name.replace('.', '/', 1)}.md", ""


def to_table(catalog: Catalog, name: str, here: str) -> str:
    """A link to a table."""
    page, anchor = place(catalog, name)
    return markdown.link(markdown.code(name), page, here, anchor)


def to_column(catalog: Catalog, ref: ColumnRef, here: str, label: str = "") -> str:
    """A link to a column; it says ``table.column`` unless there is a label."""
    page, anchor = place(catalog, ref.table)
    column = f"{anchor}.{ref.column}" if anchor else ref.column
    return markdown.link(markdown.code(label or str(ref)), page, here, column)


def to_ends(catalog: Catalog, edges: Iterable[Edge], end: str, here: str) -> list[str]:
    """Links to the ``source`` or ``target`` of edges, each saying where it is a mere reference."""
    return [
        to_table(catalog, getattr(edge, end), here) + (" (reference)" if edge.is_reference else "")
        for edge in edges
    ]


def to_columns(catalog: Catalog, refs: Iterable[ColumnRef], here: str) -> str:
    """Links to columns, a line for each table."""
    lines = []
    for table, group in groupby(sorted(refs), key=lambda ref: ref.table):
        columns = ", ".join(to_column(catalog, ref, here, ref.column) for ref in group)
        lines.append(f"{to_table(catalog, table, here)}: {columns}")
    return markdown.BREAK.join(lines)


def to_origin(catalog: Catalog, origin: Origin, here: str) -> str:
    """What a column is computed from, with links; *constant* where it is from no table."""
    if origin.is_constant:
        return "*constant*"
    named = {ref.table for ref in origin.columns}
    counted = [to_table(catalog, name, here) for name in sorted(origin.rows - named)]
    columns = [to_columns(catalog, origin.columns, here)] if origin.columns else []
    return markdown.BREAK.join([*columns, *(f"{name}: rows" for name in counted)])
