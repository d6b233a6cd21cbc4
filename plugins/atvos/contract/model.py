"""The typed, frozen form of a contract, of the standard library's types alone."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

from atvos.contract.calendar import SloCalendar
from atvos.contract.deadline import Deadline

_JSON_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")

SourcePath: TypeAlias = tuple[str, ...]
"""Names that lead to a value of the file: an attribute or header name, or several attributes
of JSON objects, each within the one before."""


class LogicalType(StrEnum):
    """The ODCS logical types that a column can have; ``object`` only as an array's element."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    TIMESTAMP = "timestamp"
    ARRAY = "array"
    OBJECT = "object"


class SourceFormat(StrEnum):
    """How the objects of a feed are written."""

    NDJSON = "ndjson"
    JSON_ARRAY = "json_array"
    CSV = "csv"


class LoadMode(StrEnum):
    """What publishing does with a row whose key is already there.

    ``append_first`` keeps the row that came first, ``upsert_latest`` takes the newer one,
    ``replace_snapshot`` makes the newest object the whole table.
    """

    APPEND_FIRST = "append_first"
    UPSERT_LATEST = "upsert_latest"
    REPLACE_SNAPSHOT = "replace_snapshot"


class EpochUnit(StrEnum):
    """What a timestamp that is a number counts since 1970."""

    MILLISECONDS = "ms"
    SECONDS = "s"


class Protection(StrEnum):
    """What becomes of personal data before anything is written.

    ``hash`` puts a keyed pseudonym in its place, ``strip_query`` cuts the query strings off.
    """

    HASH = "hash"
    STRIP_QUERY = "strip_query"


class Layer(StrEnum):
    """Where a table stands between the landing bucket and the analyst."""

    CURATED = "curated"
    MARTS = "marts"
    OPS = "ops"


class Severity(StrEnum):
    """What a failed check does: ``error`` stops the publish, ``warning`` is reported."""

    ERROR = "error"
    WARNING = "warning"


class Operator(StrEnum):
    """How a check compares what it measured; named as ODCS names them."""

    MUST_BE = "mustBe"
    MUST_NOT_BE = "mustNotBe"
    GREATER = "mustBeGreaterThan"
    GREATER_OR_EQUAL = "mustBeGreaterOrEqualTo"
    LESS = "mustBeLessThan"
    LESS_OR_EQUAL = "mustBeLessOrEqualTo"
    BETWEEN = "mustBeBetween"


@dataclass(frozen=True, slots=True)
class Reference:
    """A column's values are expected in ``column`` of the table ``table``."""

    table: str
    column: str


@dataclass(frozen=True)
class Column:
    """One column of the BigQuery table, and how its value is read from the source.

    ``sources`` are where its value stands in the file; only a timestamp has several, whose
    texts are joined with one space. ``source_pattern`` is a regular expression whose one
    group is the value within the text. ``format`` is a strptime pattern, None for ISO 8601.
    ``time_zone`` is the IANA zone of a naive time, or of a derived date. ``null_values`` are
    the texts that mean null besides a blank CSV field.

    ``items`` is the element of an array, which is never null. It bears the array's name, and its
    source is the empty path: the element itself. An element of type ``object`` has
    ``fields``, whose sources are attributes of the element.
    """

    name: str
    type: LogicalType
    physical_type: str
    description: str
    required: bool = False
    key_position: int | None = None
    partitioned: bool = False
    cluster_position: int | None = None
    sources: tuple[SourcePath, ...] = ()
    source_pattern: str | None = None
    epoch_unit: EpochUnit | None = None
    derived_from: str | None = None
    format: str | None = None
    time_zone: str | None = None
    enum: tuple[str, ...] = ()
    minimum: int | float | None = None
    maximum: int | float | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    null_values: tuple[str, ...] = ()
    classification: str | None = None
    protection: Protection | None = None
    reference: Reference | None = None
    items: Column | None = None
    fields: tuple[Column, ...] = ()

    @cached_property
    def precision_scale(self) -> tuple[int, int] | None:
        """``(precision, scale)`` of a NUMERIC column, None for any other."""
        if not self.physical_type.startswith("NUMERIC"):
            return None
        precision, scale = self.physical_type[len("NUMERIC(") : -1].split(",")
        return int(precision), int(scale)

    @cached_property
    def null_numbers(self) -> frozenset[float]:
        """The numbers that mean null, as doubles."""
        return frozenset(float(text) for text in self.null_values if _JSON_NUMBER.fullmatch(text))

    @property
    def protections(self) -> frozenset[Protection]:
        """What protects personal data in the column, its elements and their fields."""
        own = frozenset() if self.protection is None else frozenset({self.protection})
        inner = (*self.fields, *((self.items,) if self.items else ()))
        return own.union(*(column.protections for column in inner))


