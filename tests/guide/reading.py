"""The analyst's guides: their questions, queries and tables of flags."""

import re
from dataclasses import dataclass
from pathlib import Path

from local.layout import REPOSITORY

FOLDER = REPOSITORY / "docs" / "guide"
LANGUAGES = ("pt-BR", "en")
_QUESTION = re.compile(
    r"^### (?P<title>.+?)\n\n(?P<text>.+?)\n\n```sql\n(?P<sql>.+?)\n```", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Question:
    """A question of a guide, the tables that answer it, and the query; ``line`` is the query's."""

    title: str
    tables: tuple[str, ...]
    sql: str
    file: Path
    line: int


def questions(language: str) -> list[Question]:
    """The questions of a guide, in order."""
    file = FOLDER / f"{language}.md"
    text = file.read_text(encoding="utf-8")
    found = []
    for match in _QUESTION.finditer(text):
        named = match["text"].partition("`. ")[0].strip("`").split(", ")
        line = text.count("\n", 0, match.start("sql")) + 1
        found.append(Question(match["title"], tuple(named), match["sql"], file, line))
    return found


def section(language: str, number: int) -> str:
    """The text of the guide's so-many-th section, counted from 0."""
    text = (FOLDER / f"{language}.md").read_text(encoding="utf-8")
    return re.split(r"^## ", text, flags=re.MULTILINE)[number + 1]
