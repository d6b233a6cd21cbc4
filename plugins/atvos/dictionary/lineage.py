"""What each column of a query is computed from: columns of tables, or no more than their rows.

Only what goes into a value counts, the conditions of CASE and IF and the order of a window among
it; what chooses the rows (WHERE, ON, GROUP BY) does not. A field of a struct or of an array's
elements counts as the whole column.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope

from atvos.schema import TableSpec

_BIGQUERY = "bigquery"


class LineageError(ValueError):
    """What a column is computed from cannot be told."""


@dataclass(frozen=True, slots=True, order=True)
class ColumnRef:
    """A column of the table ``dataset.table``."""

    table: str
    column: str

    def __str__(self) -> str:
        return f"{self.table}.{self.column}"


@dataclass(frozen=True, slots=True)
class Origin:
    """What a column is computed from.

    ``rows`` are the tables whose rows are counted or ranked without a look at their columns.
    A column with neither is a constant, a parameter of the query or the clock.
    """

    columns: frozenset[ColumnRef] = frozenset()
    rows: frozenset[str] = frozenset()

    @property
    def is_constant(self) -> bool:
        """Whether no table has a part in it."""
        return not self.columns and not self.rows

    @classmethod
    def of(cls, parts: Iterable[Origin]) -> Origin:
        """What is computed from all of these."""
        found = list(parts)
        return cls(
            frozenset().union(*(part.columns for part in found)),
            frozenset().union(*(part.rows for part in found)),
        )


def column_origins(
    query: str, columns: Collection[str], specs: Mapping[str, TableSpec]
) -> dict[str, Origin]:
    """The origin of each of ``columns``, which the query returns.

    ``specs`` has the tables that the query may read, by ``dataset.table``. LineageError names
    the column of which nothing can be told, or what is wrong with the query.
    """
    try:
        tree = qualify(
            sqlglot.parse_one(query, dialect=_BIGQUERY),
            schema=_schema(specs),
            dialect=_BIGQUERY,
            infer_schema=False,
        )
    except SqlglotError as error:
        raise LineageError(f"the query cannot be read: {error}") from error
    scope = build_scope(tree)
    if scope is None:
        raise LineageError(f"the query cannot be read: found {tree.key.upper()}; valid: SELECT")
    tracer = _Tracer(specs, scope)
    origins = {}
    for column in columns:
        try:
            origins[column] = tracer.output(scope, column)
        except LineageError as error:
            raise LineageError(f"column {column}: {error}") from error
    return origins


def _schema(specs: Mapping[str, TableSpec]) -> dict[str, object]:
    """Types by dataset, table and column, as sqlglot wants them."""
    nested: dict[str, dict[str, dict[str, str]]] = {}
    for name, spec in specs.items():
        dataset, _, table = name.partition(".")
        nested.setdefault(dataset, {})[table] = {f.name: f.sql_type for f in spec.fields}
    return {**nested}


class _Tracer:
    """Follows columns through the scopes of one qualified query, each of them once."""

    def __init__(self, specs: Mapping[str, TableSpec], root: Scope) -> None:
        self._specs = specs
        self._scopes = {id(scope.expression): scope for scope in root.traverse()}
        self._known: dict[tuple[int, int], Origin] = {}

    def output(self, scope: Scope, column: str) -> Origin:
        """The origin of the column of that name that the scope's query returns."""
        names = _query(scope).named_selects
        if names.count(column) != 1:
            raise LineageError(f"found none, or several; the query returns {', '.join(names)}")
        return self._nth(scope, names.index(column))

    def _nth(self, scope: Scope, index: int) -> Origin:
        """The origin of a column by its place, as the branches of a UNION go by it."""
        key = (id(scope), index)
        if key not in self._known:
            self._known[key] = Origin()  # a recursive query adds nothing to itself
            self._known[key] = (
                Origin.of(self._nth(branch, index) for branch in scope.union_scopes)
                if scope.union_scopes
                else self._value(scope, _query(scope).selects[index])
            )
        return self._known[key]

    def _value(self, scope: Scope, expression: exp.Expr) -> Origin:
        """The origin of an expression that stands in the scope."""
        return Origin.of(self._parts(scope, expression))

    def _parts(self, scope: Scope, expression: exp.Expr) -> Iterator[Origin]:
        for node in expression.walk(prune=lambda n: isinstance(n, (exp.Query, exp.Exists))):
            match node:
                case exp.Column():
                    yield self._column(scope, node)
                case exp.TableColumn():
                    raise LineageError(f"found the row {node.name}; valid: columns by name")
                case exp.Exists():
                    yield self._rows(self._scope(node.this))
                case exp.Query():
                    inner = self._scope(node)
                    yield from (self._nth(inner, n) for n in range(len(node.selects)))
                case exp.Window() if node.alias:
                    yield self._named_window(scope, node.alias)
                case exp.Window() | exp.AggFunc() if not _reads_columns(node):
                    yield self._rows(scope)

    def _named_window(self, scope: Scope, name: str) -> Origin:
        """The origin of what ``WINDOW name AS (…)`` says."""
        windows = _query(scope).args.get("windows") or []
        return Origin.of(self._value(scope, window) for window in windows if window.name == name)

    def _column(self, scope: Scope, column: exp.Column) -> Origin:
        source = _source(scope, column)
        if isinstance(source, exp.Table):
            table = f"{source.db}.{source.name}"
            fields = self._specs[table].fields if table in self._specs else ()
            if column.name in {field.name for field in fields}:
                return Origin(frozenset({ColumnRef(table, column.name)}))
        elif isinstance(source, Scope) and isinstance(source.expression, exp.Unnest):
            return self._elements(source)
        elif isinstance(source, Scope):
            # A recursive query refers to a copy of the scope that it is in.
            return self.output(self._scopes.get(id(source.expression), source), column.name)
        raise LineageError(f"found {column.sql(_BIGQUERY)}, which no table that is read has")

    def _elements(self, unnest: Scope) -> Origin:
        """The origin of an array whose elements are read as rows."""
        around = unnest.parent or unnest
        return Origin.of(self._value(around, array) for array in unnest.expression.expressions)

    def _rows(self, scope: Scope) -> Origin:
        """What there being a row in a scope says something of: its tables, and its arrays."""
        return Origin.of([*map(self._rows, scope.union_scopes), *self._row_parts(scope)])

    def _row_parts(self, scope: Scope) -> Iterator[Origin]:
        for _, source in scope.selected_sources.values():
            if isinstance(source, exp.Table):
                yield Origin(rows=frozenset({f"{source.db}.{source.name}"}))
            elif isinstance(source.expression, exp.Unnest):
                yield self._elements(source)
            elif source is not scope:
                yield self._rows(source)

    def _scope(self, query: exp.Expr) -> Scope:
        return self._scopes[id(query.unnest())]


def _query(scope: Scope) -> exp.Query:
    if not isinstance(scope.expression, exp.Query):
        raise LineageError(f"found {scope.expression.key.upper()}; valid: SELECT")
    return scope.expression


def _source(scope: Scope, column: exp.Column) -> exp.Table | Scope | None:
    """What a column is read from, here or in the queries around; None where nothing has it."""
    around: Scope | None = scope
    while around is not None:
        if column.table in around.sources:
            found: exp.Table | Scope = around.sources[column.table]
            return found
        around = around.parent
    return None


def _reads_columns(expression: exp.Expr) -> bool:
    return expression.find(exp.Column, exp.Query) is not None
