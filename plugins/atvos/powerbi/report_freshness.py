"""Whether every page says how old its data is, of the tables that it shows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from atvos.powerbi.model import Model
from atvos.powerbi.pbir import Page, Report, Visual, properties, text
from atvos.powerbi.report_fields import Reference, of_visual, references
from atvos.powerbi.report_places import at, near, problem

MEASURES = "medidas"
SINCE, STATE, COLOUR = "Dados até", "Estado dos dados", "Cor do estado"
FRESHNESS = "freshness"
DATASET = Reference("Column", FRESHNESS, "dataset")

_WORD = re.compile(r"\w+")
_MEASURE = re.compile(r"(?<![\w'\]])\[([^\]]+)\]")


def problems(report: Report, model: Model) -> list[str]:
    """Every page without its card, and every card that speaks of other tables than the page."""
    return [line for page in report.pages for line in _page(page, model)]


def datasets(visual: Visual) -> set[str]:
    """The names that a visual's filter on freshness[dataset] lets through."""
    chosen = [each for each in visual.filters if [*references(each["field"])] == [DATASET]]
    return {name for each in chosen for name in _values(each.get("filter", {}))}


def facts(field: Reference, model: Model, seen: frozenset[str] = frozenset()) -> set[str]:
    """The tables of facts that a field comes from, through the measures that it is made of."""
    dated = {each.many[0] for each in model.relationships}
    if field.kind == "Column":
        return {field.table} & dated
    measures = model.tables[MEASURES].measures
    if field.name not in measures or field.name in seen:
        return set()
    dax = measures[field.name].expression
    found = set(_WORD.findall(dax)) & dated
    for name in _MEASURE.findall(dax):
        found |= facts(Reference("Measure", MEASURES, name), model, seen | {field.name})
    return found


def _page(page: Page, model: Model) -> Iterator[str]:
    cards = {name: _card(page, name) for name in (SINCE, STATE)}
    for name, card in cards.items():
        if card is None:
            valid = f"a cardVisual of {MEASURES}[{name}], filtered on {DATASET}"
            yield problem(at(page.file), f"{page.name}, card of {name}", "none", valid)
        else:
            yield from _says(card, page, model)
            if page.on_phones and card.phone is None:
                valid = f"a mobile.json, as {page.name} has a layout for phones"
                yield problem(at(card.file), f"{card.name} on phones", "none", valid)
    state = cards[STATE]
    if state is not None and COLOUR not in [each.name for each in _colours(state)]:
        yield problem(at(state.file), f"colour of {state.name}", "none", f"{MEASURES}[{COLOUR}]")


def _card(page: Page, measure: str) -> Visual | None:
    wanted = Reference("Measure", MEASURES, measure)
    cards = [each for each in page.visuals if each.kind == "cardVisual"]
    return next((each for each in cards if wanted in references(each.projections)), None)


def _says(card: Visual, page: Page, model: Model) -> Iterator[str]:
    named = datasets(card)
    if MEASURES not in model.tables:
        return
    shown = set().union(
        *(facts(field, model) for visual in page.visuals for field in of_visual(visual))
    )
    for name in named - shown:
        valid = near(name, shown)
        yield problem(at(card.file, f"'{name}'"), f"dataset of {card.name}", name, valid)
    if missing := sorted(shown - named):
        valid = f"{', '.join(missing)} too, as {page.name} shows it"
        yield problem(at(card.file, "Values"), f"datasets of {card.name}", sorted(named), valid)


def _values(condition: Mapping[str, Any]) -> Iterator[str]:
    for where in condition.get("Where", []):
        for row in where["Condition"].get("In", {}).get("Values", []):
            yield from (text({"expr": value}) for value in row)


def _colours(visual: Visual) -> list[Reference]:
    values = [each.get("fontColor") for each in properties(visual.objects, "value")]
    return list(references(values))
