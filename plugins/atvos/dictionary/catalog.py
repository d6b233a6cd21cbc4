"""All tables together: who reads whom, what columns are computed from, where personal data is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from atvos import names, ops_tables, tables
from atvos.contract import Column, Feed, Table
from atvos.dictionary.lineage import ColumnRef, LineageError, Origin, column_origins
from atvos.models import Model, in_order
from atvos.schema import TableSpec


@dataclass(frozen=True, slots=True, order=True)
class Edge:
    """The table ``target`` is made from ``source``; a reference only looks its values up there."""

    source: str
    target: str
    is_reference: bool = False


@dataclass(frozen=True)
class Catalog:
    """Every table that has a page, by the ``dataset.table`` under which it is read.

    ``limitations`` are the contracts' own words, by table. ``books`` are the platform's own
    tables, which no contract describes. ``origins`` has every column of every model.
    """

    feeds: Mapping[str, Feed]
    models: Mapping[str, Model]
    books: Mapping[str, TableSpec]
    limitations: Mapping[str, str]
    origins: Mapping[ColumnRef, Origin]

    @cached_property
    def tables(self) -> dict[str, Table]:
        """Feeds and models, in that order, each sorted by name."""
        return {**self.feeds, **self.models}

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """Who reads whom, sorted."""
        found = {
            Edge(source, name) for name, model in self.models.items() for source in model.sources
        }
        for name, feed in self.feeds.items():
            targets = (column.reference for column in feed.columns)
            found |= {Edge(names.curated_table(t.table), name, True) for t in targets if t}
        return tuple(sorted(found))

    @cached_property
    def personal(self) -> dict[ColumnRef, frozenset[ColumnRef]]:
        """The columns with personal data, each with those that it has it from.

        A column that has it from no other column here was classified by its contract.
        """
        found: dict[ColumnRef, frozenset[ColumnRef]] = {}
        for name, table in self._sources_first():
            for column in table.columns:
                ref = ColumnRef(name, column.name)
                origin = self.origins.get(ref, Origin())
                inherited = frozenset(source for source in origin.columns if source in found)
                if inherited or is_classified(column):
                    found[ref] = inherited
        return found

    def upstream(self, name: str) -> tuple[Edge, ...]:
        """The edges that lead to a table."""
        return tuple(edge for edge in self.edges if edge.target == name)

    def downstream(self, name: str) -> tuple[Edge, ...]:
        """The edges that lead away from a table."""
        return tuple(edge for edge in self.edges if edge.source == name)

    def around(self, name: str) -> tuple[Edge, ...]:
        """The edges on all ways to a table, and on all ways from it."""
        before, after = {name}, {name}
        for _ in self.edges:  # no way is longer
            before |= {edge.source for edge in self.edges if edge.target in before}
            after |= {edge.target for edge in self.edges if edge.source in after}
        return tuple(
            edge
            for edge in self.edges
            if {edge.source, edge.target} <= before or {edge.source, edge.target} <= after
        )

    def _sources_first(self) -> Iterator[tuple[str, Table]]:
        yield from self.feeds.items()
        for model in in_order(self.models.values()):
            yield model.view_name, model


def collect(
    feeds: Iterable[Feed], models: Iterable[Model], limitations: Mapping[str, str]
) -> Catalog:
    """The catalog of these feeds and models; ``limitations`` by ``dataset.table``.

    LineageError names the query and the column whose sources cannot be told.
    """
    by_table = {names.curated_table(f.name): f for f in sorted(feeds, key=lambda f: f.name)}
    by_view = {m.view_name: m for m in sorted(models, key=lambda m: m.view_name)}
    books = {spec.table: spec for spec in ops_tables.operations()}
    specs = {
        **books,
        **{name: tables.curated(feed) for name, feed in by_table.items()},
        **{name: tables.contract_table(model, name) for name, model in by_view.items()},
    }
    origins = {ref: origin for model in by_view.values() for ref, origin in _origins(model, specs)}
    return Catalog(by_table, by_view, books, limitations, origins)


def is_classified(column: Column) -> bool:
    """Whether the contract says that the column, or a part of it, is personal data."""
    parts = (*column.fields, *((column.items,) if column.items else ()))
    return column.classification == "pii" or any(map(is_classified, parts))


def _origins(model: Model, specs: Mapping[str, TableSpec]) -> Iterator[tuple[ColumnRef, Origin]]:
    columns = [column.name for column in model.columns]
    try:
        found = column_origins(model.query, columns, specs)
    except LineageError as error:
        raise LineageError(f"{model.path.with_name('query.sql')}: {error}") from error
    for column, origin in found.items():
        yield ColumnRef(model.view_name, column), origin
