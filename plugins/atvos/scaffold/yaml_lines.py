"""Writes YAML line by line, as only a text can carry comments."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

import yaml

WIDTH = 100
"""Characters of a line, unless one value needs more."""


def scalar(value: str | Sequence[str]) -> str:
    """A text, or a list of texts, as it stands within braces, quoted where it must be.

    >>> scalar(["a: b", "1", "c"])
    "['a: b', '1', c]"
    """
    texts = [value] if isinstance(value, str) else [*value]
    style = None if all(text.isprintable() for text in texts) else '"'
    shown: str = yaml.safe_dump(
        texts, default_flow_style=True, default_style=style, allow_unicode=True, width=1 << 30
    )
    shown = shown.removesuffix("\n")
    return shown[1:-1] if isinstance(value, str) else shown


def comments(indent: int, notes: Iterable[str], mark: str = "inferred") -> list[str]:
    """Lines that say each note to the person who edits the file, marked as guessed."""
    lead = " " * indent + "# "
    lines = []
    for note in notes:
        plain = "".join(c if c.isprintable() else "?" for c in f"{mark}: {note}")
        lines += textwrap.wrap(
            plain, WIDTH, initial_indent=lead, subsequent_indent=lead, break_long_words=False
        )
    return lines
