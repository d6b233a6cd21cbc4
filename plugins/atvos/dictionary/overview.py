"""The pages that are about all tables: index, lineage, personal data, the platform's own books."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from atvos.contract import Layer, Protection, Table
from atvos.dictionary import diagrams, markdown, places, wording
from atvos.dictionary.catalog import Catalog
from atvos.dictionary.lineage import ColumnRef
from atvos.dictionary.markdown import BREAK, code, text
from atvos.schema import Field

_LAYERS = {
    Layer.CURATED: "Curated: what sources sent, checked",
    Layer.MARTS: "Marts: what people read",
    Layer.OPS: "Operations: how the platform does",
}
_BOOKS = "The platform's own books"
_HEADER = ["Table", "What its rows are", "Owner", "Tier", "Freshness", "Personal data"]


def index_page(catalog: Catalog) -> str:
    """All tables by layer, and how to read the dictionary."""
    here = places.INDEX
    return markdown.page(
        "# Data dictionary",
        "Generated from the contracts (`dags/contracts`) and models (`sql`) by `atvos docs build`;"
        " edit those, not these pages.",
        f"See also {markdown.link('lineage of all tables', places.LINEAGE, here)},"
        f" {markdown.link('personal data', places.PERSONAL, here)} and"
        f" {markdown.link(_BOOKS.lower(), places.BOOKS, here)}.",
        *_layers(catalog, here),
    )


def _layers(catalog: Catalog, here: str) -> Iterator[str]:
    for layer, title in _LAYERS.items():
        found = {n: t for n, t in catalog.tables.items() if t.layer is layer}
        if found:
            yield f"## {title}"
            rows = (_index_row(catalog, name, table, here) for name, table in found.items())
            yield markdown.table(_HEADER, rows)


def _index_row(catalog: Catalog, name: str, table: Table, here: str) -> list[str]:
    holds = any(ref.table == name for ref in catalog.personal)
    personal = markdown.link("yes", places.PERSONAL, here) if holds else "no"
    return [
        places.to_table(catalog, name, here),
        text(table.purpose),
        text(table.owner),
        str(table.tier),
        wording.span(table.freshness_slo),
        personal,
    ]


def lineage_page(catalog: Catalog) -> str:
    """Who reads whom."""
    here = places.LINEAGE
    rows = [
        [
            places.to_table(catalog, name, here),
            BREAK.join(places.to_ends(catalog, catalog.upstream(name), "source", here)),
            BREAK.join(places.to_ends(catalog, catalog.downstream(name), "target", here)),
        ]
        for name in catalog.tables
    ]
    return markdown.page(
        "# Lineage",
        "Tables on the right are made from those on the left. A dotted line is a reference: rows"
        " wait until the value that they name is there.",
        diagrams.whole(catalog, here),
        markdown.table(["Table", "Upstream", "Downstream"], rows),
        "## Lineage of columns",
        "The page of each model says which columns each of its columns is computed from: those"
        " that go into the value, conditions of CASE and IF and the order of windows among them."
        " What only chooses rows (WHERE, JOIN … ON, GROUP BY) is left out. *constant* is what no"
        " table has a part in: a literal, a parameter of the build or the clock.",
    )


def personal_page(catalog: Catalog) -> str:
    """Every column that holds personal data or derives from it."""
    here = places.PERSONAL
    protection = markdown.link("before anything is written", places.CURATE, here, "personal-data")
    derived = list(_heirs(catalog, here))
    return markdown.page(
        "# Personal data",
        f"Personal data is protected {protection}: what is hashed or cut off is in no table, among"
        " rejected records no more than elsewhere.",
        "## Columns that hold personal data",
        markdown.table(
            ["Column", "What it is", "Protection", "In the file"], _holders(catalog, here)
        ),
        "## Columns that derive from them",
        "Whatever is computed from such a column is listed, be it a mere count.",
        markdown.table(["Column", "Computed from", "Protection there"], derived)
        if derived
        else "None.",
    )


def _holders(catalog: Catalog, here: str) -> Iterator[list[str]]:
    for ref, sources in catalog.personal.items():
        if not sources:
            column = catalog.tables[ref.table].by_name[ref.column]
            origin = next(wording.origin(column), "")
            how = BREAK.join(_protection(column.protections))
            yield [places.to_column(catalog, ref, here), text(column.description), how, origin]


def _heirs(catalog: Catalog, here: str) -> Iterator[list[str]]:
    for ref, sources in catalog.personal.items():
        if sources:
            roots = [catalog.tables[r.table].by_name[r.column] for r in _roots(catalog, ref)]
            how = BREAK.join(_protection(p for column in roots for p in column.protections))
            links = places.to_columns(catalog, sources, here)
            yield [places.to_column(catalog, ref, here), links, how]


def _protection(protections: Iterable[Protection]) -> list[str]:
    return [f"{code(p)}: {wording.PROTECTIONS[p]}" for p in sorted(set(protections))]


def _roots(catalog: Catalog, ref: ColumnRef) -> set[ColumnRef]:
    """The classified columns that a column has its personal data from in the end."""
    sources = catalog.personal[ref]
    return set().union(*(_roots(catalog, s) for s in sources)) if sources else {ref}


def books_page(catalog: Catalog) -> str:
    """The tables that the platform keeps about itself."""
    return markdown.page(
        f"# {_BOOKS}",
        "Every run writes these; no contract describes them.",
        *(part for name in catalog.books for part in _book(catalog, name)),
    )


def _book(catalog: Catalog, name: str) -> Iterator[str]:
    spec, here = catalog.books[name], places.BOOKS
    readers = ", ".join(places.to_table(catalog, e.target, here) for e in catalog.downstream(name))
    yield f"{markdown.anchor(name)}\n\n## {name}"
    yield text(spec.description) + (f" Read by {readers}." if readers else "")
    yield f"Partitioned by {code(spec.partition)}." if spec.partition else ""
    rows = (row for field in spec.fields for row in _book_rows(field, f"{name}.", field.name))
    yield markdown.table(["Column", "Type", "Required", "Meaning"], rows)


def _book_rows(field: Field, book: str, path: str) -> Iterator[list[str]]:
    """A column, and below it the fields of its structs."""
    kind = f"ARRAY<{field.type}>" if field.repeated else field.type
    label = markdown.anchor(book + path) + code(path)
    yield [label, code(kind), "yes" if field.required else "", text(field.description)]
    for part in field.fields:
        yield from _book_rows(part, book, f"{path}.{part.name}")
