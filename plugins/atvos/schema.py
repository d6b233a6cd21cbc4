"""BigQuery tables as values: their DDL, and the schema that load jobs state."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

_LEGACY_TYPES = {"INT64": "INTEGER", "FLOAT64": "FLOAT", "BOOL": "BOOLEAN"}


@dataclass(frozen=True, slots=True)
class Field:
    """A column. ``type`` is GoogleSQL's (``NUMERIC(12, 3)``); ``fields`` make it a STRUCT."""

    name: str
    type: str
    description: str = ""
    required: bool = False
    repeated: bool = False
    fields: tuple[Field, ...] = ()

    @property
    def sql_type(self) -> str:
        """The type as DDL writes it."""
        inner = self.type
        if self.fields:
            inner = f"STRUCT<{', '.join(f'`{f.name}` {f.sql_type}' for f in self.fields)}>"
        return f"ARRAY<{inner}>" if self.repeated else inner

    def ddl(self) -> str:
        """The column's line in CREATE TABLE."""
        text = f"`{self.name}` {self.sql_type}"
        if self.required and not self.repeated:
            text += " NOT NULL"
        return text + (
            f" OPTIONS(description={quote(self.description)})" if self.description else ""
        )

    def load_schema(self) -> dict[str, Any]:
        """The column in the REST API's TableFieldSchema."""
        base, _, arguments = self.type.partition("(")
        field_: dict[str, Any] = {
            "name": self.name,
            "type": "RECORD" if self.fields else _LEGACY_TYPES.get(base, base),
            "mode": "REPEATED" if self.repeated else "NULLABLE",
        }
        if arguments:
            precision, scale = arguments.rstrip(")").split(",")
            field_ |= {"precision": precision.strip(), "scale": scale.strip()}
        if self.fields:
            field_["fields"] = [f.load_schema() for f in self.fields]
        return field_


@dataclass(frozen=True, slots=True)
class TableSpec:
    """A table to create. ``table`` is ``dataset.name``; expiration is in days."""

    table: str
    description: str
    fields: tuple[Field, ...]
    partition: str | None = None
    cluster: tuple[str, ...] = ()
    partition_expiration_days: int | None = None
    labels: dict[str, str] = field(default_factory=dict)

    def ddl(self) -> str:
        """CREATE TABLE IF NOT EXISTS, ended by a semicolon.

        A partitioned table refuses queries that do not say which partitions they read.
        """
        columns = ",\n".join(f"  {f.ddl()}" for f in self.fields)
        options = [f"description={quote(self.description)}"]
        text = f"CREATE TABLE IF NOT EXISTS `{self.table}` (\n{columns}\n)"
        if self.partition:
            text += f"\nPARTITION BY `{self.partition}`"
            options.append("require_partition_filter=TRUE")
            if self.partition_expiration_days:
                options.append(f"partition_expiration_days={self.partition_expiration_days}")
        if self.cluster:
            text += "\nCLUSTER BY " + ", ".join(f"`{name}`" for name in self.cluster)
        if self.labels:
            pairs = (f"({quote(k)}, {quote(v)})" for k, v in sorted(self.labels.items()))
            options.append(f"labels=[{', '.join(pairs)}]")
        return text + f"\nOPTIONS({', '.join(options)});"

    def load_schema(self) -> list[dict[str, Any]]:
        """The ``fields`` of a load job's schema."""
        return [f.load_schema() for f in self.fields]


def quote(text: str) -> str:
    """A GoogleSQL string literal."""
    return json.dumps(text, ensure_ascii=False)
