"""Whether readers can get to every page of the report."""

from __future__ import annotations

from collections.abc import Iterator

from atvos.powerbi.pbir import Page, Report, text
from atvos.powerbi.report_fields import Reference, references
from atvos.powerbi.report_places import at, near, problem


def problems(report: Report) -> list[str]:
    """What is wrong with the list of pages, and every page that nobody can open."""
    found = list(_order(report))
    for page in report.pages:
        if page.is_drillthrough:
            found += _drillthrough(page, report)
        elif page.is_hidden:
            valid = "no visibility, or type Drillthrough with a field to come from"
            where = at(page.file, '"visibility"')
            found.append(problem(where, f"{page.name}, hidden", "HiddenInViewMode", valid))
    return found


def _order(report: Report) -> Iterator[str]:
    file = report.definition / "pages" / "pages.json"
    names = [page.name for page in report.pages]
    for name in report.order:
        if name not in names:
            yield problem(at(file, f'"{name}"'), "pageOrder", name, near(name, names))
    for name in names:
        if report.order.count(name) != 1:
            yield problem(at(file, '"pageOrder"'), f"pageOrder, {name}", report.order, "it, once")
    visible = [page.name for page in report.pages if not page.is_hidden]
    if report.active not in visible:
        place = at(file, "activePageName")
        yield problem(place, "activePageName", report.active, near(report.active, visible))


def _drillthrough(page: Page, report: Report) -> Iterator[str]:
    """Its fields are bound to its filters, shown on a visible page, and there is a way back."""
    fields = []
    by_name = {each["name"]: each for each in page.filters}
    for each in page.data.get("pageBinding", {}).get("parameters", []):
        name = each["boundFilter"]
        if name not in by_name:
            yield problem(at(page.file, f'"{name}"'), "boundFilter", name, near(name, by_name))
            continue
        how = by_name[name].get("howCreated")
        if how != "Drillthrough":
            yield problem(at(page.file, f'"{name}"'), f"howCreated of {name}", how, "Drillthrough")
        field = list(references(each["fieldExpr"]))
        if field != list(references(by_name[name]["field"])):
            place = at(page.file, f'"{each["name"]}"')
            yield problem(place, "fieldExpr", str(*field), f"that of {name}")
        fields += field
    yield from _way_in(page, report, fields)
    if not any(_leads_back(page)):
        yield problem(at(page.file), f"{page.name}, button", "none", "one with visualLink Back")


def _way_in(page: Page, report: Report, fields: list[Reference]) -> Iterator[str]:
    shown = [
        each.name
        for each in report.pages
        if not each.is_hidden
        and any(
            field in fields
            for visual in each.visuals
            if visual.kind != "slicer"
            for field in references(visual.projections)
        )
    ]
    if not shown:
        valid = "a table or chart of a visible page with one of its fields"
        yield problem(at(page.file, "pageBinding"), f"ways to {page.name}", "none", valid)


def _leads_back(page: Page) -> Iterator[bool]:
    for visual in page.visuals:
        for each in visual.container.get("visualLink", []):
            yield text(each["properties"].get("type")) == "Back"
