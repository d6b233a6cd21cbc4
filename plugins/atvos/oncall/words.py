"""How times, ages and foreign texts are put into words."""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta

from atvos.contract.calendar import ZONE

_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


def age(span: timedelta) -> str:
    """A span in its two largest units.

    >>> age(timedelta(hours=2, minutes=10, seconds=5))
    '2 h 10 min'
    >>> age(timedelta(days=1))
    '1 d'
    """
    rest = max(int(span.total_seconds()), 0)
    parts: list[tuple[int, str]] = []
    for unit, seconds in _UNITS:
        count, rest = divmod(rest, seconds)
        if count or parts:
            parts.append((count, unit))
    return " ".join(f"{count} {unit}" for count, unit in parts[:2] if count) or "0 s"


def moment(at: datetime) -> str:
    """A time as it is in São Paulo, to the minute.

    >>> moment(datetime.fromisoformat("2025-06-02T12:00:00Z"))
    '2025-06-02 09:00'
    """
    return f"{at.astimezone(ZONE):%Y-%m-%d %H:%M}"


def since(at: datetime, now: datetime) -> str:
    """A time, and how long ago it was."""
    return f"{moment(at)} ({age(now - at)} ago)"


def plain(text: str, limit: int = 300) -> str:
    """A foreign text in one line without control characters: it goes to a terminal.

    >>> plain("no\\x1b[31m\\n such")
    'no [31m such'
    """
    visible = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in text[: 4 * limit])
    line = " ".join(visible.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def counted(count: int, singular: str, plural: str | None = None) -> str:
    """A number with its noun.

    >>> counted(1, "batch", "batches"), counted(2, "object")
    ('1 batch', '2 objects')
    """
    return f"{count} {singular if count == 1 else plural or singular + 's'}"
