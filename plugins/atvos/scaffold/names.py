"""Names of columns, made of the names that a source uses."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from atvos.contract.columns import RESERVED_COLUMNS

MAX_LENGTH = 63
"""Characters that a column's name has at most."""


def words(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


_KEYWORDS = words(
    """
    all and any array as asc assert_rows_modified at between by case cast collate contains
    create cross cube current default define desc distinct else end enum escape except exclude
    exists extract false fetch following for from full group grouping groups hash having if
    ignore in inner intersect interval into is join lateral left like limit lookup merge natural
    new no not null nulls of on or order outer over partition preceding proto qualify range
    recursive respect right rollup rows select set some struct tablesample then to treat true
    unbounded union unnest using when where window with within
    """
)
"""Words that GoogleSQL takes as a name only within backquotes."""


def snake_case(text: str) -> str:
    """The text as lower-case ASCII words joined by underscores; empty where it has no letter.

    >>> [snake_case(text) for text in ("hora saída", "deviceId", "trace.id", "R$/km")]
    ['hora_saida', 'device_id', 'trace_id', 'r_km']
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    parted = re.sub(r"([a-z0-9])([A-Z])|([A-Z])(?=[A-Z][a-z])", r"\1\3_\2", plain)
    name = re.sub(r"[^a-z0-9]+", "_", parted.lower()).strip("_")
    return name if re.search("[a-z]", name) else ""


class ColumnNames:
    """Gives every column of a table a name that no other has."""

    def __init__(self) -> None:
        self._taken: set[str] = set(RESERVED_COLUMNS | _KEYWORDS)

    def take(self, path: Sequence[str]) -> str:
        """A valid name that is free, for what stands at the end of ``path``; free no more."""
        name = "_".join(filter(None, map(snake_case, path))) or "column"
        if not name[0].isalpha():
            name = f"c_{name}"
        first = f"{name}_value" if name in RESERVED_COLUMNS | _KEYWORDS else name
        number, free = 1, first[:MAX_LENGTH].rstrip("_")
        while free in self._taken:
            number += 1
            suffix = f"_{number}"
            free = first[: MAX_LENGTH - len(suffix)].rstrip("_") + suffix
        self._taken.add(free)
        return free
