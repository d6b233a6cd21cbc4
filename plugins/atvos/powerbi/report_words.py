"""Whether a report says what it shows: titles, alternative text, words beside colours."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from atvos.powerbi.pbir import WORDLESS, Page, Report, Visual, properties, text
from atvos.powerbi.report_places import at, problem

_ENGLISH = re.compile(
    r"\b(the|of|by|and|with|which|what|per|last|page|day|month|vehicle|cost|forecast|total of)\b",
    re.IGNORECASE,
)
_LINES = ("lineChart",)
_SHORTEST_ALT_TEXT = 20


def problems(report: Report) -> list[str]:
    """Every page and visual without words, or with words in English, and bare colours."""
    found: list[str] = []
    for page in report.pages:
        found += _page(page)
        for each in page.visuals:
            found += [*_visual(each), *_series(each)]
    return found


def _page(page: Page) -> Iterator[str]:
    """A page has a text box with its name, and the question that it answers."""
    yield from _english(page.title, page, "displayName")
    said = [words for each in page.visuals for words in each.words]
    if page.title not in said or not any(words.endswith("?") for words in said):
        valid = f"a textbox with {page.title!r} and a question, …?"
        yield problem(at(page.file, "displayName"), f"title of {page.name}", said, valid)
    times = Counter(each.title for each in page.visuals if each.title)
    for title, number in times.items():
        if number > 1:
            yield problem(at(page.file), f"titles of {page.name}", title, "each only once")


def _visual(visual: Visual) -> Iterator[str]:
    if visual.kind not in WORDLESS and not visual.title:
        yield problem(at(visual.file), f"title of {visual.name}", "", "what it shows, in words")
    if len(visual.alt_text) < _SHORTEST_ALT_TEXT:
        valid = f"at least {_SHORTEST_ALT_TEXT} letters that say what is to be seen"
        yield problem(
            at(visual.file, "altText"), f"altText of {visual.name}", visual.alt_text, valid
        )
    for words in (visual.title, visual.alt_text, *visual.words):
        yield from _english(words, visual, visual.name)
    for each in visual.projections:
        yield from _english(each.get("displayName", ""), visual, "displayName")


def _english(words: str, where: Page | Visual, what: str) -> Iterator[str]:
    if found := _ENGLISH.search(words):
        valid = "Portuguese"
        yield problem(at(where.file, words), f"{what}, {found[0]!r}", words, valid)


def _series(visual: Visual) -> Iterator[str]:
    """Where colours tell series apart, a legend and something beside the colour do too."""
    values = visual.roles.get("Y", []) + visual.roles.get("Y2", [])
    if len(values) < 2 and "Series" not in visual.roles:  # noqa: PLR2004
        return
    if not _shown(visual, "legend"):
        yield problem(at(visual.file), f"legend of {visual.name}", "none", "show: true")
    if visual.kind in _LINES:
        styles = [text(each.get("lineStyle")) for each in properties(visual.objects, "lineStyles")]
        if len(set(styles)) < len(values) or "Series" in visual.roles:
            valid = "a lineStyle of its own for each line, solid, dashed or dotted"
            yield problem(at(visual.file), f"lineStyles of {visual.name}", styles, valid)
    elif not _shown(visual, "labels"):
        yield problem(at(visual.file), f"labels of {visual.name}", "none", "show: true")


def _shown(visual: Visual, name: str) -> bool:
    return any(text(each.get("show")) == "true" for each in properties(visual.objects, name))
