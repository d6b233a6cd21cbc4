"""Whether refreshes load what changes, and BigQuery reads only the partitions asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from atvos.models import Model as Mart
from atvos.models import PowerBi
from atvos.powerbi.model_contracts import views
from atvos.powerbi.model_parts import Model, Table
from atvos.powerbi.refresh import CALENDAR, DERIVED, KEPT_MONTHS, POLICY_MONTHS
from atvos.powerbi.report_places import problem

_DAYS_IN_MONTH = 28
_RANGE = ("RangeStart", "RangeEnd")


def problems(model: Model, marts: Mapping[str, Mart]) -> list[str]:
    """What is wrong with parameters, policies and filters, one line each."""
    found = list(_parameters(model))
    for table in model.tables.values():
        mart = marts.get(table.name)
        if mart is not None and mart.partition and mart.power_bi is PowerBi.IMPORT:
            found += _incremental(table, mart)
        elif table.policy is not None:
            valid = "none: the table is no imported mart with a partition column"
            found.append(problem(table.policy.place, f"{table.name}: refreshPolicy", "one", valid))
        found += _pruned(table, marts)
    return [*found, *_derived(model)]


def _parameters(model: Model) -> Iterator[str]:
    for name in _RANGE:
        if name not in model.expressions:
            yield problem(model.node.place, "expression", "none", f"{name}, a DateTime")
        elif 'Type="DateTime"' not in model.expressions[name].value.text:
            each = model.expressions[name]
            yield problem(each.place, name, each.value.text, 'a parameter of Type="DateTime"')


def _incremental(table: Table, mart: Mart) -> Iterator[str]:
    policy = table.policy
    if policy is None:
        valid = f"one, as {mart.path} has a partition column"
        yield problem(table.place, f"{table.name}: refreshPolicy", "none", valid)
        return
    told = (policy.kept, policy.refreshed, policy.granularities)
    wanted = (KEPT_MONTHS, POLICY_MONTHS, ("month", "month"))
    if told != wanted:
        valid = f"{wanted}, which `refresh__power_bi` counts on"
        yield problem(policy.place, f"{table.name}: periods of refreshPolicy", told, valid)
    if mart.rebuild_days > (POLICY_MONTHS - 1) * _DAYS_IN_MONTH:
        valid = f"at most {(POLICY_MONTHS - 1) * _DAYS_IN_MONTH}, or a longer policy"
        yield problem(policy.place, f"{table.name}: rebuildDays", mart.rebuild_days, valid)
    source = table.partitions[0].source.text if table.partitions else ""
    if policy.source.text != source:
        valid = "the same query as the partition's source"
        yield problem(policy.place, f"{table.name}: sourceExpression", "another", valid)
    day = mart.partition.name if mart.partition else ""
    valid = f"each [{day}] >= Date.From(RangeStart) and [{day}] < Date.From(RangeEnd)"
    if valid not in " ".join(policy.source.text.split()):
        yield problem(policy.place, f"{table.name}: filter", "another or none", valid)


def _pruned(table: Table, marts: Mapping[str, Mart]) -> Iterator[str]:
    """Views with partitions refuse a query without a filter on them; each reading has its own."""
    for part in table.partitions:
        for view, line in views(part.source.text):
            day = marts[view].partition if view in marts else None
            if day is not None and f"each [{day.name}] >= " not in part.source.text:
                place = f"{part.file}:{part.source.line + line}"
                valid = f"Table.SelectRows(…, each [{day.name}] >= …)"
                yield problem(place, f"{table.name}: filter on {view}", "none", valid)


def _derived(model: Model) -> Iterator[str]:
    """Tables that are made of marts are refreshed when these are."""
    read = {
        name: {view for part in table.partitions for view, _ in views(part.source.text)} - {name}
        for name, table in model.tables.items()
    }
    for name in sorted({*DERIVED} | {name for name, found in read.items() if found}):
        told, wanted = sorted(DERIVED.get(name, ())), sorted(read.get(name, ()))
        if told != wanted:
            place = model.tables[name].place if name in model.tables else model.node.place
            valid = f"{told}, as refresh.DERIVED says"
            yield problem(place, f"{name}: marts that it reads", wanted, valid)
    if CALENDAR not in model.tables:
        yield problem(model.node.place, "table", "none", f"{CALENDAR}, as refresh.CALENDAR says")
