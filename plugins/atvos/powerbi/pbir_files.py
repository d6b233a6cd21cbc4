"""Reads a report's folder: every file is held against its form before anything is made of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from atvos.powerbi import pbir_form
from atvos.powerbi.pbir import Box, Page, Placed, Report, Visual
from atvos.powerbi.report_places import at, problem

_Files = Mapping[Path, Mapping[str, Any]]


class PbirError(ValueError):
    """A report that cannot be read; ``lines`` say why, one for each thing."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = tuple(lines)


def load(folder: Path) -> Report:
    """The report in ``folder``, which ends with ``.Report``. PbirError where it is none."""
    files = _read(_forms(folder))
    definition = folder / "definition"
    listed, data = files[definition / "pages" / "pages.json"], files[definition / "report.json"]
    order = tuple(listed["pageOrder"])
    rank = {name: place for place, name in enumerate(order)}
    pages = [_page(each / "page.json", files) for each in _folders(definition / "pages")]
    pages.sort(key=lambda page: rank.get(page.name, len(order)))
    theme = _theme(folder, data)
    return Report(
        folder=folder,
        pages=tuple(pages),
        order=order,
        active=listed["activePageName"],
        files=files,
        theme=_read({theme: pbir_form.THEME})[theme],
        theme_file=theme,
    )


def _forms(folder: Path) -> dict[Path, pbir_form.Form]:
    """The files that a report has, and their forms."""
    definition = folder / "definition"
    forms = {
        folder / "definition.pbir": pbir_form.DATASET,
        definition / "version.json": pbir_form.VERSION,
        definition / "report.json": pbir_form.REPORT,
        definition / "pages" / "pages.json": pbir_form.PAGES,
    }
    for page in _folders(definition / "pages"):
        forms[page / "page.json"] = pbir_form.PAGE
        for visual in _folders(page / "visuals"):
            forms[visual / "visual.json"] = pbir_form.VISUAL
            if (visual / "mobile.json").exists():
                forms[visual / "mobile.json"] = pbir_form.MOBILE
    return forms


def _folders(parent: Path) -> list[Path]:
    return sorted(each for each in parent.glob("*") if each.is_dir())


def _read(forms: Mapping[Path, pbir_form.Form]) -> dict[Path, Mapping[str, Any]]:
    """What stands in the files. PbirError with everything that is wrong with all of them."""
    found: dict[Path, Mapping[str, Any]] = {}
    lines = []
    for file, form in forms.items():
        try:
            found[file] = json.loads(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            lines.append(f"{file}:1: missing")
        except ValueError as error:
            lines.append(f"{file}:{getattr(error, 'lineno', 1)}: no JSON: {error}")
        else:
            lines += [
                problem(at(file, _word(where, bad)), where, bad, valid)
                for where, bad, valid in pbir_form.errors(found[file], form)
            ]
    if lines:
        raise PbirError(lines)
    return found


def _word(where: str, bad: object) -> str:
    """What to look for in the file: a key that is too many, else the last of the path."""
    key = str(bad) if where.startswith("key of ") else where.rpartition(".")[2].partition("[")[0]
    return f'"{key}"'


def _page(file: Path, files: _Files) -> Page:
    data = files[file]
    folders = _folders(file.parent / "visuals")
    visuals = [_visual(each / "visual.json", files) for each in folders]
    visuals.sort(key=lambda each: each.place.tab or 0)
    return Page(data["name"], data["displayName"], file, data, tuple(visuals))


def _visual(file: Path, files: _Files) -> Visual:
    data, mobile = files[file], file.with_name("mobile.json")
    return Visual(
        name=data["name"],
        kind=data["visual"]["visualType"],
        file=file,
        data=data,
        place=_place(file, data),
        phone=_place(mobile, files[mobile]) if mobile in files else None,
    )


def _place(file: Path, data: Mapping[str, Any]) -> Placed:
    position = data["position"]
    box = Box(*(position[side] for side in ("x", "y", "width", "height")))
    return Placed(box, position.get("tabOrder"), file, data.get("objects", {}))


def _theme(folder: Path, data: Mapping[str, Any]) -> Path:
    """The file of the custom theme, which is one of the resources that the report registers."""
    chosen = data["themeCollection"]["customTheme"]
    for package in data["resourcePackages"]:
        for each in package["items"]:
            if (package["type"], each["name"]) == (chosen["type"], chosen["name"]):
                return folder / "StaticResources" / str(package["type"]) / str(each["path"])
    place = at(folder / "definition" / "report.json", '"customTheme"')
    valid = "the name of an item of resourcePackages"
    raise PbirError([problem(place, "customTheme", chosen["name"], valid)])
