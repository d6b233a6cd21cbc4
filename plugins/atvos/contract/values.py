"""Reads what a value must be: its type, and the constraints that it has to keep."""

from __future__ import annotations

import re

from atvos.contract.document import Node
from atvos.contract.model import Column, LogicalType, Reference

MAX_SCALE = 9
"""Digits after the point that a NUMERIC of BigQuery has at most."""

MAX_PRECISION = 15
"""Decimal digits that a double holds exactly; JSON numbers and CSV texts are read as doubles."""

PHYSICAL = {
    LogicalType.STRING: (r"STRING", "STRING"),
    LogicalType.INTEGER: (r"INT64", "INT64"),
    LogicalType.NUMBER: (r"FLOAT64|NUMERIC\(\d+, \d+\)", "NUMERIC(15, 3) or FLOAT64"),
    LogicalType.BOOLEAN: (r"BOOL", "BOOL"),
    LogicalType.DATE: (r"DATE", "DATE"),
    LogicalType.TIMESTAMP: (r"TIMESTAMP", "TIMESTAMP"),
    LogicalType.ARRAY: (r"ARRAY", "ARRAY"),
    LogicalType.OBJECT: (r"STRUCT", "STRUCT"),
}
SCALARS = tuple(k for k in LogicalType if k not in (LogicalType.ARRAY, LogicalType.OBJECT))
"""The types of a value that has no parts."""

OPTIONS = (
    "format",
    "defaultTimezone",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "pattern",
)
"""What is enforced of ``logicalTypeOptions``; the standard has more."""

_NOT_RE2 = re.compile(r"\(\?(?:[=!<>(#]|P=)|\\[1-9]")
_RE2 = "a regular expression without look-around or back-references (RE2)"


def read_type(node: Node, kinds: tuple[LogicalType, ...]) -> tuple[LogicalType, str]:
    """The logical type, one of ``kinds``, and the physical one.

    Where the logical type is not valid, it is the one that the physical type fits.
    """
    kind = _logical_type(node, kinds)
    pattern, valid = PHYSICAL[kind]
    physical = node.text("physicalType", f"{valid}, for logicalType {kind.value}", pattern)
    _check_numeric(node, physical)
    return kind, physical or valid.split(" or ")[0]


def _logical_type(node: Node, kinds: tuple[LogicalType, ...]) -> LogicalType:
    name = node.choice("logicalType", [kind.value for kind in kinds])
    if node.raw.get("logicalType") == name:
        return LogicalType(name)
    physical = str(node.raw.get("physicalType"))
    fitting = (kind for kind in kinds if re.fullmatch(PHYSICAL[kind][0], physical))
    return next(fitting, LogicalType.STRING)


def _check_numeric(node: Node, physical: str) -> None:
    match = re.fullmatch(r"NUMERIC\((\d+), (\d+)\)", physical)
    if match is None:
        return
    precision, scale = int(match[1]), int(match[2])
    if not (scale <= MAX_SCALE and max(1, scale) <= precision <= MAX_PRECISION):
        node.problem(
            "physicalType",
            physical,
            f"NUMERIC(p, s) with s up to {MAX_SCALE} and p from s to {MAX_PRECISION}: more digits "
            "than a double holds would be rounded without a word",
        )


def read_options(node: Node) -> Node:
    """``logicalTypeOptions``; one that is not enforced is a problem."""
    options = node.child("logicalTypeOptions", "a mapping")
    for option in options.raw:
        if option not in OPTIONS:
            valid = "one of " + ", ".join(OPTIONS)
            options.problem(str(option), options.raw[option], valid)
    return options


def read_enum(node: Node, kind: LogicalType) -> tuple[str, ...]:
    """The texts that the value may be; empty for any."""
    items = node.children("enum", "a list of mappings with value", "value")
    values = [item.text("value", "a text, like {value: urbano}", r"(?s).+") for item in items]
    if values and kind is not LogicalType.STRING:
        node.problem("enum", values, "only on a string")
    for value in sorted({v for v in values if v and values.count(v) > 1}):
        node.problem("enum", value, "values that differ")
    return tuple(values)


def bound(options: Node, attribute: str, kind: LogicalType) -> float | None:
    """The least or greatest number."""
    value = options.number(attribute, "a number")
    if value is not None and kind not in (LogicalType.INTEGER, LogicalType.NUMBER):
        options.problem(attribute, value, "only on an integer or number")
    return value


def length(options: Node, attribute: str, kind: LogicalType) -> int | None:
    """The least or greatest number of characters."""
    value = options.number(attribute, "a whole number, 0 or more", 0, whole=True)
    if value is not None and kind is not LogicalType.STRING:
        options.problem(attribute, value, "only on a string")
    return None if value is None else int(value)


def check_bounds(options: Node, column: Column) -> None:
    """Whether what is least is not above what is greatest."""
    pairs = (
        ("minimum", column.minimum, "maximum", column.maximum),
        ("minLength", column.min_length, "maxLength", column.max_length),
    )
    for low_name, low, high_name, high in pairs:
        if low is not None and high is not None and low > high:
            options.problem(high_name, high, f"at least the {low_name} {low}")


def read_pattern(options: Node, kind: LogicalType) -> str | None:
    """The regular expression that is found in the text."""
    pattern = expression(options, "pattern")
    if pattern is not None and kind is not LogicalType.STRING:
        options.problem("pattern", pattern, "only on a string")
    return pattern


def expression(node: Node, attribute: str, groups: int | None = None) -> str | None:
    """A regular expression that RE2 reads as Python does, with so many groups if that is said."""
    valid = _RE2 if groups is None else f"{_RE2} with exactly {groups} group"
    text = node.optional_text(attribute, valid)
    if text is None:
        return None
    try:
        found = re.compile(text).groups
    except re.error:
        found = None
    if found is None or _NOT_RE2.search(text) or groups not in (None, found):
        node.problem(attribute, text, valid)
        return None
    return text


def read_reference(node: Node) -> Reference | None:
    """The key that the value is expected among."""
    relations = list(node.children("relationships", "a list of mappings with to"))
    if len(relations) > 1:
        node.problem("relationships", f"{len(relations)} relationships", "one at most")
    for relation in relations[:1]:
        target = relation.text(
            "to", "table.column, like vehicles.device_id", r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*"
        )
        table, _, column = target.partition(".")
        return Reference(table, column)
    return None
