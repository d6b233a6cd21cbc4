"""Lists as SQL writes them. Nothing here escapes: what would have to be escaped is refused."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

_PLAIN = re.compile(r"[\w.:-]+", re.ASCII)


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
    """String literals of hashes and names. ValueError where one is not made of plain letters.

    >>> text_list(["0a", "0b"])
    "'0a', '0b'"
    """
    return ", ".join(f"'{_plain(text)}'" for text in texts)


def _plain(text: str) -> str:
    if not _PLAIN.fullmatch(text):
        raise ValueError(f"a text in SQL: found {text!r}; valid: letters, digits and _ . : -")
    return text
