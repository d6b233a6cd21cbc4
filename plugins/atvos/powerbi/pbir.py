"""A Power BI report as its folder in PBIR says it: pages, visuals, where they stand, what they say.

Only what the checks and the wireframes need is given a name; everything else stays in ``data``,
as it was read. Positions and sizes are in pixels of the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PHONE_WIDTH = 324
"""Width of the canvas of a layout for phones, which is as long as what stands on it."""

WORDLESS = ("textbox", "actionButton")
"""Kinds of visual that show no data, and have no title of their own."""


@dataclass(frozen=True, slots=True)
class Box:
    """Where something stands, from its upper left corner."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Where it ends."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Where it ends."""
        return self.y + self.height

    def overlaps(self, other: Box) -> bool:
        """Whether the two share any area."""
        wide = min(self.right, other.right) - max(self.x, other.x)
        high = min(self.bottom, other.bottom) - max(self.y, other.y)
        return wide > 0 and high > 0


@dataclass(frozen=True, slots=True)
class Placed:
    """A box, when the Tab key reaches it (None where nothing says so), and what looks another
    way only there.
    """

    box: Box
    tab: float | None
    file: Path
    objects: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Visual:
    """One visual. ``phone`` is its place in the layout for phones, None where it has none."""

    name: str
    kind: str
    file: Path
    data: Mapping[str, Any]
    place: Placed
    phone: Placed | None

    @property
    def roles(self) -> Mapping[str, list[Mapping[str, Any]]]:
        """The projections of each role, such as Category and Y."""
        state = self.data["visual"].get("query", {}).get("queryState", {})
        return {role: given["projections"] for role, given in state.items()}

    @property
    def projections(self) -> list[Mapping[str, Any]]:
        """All of them, role by role."""
        return [one for given in self.roles.values() for one in given]

    @property
    def title(self) -> str:
        """What stands above it; empty where nothing does."""
        if text(first(self.container, "title", "show")) == "false":
            return ""
        return text(first(self.container, "title", "text"))

    @property
    def alt_text(self) -> str:
        """What a screen reader says of it."""
        return text(first(self.container, "general", "altText"))

    @property
    def words(self) -> list[str]:
        """The paragraphs of a text box."""
        paragraphs = first(self.objects, "general", "paragraphs") or []
        return ["".join(run["value"] for run in each["textRuns"]) for each in paragraphs]

    @property
    def objects(self) -> Mapping[str, Any]:
        """How it is formatted inside."""
        found: Mapping[str, Any] = self.data["visual"].get("objects", {})
        return found

    @property
    def container(self) -> Mapping[str, Any]:
        """How its frame is formatted."""
        found: Mapping[str, Any] = self.data["visual"].get("visualContainerObjects", {})
        return found

    @property
    def filters(self) -> list[Mapping[str, Any]]:
        """The filters of this visual alone."""
        return _filters(self.data)


@dataclass(frozen=True, slots=True)
class Page:
    """One page, its visuals in the order of the Tab key."""

    name: str
    title: str
    file: Path
    data: Mapping[str, Any]
    visuals: tuple[Visual, ...]

    @property
    def size(self) -> tuple[float, float]:
        """Width and height."""
        return self.data["width"], self.data["height"]

    @property
    def is_hidden(self) -> bool:
        """Whether readers do not see it in the list of pages."""
        return self.data.get("visibility") == "HiddenInViewMode"

    @property
    def is_drillthrough(self) -> bool:
        """Whether readers come to it from a value on another page."""
        return self.data.get("type") == "Drillthrough"

    @property
    def filters(self) -> list[Mapping[str, Any]]:
        """The filters of the whole page."""
        return _filters(self.data)

    @property
    def on_phones(self) -> list[Visual]:
        """The visuals of the layout for phones, in its order; none where the page has none."""
        found = [each for each in self.visuals if each.phone is not None]
        return sorted(found, key=lambda each: each.phone.tab or 0 if each.phone else 0)


@dataclass(frozen=True, slots=True)
class Report:
    """A report. Pages that ``order`` does not name come last; ``theme`` is the custom one."""

    folder: Path
    pages: tuple[Page, ...]
    order: tuple[str, ...]
    active: str
    files: Mapping[Path, Mapping[str, Any]]
    theme: Mapping[str, Any]
    theme_file: Path

    @property
    def definition(self) -> Path:
        """The folder that everything but the theme is in."""
        return self.folder / "definition"

    @property
    def file(self) -> Path:
        """What holds for all pages."""
        return self.definition / "report.json"

    @property
    def data(self) -> Mapping[str, Any]:
        """What stands in it."""
        return self.files[self.file]

    @property
    def filters(self) -> list[Mapping[str, Any]]:
        """The filters of all pages."""
        return _filters(self.data)

    @property
    def filtered(self) -> list[tuple[Path, list[Mapping[str, Any]]]]:
        """All filters, by the file that they stand in."""
        pages = [(page.file, page.filters) for page in self.pages]
        visuals = [(each.file, each.filters) for page in self.pages for each in page.visuals]
        return [(self.file, self.filters), *pages, *visuals]


def text(value: Any) -> str:
    """What a literal expression says, ``'it''s'`` as it's; empty for anything else."""
    try:
        raw = str(value["expr"]["Literal"]["Value"])
    except (KeyError, TypeError):
        return ""
    quoted = len(raw) > 1 and raw[0] == raw[-1] == "'"
    return raw[1:-1].replace("''", "'") if quoted else raw


def properties(objects: Mapping[str, Any], name: str) -> Iterator[Mapping[str, Any]]:
    """Every set of properties that one formatting object has, with its ``selector``."""
    for each in objects.get(name, []):
        yield {**each.get("properties", {}), "selector": each.get("selector")}


def first(objects: Mapping[str, Any], name: str, key: str) -> Any:
    """The first value of a property of one formatting object, None where it has none."""
    return next((each[key] for each in properties(objects, name) if key in each), None)


def _filters(data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = data.get("filterConfig", {}).get("filters", [])
    return found
