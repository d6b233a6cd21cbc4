"""How a problem of the report is told: the file, the line, what was found and what would do."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches
from pathlib import Path


def at(file: Path, word: str = "") -> str:
    """``file:line``, the first line that has ``word`` in it, else the first of all."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError:
        return f"{file}:1"
    return f"{file}:{next((n for n, line in enumerate(lines, 1) if word and word in line), 1)}"


def near(bad: str, valid: Collection[str]) -> str:
    """The valid name that looks most like a bad one, or a few of them where none does."""
    close = get_close_matches(bad, sorted(valid), n=1, cutoff=0.6)
    return close[0] if close else ", ".join(sorted(valid)[:5]) or "none is there"


def problem(place: str, what: str, found: object, valid: str) -> str:
    """One line."""
    return f"{place}: {what}: found {found!r}; valid: {valid}"
