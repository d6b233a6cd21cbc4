"""Finds links of Markdown pages that lead nowhere."""

import re
from collections.abc import Iterable
from pathlib import Path

_LINK = re.compile(r"\[[^\]\n]+\]\(([^)\s]*)\)")
_ANCHOR = re.compile(r'<a id="([^"]+)">')
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def broken_links(files: Iterable[Path]) -> list[str]:
    """``file: link`` for each link whose file, or place in it, is not there."""
    return [
        f"{file.name}: {link}"
        for file in files
        for link in _LINK.findall(file.read_text(encoding="utf-8"))
        if not _leads_somewhere(file, link)
    ]


def anchors(file: Path) -> list[str]:
    """The places of a page that links can lead to."""
    text = file.read_text(encoding="utf-8")
    return _ANCHOR.findall(text) + [_slug(title) for title in _HEADING.findall(text)]


def _leads_somewhere(file: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = file.parent / path if path else file
    return target.is_file() and (not anchor or anchor in anchors(target))


def _slug(title: str) -> str:
    return re.sub(r"[^\w\- ]", "", title).strip().lower().replace(" ", "-")
