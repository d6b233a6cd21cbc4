"""Whether readers find words for everything, in Portuguese and in English, and numbers a form."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from atvos.powerbi.model_parts import Column, Culture, Measure, Model, Table
from atvos.powerbi.report_places import near, problem

PORTUGUESE, ENGLISH = "pt-BR", "en-US"
TEXT = "Atvos_Text"
"""Annotation of a measure that is a text, so that it has no format."""

_NUMBERS = ("int64", "decimal", "double", "dateTime")
_FORMAT = re.compile(r"Short Date|General Date|dd/mm/yyyy hh:nn|(\\R\$\\ )?(#,)?0(\.0+)?%?")


def problems(model: Model) -> list[str]:
    """What is missing or wrong, one line each."""
    found: list[str] = []
    for table in model.tables.values():
        for each in table.columns.values():
            found += _formed(table, each)
        for measure in table.measures.values():
            found += _measure(measure)
    for name in (PORTUGUESE, ENGLISH):
        if name not in model.cultures:
            found.append(problem(model.node.place, "cultureInfo", "none", name))
    for culture in model.cultures.values():
        found += _culture(culture, model)
    return found + list(_default(model))


def _default(model: Model) -> Iterator[str]:
    node = next(each for each in model.node.children if each.kind == "model")
    if node.text("culture") != PORTUGUESE:
        yield problem(node.place, "culture", node.text("culture"), PORTUGUESE)
    if not node.flag("discourageImplicitMeasures"):
        valid = "discourageImplicitMeasures, so that nobody adds up what must not be"
        yield problem(node.place, "model", "implicit measures", valid)


def _formed(table: Table, column: Column) -> Iterator[str]:
    if column.data_type in _NUMBERS and not _FORMAT.fullmatch(column.format):
        what = f"{table.name}[{column.name}]: formatString"
        yield problem(column.place, what, column.format, r"one like #,0.00 or \R$\ #,0.00")


def _measure(measure: Measure) -> Iterator[str]:
    what = f"[{measure.name}]"
    if not measure.folder:
        yield problem(measure.place, f"{what}: displayFolder", "", "the name of a folder")
    if TEXT in measure.annotations:
        if measure.format:
            yield problem(measure.place, f"{what}: formatString", measure.format, "none of a text")
    elif not _FORMAT.fullmatch(measure.format):
        valid = f"one like #,0.00, or annotation {TEXT}"
        yield problem(measure.place, f"{what}: formatString", measure.format, valid)
    elif ("%" in measure.format) != ("(%)" in measure.name):
        valid = "0.0% where the name ends with (%), and nowhere else"
        yield problem(measure.place, f"{what}: formatString", measure.format, valid)


def _objects(model: Model) -> dict[tuple[str, ...], Table | Column | Measure]:
    """Everything that readers see, by its path in a culture; hidden ones too."""
    found: dict[tuple[str, ...], Table | Column | Measure] = {}
    for table in model.tables.values():
        found[(table.name,)] = table
        found |= {(table.name, name): each for name, each in table.columns.items()}
        found |= {(table.name, name): each for name, each in table.measures.items()}
    return found


def _culture(culture: Culture, model: Model) -> Iterator[str]:
    objects = _objects(model)
    for path, each in culture.translations.items():
        if path not in objects:
            names = [".".join(valid) for valid in objects]
            yield problem(each.place, culture.name, ".".join(path), near(".".join(path), names))
    for path, found in objects.items():
        yield from _translated(culture, path, found)
    yield from _ambiguous(culture, model)


def _translated(
    culture: Culture, path: tuple[str, ...], found: Table | Column | Measure
) -> Iterator[str]:
    what = f"{culture.name}: {'.'.join(path)}"
    each = culture.translations.get(path)
    if not found.description and culture.name == PORTUGUESE:
        yield problem(found.place, f"{'.'.join(path)}: description", "", "/// and a sentence")
    if each is None or not each.caption or not each.description:
        place = each.place if each else culture.place
        yield problem(place, what, "no words", "caption and description")
        return
    if culture.name == ENGLISH and each.description != found.description:
        yield problem(each.place, f"{what}: description", each.description, found.description)
    if culture.name == PORTUGUESE and each.description == found.description:
        yield problem(each.place, f"{what}: description", each.description, "Portuguese")
    if isinstance(found, Measure):
        own = (found.name, found.folder) if culture.name == PORTUGUESE else (each.caption, "")
        if not each.folder or own not in ((each.caption, each.folder), (each.caption, "")):
            valid = f"caption {own[0]}, and displayFolder {own[1] or 'in English'}"
            yield problem(each.place, what, f"{each.caption}, {each.folder}", valid)


def _ambiguous(culture: Culture, model: Model) -> Iterator[str]:
    """Two visible things of a table with one caption."""
    for table in model.tables.values():
        shown = [each.name for each in table.columns.values() if not each.is_hidden]
        shown += [each.name for each in table.measures.values() if not each.is_hidden]
        found = [culture.translations.get((table.name, name)) for name in shown]
        for caption, count in Counter(each.caption for each in found if each).items():
            if count > 1:
                what = f"{culture.name}: captions of {table.name}"
                yield problem(culture.place, what, caption, "a caption of its own")
