"""Runs cases with Google's own evaluator of GoogleSQL, in one start of a process of its own."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from atvos import tables
from atvos.builds import Build
from atvos.contract import Column, LogicalType
from atvos.models import Model
from atvos.schema import Field
from atvos.sqlcheck import environment
from atvos.sqlcheck.environment import ToolError
from atvos.steps import build_parameters
from tests.sql.cases import Case
from tests.sql.running import TABLES
from tests.sql.values import Row

WORKER = Path(environment.__file__).with_name("zetasql_evaluator.py")
SECONDS = 100
"""The limit of all queries together. Compiling the evaluator, once, is most of it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The rows that a query returns, or what the evaluator says against it."""

    rows: list[Row] | None = None
    error: str | None = None


def evaluate(cases: Sequence[tuple[Model, Case]]) -> list[Outcome]:
    """What each model's query returns for its case, in the types of the model's table."""
    sources = sorted({source for _, case in cases for source in case.sources})
    fields = {s: tables.contract_table(TABLES[s], s).fields for s in sources}
    answers = ask(
        {name: list(map(described, known)) for name, known in fields.items()},
        [_query(model, case) for model, case in cases],
    )
    return [_outcome(model, found) for (model, _), found in zip(cases, answers, strict=True)]


def ask(
    columns: Mapping[str, list[dict[str, Any]]], queries: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """The worker's answers, in its own form. ToolError where it breaks down."""
    request = json.dumps({"tables": columns, "queries": queries}, default=str)
    # -I: the path that leads to the tests must not lead into the other environment.
    command: list[str | Path] = [environment.python(), "-I", WORKER]
    done = subprocess.run(
        command, input=request, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    if done.returncode:
        raise ToolError(f"the SQL evaluator broke down:\n{done.stderr.strip()}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def described(field: Field) -> dict[str, Any]:
    """The field as the worker reads it, without its precision: values have none."""
    base = field.type.partition("(")[0]
    return asdict(field) | {"type": base, "fields": [described(f) for f in field.fields]}


def _query(model: Model, case: Case) -> dict[str, Any]:
    columns = ", ".join(map(_cast, model.columns))
    build = Build(model.name, case.days, (), None)
    return {
        "sql": f"SELECT {columns} FROM (\n{_with_quoted_tables(model)}\n)",
        "rows": case.sources,
        "parameters": [_parameter(p) for p in build_parameters(build)],
    }


def _cast(column: Column) -> str:
    """The column in the type of the model's table, as publishing makes it."""
    return f"CAST(`{column.name}` AS {column.physical_type}) AS `{column.name}`"


def _with_quoted_tables(model: Model) -> str:
    """The model's query, with the names of its sources in the form that the evaluator knows."""
    names = "|".join(map(re.escape, model.sources))
    return re.sub(rf"(?<![\w.`])({names})(?![\w.`])", r"`\1`", model.query)


def _parameter(parameter: Mapping[str, Any]) -> dict[str, Any]:
    """A parameter of BigQuery's API as the worker reads it."""
    kind, value = parameter["parameterType"], parameter["parameterValue"]
    if kind["type"] != "ARRAY":
        return described(Field(parameter["name"], kind["type"])) | {"value": value["value"]}
    field = Field(parameter["name"], kind["arrayType"]["type"], repeated=True)
    return described(field) | {"value": [element["value"] for element in value["arrayValues"]]}


_READERS: Mapping[LogicalType, Any] = {
    LogicalType.NUMBER: Decimal,
    LogicalType.DATE: date.fromisoformat,
    LogicalType.TIMESTAMP: datetime.fromisoformat,
}


def _outcome(model: Model, answer: Mapping[str, Any]) -> Outcome:
    if "error" in answer:
        return Outcome(error=answer["error"])
    types = {column.name: column.type for column in model.columns}
    return Outcome(rows=[{n: _read(v, types[n]) for n, v in row.items()} for row in answer["rows"]])


def _read(found: Any, type_: LogicalType) -> Any:
    return found if found is None else _READERS.get(type_, lambda same: same)(found)


def without_trailing_zeros(rows: list[Row]) -> list[Row]:
    """The same rows, with decimals in the one form that also sorts alike."""
    return [
        {n: v.normalize() if isinstance(v, Decimal) else v for n, v in row.items()} for row in rows
    ]
