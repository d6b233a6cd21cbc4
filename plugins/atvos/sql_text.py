"""Lists as SQL writes them. Nothing here escapes: values are identifiers, hashes and dates."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date


def column_list(names: Iterable[str]) -> str:
    """Column names, quoted.

    >>> column_list(["a", "b"])
    '`a`, `b`'
    """
    return ", ".join(f"`{name}`" for name in names)


def date_list(days: Iterable[date]) -> str:
    """Date literals.

    >>> date_list([date(2025, 6, 1)])
    "DATE '2025-06-01'"
    """
    return ", ".join(f"DATE '{day.isoformat()}'" for day in days)


def text_list(texts: Iterable[str]) -> str:
    """String literals of hashes and names that hold no quote.

    >>> text_list(["0a", "0b"])
    "'0a', '0b'"
    """
    return ", ".join(f"'{text}'" for text in texts)
