"""What is wrong with a piece of SQL, said so that the person who wrote it can mend it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from atvos.sqlcheck.inventory import Statement

_MARGIN = 60
"""Characters of a line that are shown on each side of the place in question."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault: the file to mend, where in it, what was found and what would be valid."""

    file: Path
    place: str
    message: str
    excerpt: str = ""

    def __str__(self) -> str:
        return f"{_shown(self.file)}:{self.place} {self.message}{self.excerpt}"


def in_statement(statement: Statement, line: int, column: int, message: str) -> Finding:
    """A fault at a place of ``statement``, both counted from 1.

    A query that stands in a file is pointed at there. The text of a generated statement is
    in no file, so the finding shows the line.
    """
    text = statement.sql.splitlines()[line - 1] if statement.sql else ""
    excerpt = _excerpt(text, column)
    if statement.first_line is not None:
        return Finding(
            statement.owner, f"{statement.first_line + line - 1}:{column}:", message, excerpt
        )
    place = f" {statement.title}, line {line}, column {column}:"
    return Finding(statement.owner, place, message, excerpt)


def _excerpt(text: str, column: int) -> str:
    start = max(0, column - 1 - _MARGIN)
    shown = text[start : column - 1 + _MARGIN]
    return f"\n    {shown}\n    {' ' * (column - 1 - start)}^"


def _shown(file: Path) -> Path:
    here = Path.cwd()
    return file.relative_to(here) if file.is_relative_to(here) else file