@dataclass(frozen=True, slots=True)
class RowRule:
    """What must hold between columns of a row: ``left operator right``, or ``right - minus``.

    It says nothing of a row in which one of them is null.
    """

    name: str
    left: str
    operator: str
    right: str
    minus: str | None = None

    @property
    def operands(self) -> tuple[str, str, str | None]:
        """What it compares, however it does."""
        return self.left, self.right, self.minus

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns that it compares."""
        return tuple(name for name in self.operands if name is not None)

    def __str__(self) -> str:
        difference = "" if self.minus is None else f" - {self.minus}"
        return f"{self.left} {self.operator} {self.right}{difference}"


@dataclass(frozen=True, slots=True)
class Check:
    """One quality check of a table.

    ``metric`` is an ODCS library metric (``nullValues``, ``invalidValues``,
    ``duplicateValues``, ``rowCount``) or ``sql``, whose query returns one number.
    ``bounds`` has one value, or two for ``mustBeBetween``. ``percent`` compares the share
    of the rows, 0 to 100, instead of their count.
    """

    name: str
    metric: str
    operator: Operator
    bounds: tuple[int | float, ...]
    columns: tuple[str, ...] = ()
    percent: bool = False
    severity: Severity = Severity.ERROR
    description: str = ""
    query: str | None = None
    valid_values: tuple[str, ...] = ()
    pattern: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """One way in which objects of a feed are written. CSV alone uses the last three."""

    format: SourceFormat
    suffixes: tuple[str, ...] = ()
    """Endings of the object names that are written so; empty for any name."""
    encoding: str = "utf-8"
    delimiter: str = ","
    decimal_mark: str = "."
    header: tuple[str, ...] | None = None
    """Column names of a CSV without a header line; None where the first line names them."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """A BigQuery table that the platform keeps: what its contract's standard fields say.

    ``physical_type`` is ``table`` or ``view``.
    """

    name: str
    path: Path
    version: str
    physical_type: str
    layer: Layer
    tier: int
    purpose: str
    columns: tuple[Column, ...]
    checks: tuple[Check, ...]
    owner: str
    support: str
    event_time: str | None
    """The column whose newest value is the data's date; None where it is the object's arrival."""
    freshness_slo: timedelta
    retention: timedelta | None
    calendar: SloCalendar | None = None
    """When the freshness SLO holds; None for always."""
    deadline: Deadline | None = None
    """By when it must have been published, besides its freshness."""

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """The columns by name."""
        return {column.name: column for column in self.columns}

    @cached_property
    def key(self) -> tuple[str, ...]:
        """Names of the primary key's columns, in key order."""
        keyed = [c for c in self.columns if c.key_position is not None]
        return tuple(c.name for c in sorted(keyed, key=lambda c: c.key_position or 0))

    @cached_property
    def partition(self) -> Column | None:
        """The DATE column that the table is partitioned by, if it is."""
        return next((c for c in self.columns if c.partitioned), None)

    @cached_property
    def cluster(self) -> tuple[str, ...]:
        """Names of the clustering columns, in order."""
        clustered = [c for c in self.columns if c.cluster_position is not None]
        return tuple(c.name for c in sorted(clustered, key=lambda c: c.cluster_position or 0))

    @property
    def metric_labels(self) -> dict[str, str]:
        """The labels that every metric of this table carries."""
        return {"dataset": self.name, "layer": self.layer.value, "tier": str(self.tier)}


@dataclass(frozen=True, kw_only=True)
class Feed(Table):
    """A table that is filled from objects in the landing bucket."""

    sources: tuple[Source, ...]
    load_mode: LoadMode
    schedule: str
    max_future: timedelta | None = field(default=None)
    max_late: timedelta | None = field(default=None)
    min_valid_ratio: float = 0.95
    max_duplicate_ratio: float = 0.01
    row_rules: tuple[RowRule, ...] = ()

    def source_of(self, object_name: str) -> Source:
        """How the object of that name is written."""
        return next(s for s in self.sources if not s.suffixes or object_name.endswith(s.suffixes))

    @cached_property
    def read_columns(self) -> tuple[Column, ...]:
        """The columns that are read from the file, without the derived ones."""
        return tuple(c for c in self.columns if c.derived_from is None)

    @cached_property
    def protections(self) -> frozenset[Protection]:
        """What protects personal data of this feed; empty where it has none."""
        return frozenset().union(*(column.protections for column in self.columns))

    @cached_property
    def partition_in_key(self) -> bool:
        """Whether rows with equal keys always fall into the same partition."""
        if self.partition is None:
            return True
        return (self.partition.derived_from or self.partition.name) in self.key
