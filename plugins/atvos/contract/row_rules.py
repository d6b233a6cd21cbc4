"""Reads the rules that hold between the columns of a row."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from atvos.contract.document import Node
from atvos.contract.model import Column, LogicalType, RowRule

OPERATORS = (">=", ">", "<=", "<", "=")
_RULE = re.compile(
    rf"([a-z][a-z0-9_]*) ({'|'.join(OPERATORS)}) ([a-z][a-z0-9_]*)(?: - ([a-z][a-z0-9_]*))?"
)
_VALID = (
    "<column> <op> <column>, or <column> <op> <column> - <column>, with op one of "
    + ", ".join(OPERATORS)
)


def read_row_rules(custom: Node, columns: Sequence[Column]) -> tuple[RowRule, ...]:
    """The feed's rules; problems are recorded on ``custom``."""
    readable = {c.name: c for c in columns if c.derived_from is None and _kind(c) is not None}
    rules = []
    for node in custom.children("rowRules", "a list of name and rule"):
        rule = _read_rule(node)
        if rule is not None:
            _check(node, rule, readable)
            rules.append(rule)
    names = [rule.name for rule in rules]
    for name in sorted({n for n in names if names.count(n) > 1}):
        custom.problem("rowRules.name", name, "names that differ")
    return tuple(rules)


def _read_rule(node: Node) -> RowRule | None:
    name = node.text("name", "a short name like odometer_order", r"[a-z][a-z0-9_]*")
    for attribute in node.raw:
        if attribute not in ("name", "rule"):
            node.problem(str(attribute), node.raw[attribute], "one of name, rule")
    text = node.text("rule", _VALID)
    match = _RULE.fullmatch(text)
    if match is None:
        if text:
            node.problem("rule", text, _VALID)
        return None
    left, operator, right, minus = match.groups()
    return RowRule(name, left, operator, right, minus)


def _check(node: Node, rule: RowRule, readable: Mapping[str, Column]) -> None:
    unknown = [name for name in rule.columns if name not in readable]
    if unknown:
        valid = "columns that are read and have an order: " + ", ".join(sorted(readable))
        node.problem("rule", ", ".join(unknown), valid)
        return
    kinds = {name: str(_kind(readable[name])) for name in rule.columns}
    if len(set(kinds.values())) > 1:
        found = ", ".join(f"{name} is {kind}" for name, kind in kinds.items())
        valid = "all integers, all NUMERIC of one scale, all dates or all timestamps"
        node.problem("rule", found, valid)
    elif rule.minus is not None and readable[rule.left].type not in (
        LogicalType.INTEGER,
        LogicalType.NUMBER,
    ):
        node.problem("rule", str(rule), "a difference of integers or NUMERIC columns only")


def _kind(column: Column) -> str | None:
    """What a column can be compared with: columns of the same kind. None for nothing."""
    if column.type in (LogicalType.INTEGER, LogicalType.DATE, LogicalType.TIMESTAMP):
        return column.type.value
    digits = column.precision_scale
    return None if digits is None else f"NUMERIC of scale {digits[1]}"
