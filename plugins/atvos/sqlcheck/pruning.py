"""Which partitions a scan reads: the filters on a table, and whether BigQuery prunes by them.

BigQuery leaves partitions out only where the bare partition column is compared with something
that is constant for the whole query: literals, parameters, and functions of these. A function
around the column, an OR with anything else, a join with another table or a subquery reads
every partition.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Flag
from functools import reduce
from operator import or_

from sqlglot import exp

_CONJUNCTIVE_SIDES = {"", "RIGHT"}
"""Joins whose ON filters the rows of the tables before them."""
_JOINED_SIDES = {"", "LEFT"}
"""Joins whose ON filters the rows of the table that they join."""


class Bound(Flag):
    """On which sides a filter limits the partitions that are read."""

    NONE = 0
    LOWER = 1
    UPPER = 2
    BOTH = 3


_COMPARED: dict[type[exp.Expr], Bound] = {
    exp.EQ: Bound.BOTH,
    exp.LT: Bound.UPPER,
    exp.LTE: Bound.UPPER,
    exp.GT: Bound.LOWER,
    exp.GTE: Bound.LOWER,
}
_MIRRORED: dict[type[exp.Expr], Bound] = {
    exp.EQ: Bound.BOTH,
    exp.LT: Bound.LOWER,
    exp.LTE: Bound.LOWER,
    exp.GT: Bound.UPPER,
    exp.GTE: Bound.UPPER,
}


@dataclass(frozen=True, slots=True)
class Scan:
    """A table that a statement reads, changes or deletes from.

    ``table`` is ``dataset.table``, ``offset`` where it stands in the text (characters from 0),
    ``filters`` are the conditions that every row of it which counts must meet.
    """

    table: str
    alias: str
    offset: int
    filters: tuple[exp.Expr, ...]

    def bound(self, column: str, counts: Callable[[exp.Expr], bool]) -> Bound:
        """How the filters bound ``column``, by constants that ``counts`` accepts."""
        measure = _Measure(column, self.alias, counts)
        return reduce(or_, map(measure.condition, self.filters), Bound.NONE)

    def mentions(self, column: str) -> list[exp.Expr]:
        """The filters in which ``column`` occurs, pruning or not."""
        measure = _Measure(column, self.alias)
        return [f for f in self.filters if any(map(measure.is_column, f.find_all(exp.Column)))]


@dataclass(frozen=True, slots=True)
class _Measure:
    """Measures how a condition bounds one column of one table."""

    column: str
    alias: str
    counts: Callable[[exp.Expr], bool] = lambda _: True

    def condition(self, node: exp.Expr) -> Bound:
        match node:
            case exp.Paren():
                return self.condition(node.this)
            case exp.And():
                return self.condition(node.left) | self.condition(node.right)
            case exp.Or():
                return self.condition(node.left) & self.condition(node.right)
        return self._comparison(node)

    def is_column(self, node: exp.Expr) -> bool:
        return (
            isinstance(node, exp.Column)
            and node.name.lower() == self.column.lower()
            and node.table.lower() in ("", self.alias.lower())
        )

    def _comparison(self, node: exp.Expr) -> Bound:
        match node:
            case exp.Between() if self.is_column(node.this):
                lower = Bound.LOWER if self._constant(node.args["low"]) else Bound.NONE
                upper = Bound.UPPER if self._constant(node.args["high"]) else Bound.NONE
                return lower | upper
            case exp.In() if self.is_column(node.this):
                listed = [node.args["unnest"]] if node.args.get("unnest") else node.expressions
                return Bound.BOTH if listed and all(map(self._constant, listed)) else Bound.NONE
            case exp.Binary() if self.is_column(node.left) and self._constant(node.right):
                return _COMPARED.get(type(node), Bound.NONE)
            case exp.Binary() if self.is_column(node.right) and self._constant(node.left):
                return _MIRRORED.get(type(node), Bound.NONE)
        return Bound.NONE

    def _constant(self, node: exp.Expr) -> bool:
        return is_constant(node) and self.counts(node)


def is_constant(node: exp.Expr) -> bool:
    """Whether ``node`` has one value in the whole query, known before it reads a table."""
    return not any(node.find_all(exp.Column, exp.Query, exp.Rand))


def scans(tree: exp.Expr) -> Iterator[Scan]:
    """Every table in ``tree`` that is named with its dataset.

    But for those that it only makes, alters or adds to. Making a view reads nothing; whoever
    reads the view brings the filter, and BigQuery asks for it there.
    """
    if isinstance(tree, exp.Create) and tree.kind == "VIEW":
        return
    for table in tree.find_all(exp.Table):
        if table.db and not _is_target(table):
            name = f"{table.db}.{table.name}"
            yield Scan(name, table.alias_or_name, offset(table), tuple(_filters(table)))


def offset(node: exp.Expr) -> int:
    """Where ``node`` starts in the text that it was parsed from (characters from 0)."""
    starts = [n.meta["start"] for n in node.walk() if "start" in n.meta]
    return min(starts, default=0)


def _is_target(table: exp.Table) -> bool:
    return isinstance(table.parent, exp.Create | exp.Alter | exp.Insert | exp.Schema) and (
        table.arg_key == "this"
    )


def _filters(table: exp.Table) -> Iterator[exp.Expr]:
    parent = table.parent
    if isinstance(parent, exp.Merge):
        yield from _merge_filters(table, parent)
        return
    if isinstance(parent, exp.Delete | exp.Update):
        yield from _where(parent)
        return
    select = table.find_ancestor(exp.Select, exp.Update)
    if select is None:
        return
    yield from _where(select)
    if isinstance(parent, exp.From | exp.Join) and parent.parent is select:
        joins: list[exp.Join] = select.args.get("joins") or []
        # The table of FROM stands before all joins.
        own = next((n for n, join in enumerate(joins) if join is parent), -1)
        for position, join in enumerate(joins):
            sides = _JOINED_SIDES if position == own else _CONJUNCTIVE_SIDES
            if position >= own and join.side.upper() in sides:
                yield from _conjuncts(join.args.get("on"))


def _merge_filters(table: exp.Table, merge: exp.Merge) -> Iterator[exp.Expr]:
    """The ON of a MERGE filters its target, unless rows without a match are looked for there."""
    whens = merge.args["whens"].expressions
    by_source = any(when.args.get("source") and not when.args["matched"] for when in whens)
    if table.arg_key == "this" and not by_source:
        yield from _conjuncts(merge.args.get("on"))


def _where(node: exp.Expr) -> Iterator[exp.Expr]:
    where = node.args.get("where")
    return _conjuncts(where.this if where else None)


def _conjuncts(condition: exp.Expr | None) -> Iterator[exp.Expr]:
    if condition is not None:
        yield from condition.flatten() if isinstance(condition, exp.And) else [condition]
