"""What a semantic model is made of: tables, relationships, roles, translations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from atvos.powerbi.tmdl import Node, Value


@dataclass(frozen=True, slots=True)
class Column:
    """A column. ``source`` names it in the rows of the partition."""

    name: str
    data_type: str
    description: str
    place: str
    source: str = ""
    format: str = ""
    sort_by: str = ""
    is_hidden: bool = False
    is_key: bool = False


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure. ``expression`` is its DAX, which starts on ``line`` of ``file``."""

    name: str
    expression: str
    description: str
    place: str
    file: Path
    line: int
    format: str = ""
    folder: str = ""
    is_hidden: bool = False
    annotations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Partition:
    """Where rows come from. ``kind`` is m or calculated, ``mode`` import or directQuery."""

    name: str
    kind: str
    mode: str
    source: Value
    file: Path
    place: str


@dataclass(frozen=True, slots=True)
class RefreshPolicy:
    """How a table is cut into partitions: ``kept`` of them, of which the newest are refreshed."""

    kept: int
    refreshed: int
    granularities: tuple[str, str]
    source: Value
    place: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table, its columns and measures by name."""

    name: str
    description: str
    place: str
    file: Path
    columns: Mapping[str, Column]
    measures: Mapping[str, Measure]
    partitions: tuple[Partition, ...]
    policy: RefreshPolicy | None
    annotations: Mapping[str, str]
    is_date_table: bool = False
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class Relationship:
    """Rows of ``many`` belong to one row of ``one``; both are (table, column)."""

    many: tuple[str, str]
    one: tuple[str, str]
    place: str
    is_active: bool = True
    is_plain: bool = True
    """Many to one, and filters run to the many alone."""


@dataclass(frozen=True, slots=True)
class Role:
    """What its members may see: a DAX filter by table; tables without one are seen whole."""

    name: str
    filters: Mapping[str, Value]
    file: Path
    place: str


@dataclass(frozen=True, slots=True)
class Translation:
    """What readers of one language see of an object."""

    caption: str
    description: str
    folder: str
    place: str


@dataclass(frozen=True, slots=True)
class Culture:
    """A language. Objects are named by path: ``(table,)``, or ``(table, column or measure)``."""

    name: str
    place: str
    translations: Mapping[tuple[str, ...], Translation]


@dataclass(frozen=True, slots=True)
class Expression:
    """A shared M expression, such as a parameter."""

    name: str
    value: Value
    description: str
    file: Path
    place: str


@dataclass(frozen=True, slots=True)
class Model:
    """A semantic model; everything that has a name is by name."""

    folder: Path
    node: Node
    level: int
    tables: Mapping[str, Table]
    relationships: tuple[Relationship, ...]
    roles: Mapping[str, Role]
    cultures: Mapping[str, Culture]
    expressions: Mapping[str, Expression]

    def measures(self) -> Iterator[tuple[Table, Measure]]:
        """Every measure with its table."""
        for table in self.tables.values():
            for measure in table.measures.values():
                yield table, measure
