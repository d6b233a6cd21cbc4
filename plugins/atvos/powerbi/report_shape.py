"""Whether names, versions of schemas and roles in the report's files are what PBIR asks for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from atvos.powerbi.pbir import Report, Visual
from atvos.powerbi.report_places import at, near, problem

_SCHEMAS = "https://developer.microsoft.com/json-schemas/fabric/item/report"
_VERSIONS = {
    "definition.pbir": "definitionProperties/2.0.0",
    "mobile.json": "definition/visualContainerMobileState/2.4.0",
    "page.json": "definition/page/2.1.0",
    "pages.json": "definition/pagesMetadata/1.1.0",
    "report.json": "definition/report/3.3.0",
    "version.json": "definition/versionMetadata/1.0.0",
    "visual.json": "definition/visualContainer/2.9.0",
}
_BARS = {"Category", "Y", "Series"}
_ROLES: Mapping[str, set[str]] = {
    "actionButton": set(),
    "barChart": _BARS,
    "cardVisual": {"Data"},
    "clusteredBarChart": _BARS,
    "clusteredColumnChart": _BARS,
    "columnChart": _BARS,
    "lineChart": _BARS | {"Y2"},
    "lineClusteredColumnComboChart": _BARS | {"Y2"},
    "pivotTable": {"Rows", "Columns", "Values"},
    "slicer": {"Values"},
    "tableEx": {"Values"},
    "textbox": set(),
}
_CONDITIONS = {"Categorical": "In", "RelativeDate": "Between"}
_NAME = re.compile(r"[a-z][a-z0-9_]{1,48}")


def problems(report: Report) -> list[str]:
    """Every file with another name, version or role than it should have."""
    found = [*_schemas(report), *_theme(report), *_filter_names(report), *_conditions(report)]
    for page in report.pages:
        found += _named(page.name, page.file, "page")
        for visual in page.visuals:
            found += [*_named(visual.name, visual.file, "visual"), *_roles(visual)]
    return found


def _schemas(report: Report) -> Iterator[str]:
    for file, data in report.files.items():
        wanted = f"{_SCHEMAS}/{_VERSIONS[file.name]}/schema.json"
        if data["$schema"] != wanted:
            yield problem(at(file, '"$schema"'), "$schema", data["$schema"], wanted)


def _theme(report: Report) -> Iterator[str]:
    """The theme calls itself what the report calls it, or Power BI does not load it."""
    name = report.data["themeCollection"]["customTheme"]["name"]
    if report.theme["name"] != name:
        place = at(report.theme_file, '"name"')
        yield problem(place, "name of the theme", report.theme["name"], name)


def _named(name: str, file: Path, what: str) -> Iterator[str]:
    if name != file.parent.name or not _NAME.fullmatch(name):
        valid = f"{file.parent.name}, its folder; a-z, 0-9 and _"
        yield problem(at(file, '"name"'), f"name of the {what}", name, valid)


def _roles(visual: Visual) -> Iterator[str]:
    if visual.kind not in _ROLES:
        place = at(visual.file, '"visualType"')
        yield problem(place, "visualType", visual.kind, near(visual.kind, _ROLES))
        return
    valid = _ROLES[visual.kind]
    for role in visual.roles.keys() - valid:
        place = at(visual.file, f'"{role}"')
        yield problem(place, f"role of a {visual.kind}", role, near(role, valid))
    if valid and not visual.projections:
        yield problem(at(visual.file), "queryState", {}, f"fields for {', '.join(sorted(valid))}")


def _filter_names(report: Report) -> Iterator[str]:
    """A filter's name is its own in the whole report."""
    everywhere = [(each["name"], file) for file, filters in report.filtered for each in filters]
    times = Counter(name for name, _ in everywhere)
    for name, file in everywhere:
        if times[name] > 1:
            yield problem(at(file, f'"{name}"'), "name of a filter", name, "one of its own")


def _conditions(report: Report) -> Iterator[str]:
    """A filter lets something through; only that of a drill-through waits for its value."""
    for file, filters in report.filtered:
        for each in filters:
            wanted = _CONDITIONS[each["type"]]
            where = each.get("filter", {}).get("Where", [])
            kinds = [sorted(one["Condition"]) for one in where]
            if each.get("howCreated") != "Drillthrough" and kinds != [[wanted]]:
                valid = f"one Condition, {wanted}"
                yield problem(at(file, f'"{each["name"]}"'), f"filter {each['name']}", kinds, valid)
