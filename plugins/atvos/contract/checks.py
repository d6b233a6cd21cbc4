"""Reads the quality checks of a contract, and adds those that its columns promise."""

from __future__ import annotations

import re
from collections.abc import Sequence

from atvos.contract.document import Node
from atvos.contract.model import Check, Column, LogicalType, Operator, Severity

METRICS = ("nullValues", "invalidValues", "duplicateValues", "rowCount")
"""The library metrics of the standard that the audit can measure."""

_COLUMN_METRICS = METRICS[:3]


def read_checks(
    schema: Node, properties: Sequence[Node], columns: tuple[Column, ...]
) -> tuple[Check, ...]:
    """All checks of the table; problems are recorded on ``schema``.

    ``properties`` are the nodes that ``columns`` were read from.
    """
    checks = [*_derived_checks(columns)]
    checks += [_read_check(node, ()) for node in schema.children("quality", "a list of checks")]
    for node in properties:
        column = str(node.raw.get("name"))
        checks += [_read_check(q, (column,)) for q in node.children("quality", "a list of checks")]
    names = [check.name for check in checks if check.name]
    for name in sorted({n for n in names if names.count(n) > 1}):
        schema.problem("quality.name", name, "names that differ, unlike those derived from keys")
    known = {column.name for column in columns}
    measured = {column.name for column in columns if column.type is not LogicalType.ARRAY}
    for check in checks:
        valid = known if check.metric == "sql" else measured
        for column in check.columns:
            if columns and column not in valid:
                attribute = f"quality[{check.name}].arguments.properties"
                schema.problem(attribute, column, "one of " + ", ".join(sorted(valid)))
    return tuple(checks)


def _derived_checks(columns: tuple[Column, ...]) -> list[Check]:
    """What ``required`` and ``primaryKey`` promise, checked on every batch."""
    keyed = sorted((c for c in columns if c.key_position), key=lambda c: c.key_position or 0)
    checks = [
        Check(
            name=f"null_values:{column.name}",
            metric="nullValues",
            operator=Operator.MUST_BE,
            bounds=(0,),
            columns=(column.name,),
            description=f"{column.name} is required",
        )
        for column in columns
        if column.required and column.type is not LogicalType.ARRAY
    ]
    if keyed:
        checks.append(
            Check(
                name="duplicate_values:key",
                metric="duplicateValues",
                operator=Operator.MUST_BE,
                bounds=(0,),
                columns=tuple(c.name for c in keyed),
                description="the key is unique",
            )
        )
    return checks


def _read_check(node: Node, columns: tuple[str, ...]) -> Check:
    operator, bounds = _read_comparison(node)
    kind = node.choice("type", ["library", "sql"], "library")
    metric = "sql" if kind == "sql" else node.choice("metric", METRICS)
    percent = node.choice("unit", ["rows", "percent"], "rows") == "percent"
    if percent and metric not in _COLUMN_METRICS:
        node.problem("unit", "percent", f"rows, as {metric} is no share of the rows")
    elif percent and not all(0 <= bound <= 100 for bound in bounds):  # noqa: PLR2004
        node.problem(operator.value, node.raw[operator.value], "from 0 to 100, as unit is percent")
    arguments = node.child("arguments", "a mapping")
    columns = columns or arguments.texts("properties", "a list of column names")
    if node.raw.get("metric") in _COLUMN_METRICS and not (columns or arguments.has("properties")):
        arguments.problem("properties", None, "a list of column names")
    pattern = arguments.optional_text("pattern", "a regular expression")
    if pattern is not None and not _compiles(pattern):
        arguments.problem("pattern", pattern, "a regular expression")
    valid_values = arguments.texts("validValues", "a list of values")
    if metric == "invalidValues" and arguments.has("pattern") == arguments.has("validValues"):
        node.problem("arguments", arguments.raw, "validValues or pattern, one of the two")
    return Check(
        name=node.text("name", "a short name like odometer_is_plausible", r"[a-z][a-z0-9_:]*"),
        metric=metric,
        operator=operator,
        bounds=bounds,
        columns=columns,
        percent=percent,
        severity=Severity(node.choice("severity", [s.value for s in Severity], "error")),
        description=node.text("description", "a sentence that says what must hold"),
        query=_read_query(node) if metric == "sql" else None,
        valid_values=valid_values,
        pattern=pattern,
    )


def _read_comparison(node: Node) -> tuple[Operator, tuple[float, ...]]:
    """The one operator and its bounds; harmless ones where the document has none."""
    operators = [operator.value for operator in Operator]
    given = [attribute for attribute in operators if node.has(attribute)]
    if len(given) != 1:
        node.problem("(operator)", given, "exactly one of " + ", ".join(operators))
        return Operator.MUST_BE, (0.0,)
    operator = Operator(given[0])
    value = node.raw[operator.value]
    values = value if isinstance(value, list) else [value]
    bounds = tuple(float(v) for v in values if type(v) in (int, float))
    expected = 2 if operator is Operator.BETWEEN else 1
    if len(bounds) != expected or len(values) != expected:
        valid = "a list of two numbers, like [1, 100]" if expected > 1 else "a number"
        node.problem(operator.value, value, valid)
        return operator, (0.0,) * expected
    if bounds[0] > bounds[-1]:
        node.problem(operator.value, value, f"[{values[1]}, {values[0]}], the smaller one first")
    return operator, bounds


def _read_query(node: Node) -> str:
    query = node.text("query", "SELECT … FROM ${table}, giving one number")
    if query and "${table}" not in query:
        node.problem("query", query, "a query that reads ${table}")
    return query


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True
