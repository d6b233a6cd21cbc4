"""The contract's rules between the columns of a row, of one row and of whole columns."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

import polars as pl

from atvos.contract import RowRule

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
    "=": operator.eq,
}
_SUBTRACTED = 2**62
"""Whole numbers from minus this up to this have a difference of 64 bits."""


def holds(rule: RowRule, values: Mapping[str, Any]) -> bool:
    """Whether the stored values keep the rule; a rule says nothing of null."""
    if any(values[name] is None for name in rule.columns):
        return True
    right = values[rule.right]
    if rule.minus is not None:
        right -= values[rule.minus]
    return bool(_COMPARE[rule.operator](values[rule.left], right))


def proven(rule: RowRule, frame: pl.DataFrame) -> pl.Series:
    """The rows that surely keep the rule; the columns are those that are stored."""
    right = frame.get_column(rule.right)
    sure = pl.Series([True]).new_from_index(0, len(frame))
    if rule.minus is not None:
        minus = frame.get_column(rule.minus)
        for part in (right, minus):
            sure &= part.is_between(-_SUBTRACTED, _SUBTRACTED).fill_null(value=True)
        right = right - minus
    kept: pl.Series = _COMPARE[rule.operator](frame.get_column(rule.left), right)
    return sure & kept.fill_null(value=True)
