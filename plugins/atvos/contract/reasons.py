"""Reason codes of rejected records, the vocabulary of quarantine, metrics and runbooks.

A code is a kind, ``kind:column`` or ``kind:column.field`` where one column is at fault, or
``rule:name``.
"""

from __future__ import annotations

MISSING = "missing"
"""A required column has no value."""
TYPE = "type"
"""The value is of another JSON type than the contract's."""
FORMAT = "format"
"""The text does not read as the contract's number, boolean, date or timestamp."""
ENUM = "enum"
"""The value is not one of the contract's."""
RANGE = "range"
"""The number is below the minimum, above the maximum or too large for the column."""
LENGTH = "length"
"""The text is shorter or longer than the contract allows."""
PATTERN = "pattern"
"""The text does not match the contract's pattern."""
FUTURE = "future"
"""The event time is further ahead of the batch than the contract allows."""
LATE = "late"
"""The event time is further back than the contract's window for late data."""
RULE = "rule"
"""The columns, each valid by itself, break a rule of the contract between them."""

ENCODING = "encoding"
"""The record is not valid in the promised encoding."""
MALFORMED_JSON = "malformed_json"
"""The record is not JSON."""
NOT_AN_OBJECT = "not_an_object"
"""The record is JSON, but not an object."""
RAGGED_ROW = "ragged_row"
"""The CSV row has more or fewer fields than the header."""
UNBALANCED_QUOTE = "unbalanced_quote"
"""A quoted CSV field is never closed."""
TOO_LONG = "too_long"
"""The record is longer than the job accepts."""
UNREADABLE = "unreadable"
"""The object could not be read to its end: this one reject stands for the rest of it."""
HEADER = "header"
"""The CSV header lacks a column of the contract, or names one twice; stands for the object."""


def is_of_record(code: str) -> bool:
    """Whether the code is about the record as a whole, of which no column was looked at."""
    return ":" not in code


def of(kind: str, column: str) -> str:
    """The code of ``kind`` for ``column``, or for the rule of that name.

    >>> of(MISSING, "device_id")
    'missing:device_id'
    """
    return f"{kind}:{column}"
