"""Which columns and measures a report speaks of, and whether the model has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from atvos.powerbi.model import Column, Model
from atvos.powerbi.pbir import Report, Visual, properties
from atvos.powerbi.report_places import at, near, problem

_KINDS = ("Column", "Measure")


@dataclass(frozen=True, slots=True)
class Reference:
    """One field that a file speaks of. ``table`` is empty where it cannot be told."""

    kind: str
    table: str
    name: str

    def __str__(self) -> str:
        return f"{self.table}[{self.name}]"


def references(data: Any, aliases: Mapping[str, str] | None = None) -> Iterator[Reference]:
    """Every field below ``data``; filters name their tables by an alias, which is resolved."""
    known = dict(aliases or {})
    if isinstance(data, list):
        for each in data:
            yield from references(each, known)
    elif isinstance(data, Mapping):
        known |= _sources(data.get("From"))
        for key, value in data.items():
            name = value.get("Property", value.get("Level")) if isinstance(value, Mapping) else None
            if name is not None:
                yield Reference(key, _table(value, known), str(name))
            else:
                yield from references(value, known)


def of_visual(visual: Visual) -> list[Reference]:
    """The fields of a visual, its filters and conditional formats among them, each once."""
    return list(dict.fromkeys(references(visual.data)))


def problems(report: Report, model: Model) -> list[str]:
    """Every field that the model lacks, hides or has as something else, and what names none."""
    found = [
        line
        for file, data in report.files.items()
        for each in dict.fromkeys(references(data))
        for line in _unknown(each, file, model)
    ]
    for file, filters in report.filtered:
        found += _dates(filters, file, model)
    for page in report.pages:
        for visual in page.visuals:
            found += [*_inner(visual), *_hidden(visual, model)]
    return found


def _sources(given: Any) -> dict[str, str]:
    """The tables of a filter by their alias."""
    sources = [each for each in given or [] if isinstance(each, Mapping)]
    return {str(each.get("Name")): str(each.get("Entity")) for each in sources}


def _table(value: Mapping[str, Any], aliases: Mapping[str, str]) -> str:
    try:
        source = value["Expression"]["SourceRef"]
        return str(source.get("Entity") or aliases.get(str(source.get("Source")), ""))
    except (AttributeError, KeyError, TypeError):
        return ""


def _unknown(field: Reference, file: Path, model: Model) -> Iterator[str]:
    place = at(file, f'"{field.name}"')
    if field.kind not in _KINDS:
        yield problem(place, "field", field.kind, "Column or Measure")
    elif not field.table:
        yield problem(place, f"table of {field.name}", "", "Entity, or a Source that From names")
    elif field.table not in model.tables:
        tables = model.tables.keys()
        yield problem(at(file, f'"{field.table}"'), "table", field.table, near(field.table, tables))
    else:
        table = model.tables[field.table]
        has = table.columns if field.kind == "Column" else table.measures
        other = table.measures if field.kind == "Column" else table.columns
        if field.name in other:
            asked, real = _KINDS if field.kind == "Column" else reversed(_KINDS)
            yield problem(place, str(field), asked, f"{real}, as the model has it")
        elif field.name not in has:
            word = field.kind.lower()
            yield problem(place, f"{word} of {field.table}", field.name, near(field.name, has))


def _column(field: Reference, model: Model) -> Column | None:
    table = model.tables.get(field.table)
    return table.columns.get(field.name) if table else None


def _hidden(visual: Visual, model: Model) -> Iterator[str]:
    """What the model hides, readers do not find again; a dimension has it too."""
    for field in references(visual.projections):
        column = _column(field, model)
        if column is not None and column.is_hidden:
            place = at(visual.file, f'"{field.name}"')
            yield problem(place, f"shown by {visual.name}", str(field), "one that is not hidden")


def _dates(filters: list[Mapping[str, Any]], file: Path, model: Model) -> Iterator[str]:
    """Relative dates are asked of dates."""
    dated = [each for each in filters if each.get("type") == "RelativeDate"]
    for field in references([each.get("field") for each in dated]):
        column = _column(field, model)
        if column is not None and column.data_type != "dateTime":
            place = at(file, '"RelativeDate"')
            yield problem(place, f"RelativeDate of {field}", column.data_type, "dateTime")


def _inner(visual: Visual) -> Iterator[str]:
    """Names within a visual which must be those of its own projections."""
    refs = {}
    for each in visual.projections:
        field = next(references(each["field"]), Reference("", "", ""))
        refs[each["queryRef"]] = field
        if each["queryRef"] != f"{field.table}.{field.name}":
            place = at(visual.file, f'"{each["queryRef"]}"')
            yield problem(place, "queryRef", each["queryRef"], f"{field.table}.{field.name}")
    sort = visual.data["visual"].get("query", {}).get("sortDefinition", {}).get("sort", [])
    for field in references(sort):
        if field not in refs.values():
            place = at(visual.file, '"sortDefinition"')
            yield problem(place, "sorted by", str(field), "a field that the visual shows")
    for name in visual.objects:
        for each in properties(visual.objects, name):
            chosen = (each["selector"] or {}).get("metadata")
            if chosen is not None and chosen not in refs:
                place = at(visual.file, f'"{chosen}"')
                yield problem(place, f"selector of {name}", chosen, near(chosen, refs))
