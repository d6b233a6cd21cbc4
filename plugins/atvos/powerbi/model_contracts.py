"""Whether the semantic model is what the contracts of the marts say: columns, types, words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from atvos.contract import Column as ContractColumn
from atvos.contract import Layer
from atvos.models import Model as Mart
from atvos.powerbi.model_parts import Column, Model, Table
from atvos.powerbi.report_places import near, problem

TYPES: Mapping[str, str] = {
    "STRING": "string",
    "INT64": "int64",
    "NUMERIC": "decimal",
    "FLOAT64": "double",
    "BOOL": "boolean",
    "DATE": "dateTime",
    "TIMESTAMP": "dateTime",
}
"""Types of columns in the model by BigQuery's. decimal has four places, as no NUMERIC has more."""

DATASETS = {Layer.MARTS: "MartsDataset", Layer.OPS: "OpsDataset"}
"""The parameters that name the datasets."""

LEFT_OUT = "Atvos_LeftOut_"
"""Start of the annotation of a table that says why a column of its mart is not in it."""

_VIEW = re.compile(r'\[Name = "(\w+)", Kind = "View"\]')
_FIELD = re.compile(r"(?<=[\s(])\[(\w+)\]")
_PLACES = 4


def problems(model: Model, marts: Mapping[str, Mart]) -> list[str]:
    """What differs, one line each. ``marts`` are those that Power BI shall have, by name."""
    found = [
        problem(model.node.place, "table", "none", f"{mart.name}, as {mart.path} says powerBi")
        for mart in marts.values()
        if mart.name not in model.tables
    ]
    for table in model.tables.values():
        if table.name in marts:
            found += _table(table, marts[table.name])
        else:
            found += _foreign(table, marts)
    return found


def views(text: str) -> list[tuple[str, int]]:
    """The views that a query reads, with the lines they are named on, from 0."""
    return [(each[1], text.count("\n", 0, each.start())) for each in _VIEW.finditer(text)]


def _foreign(table: Table, marts: Mapping[str, Mart]) -> Iterator[str]:
    """A table that no mart is may read marts, and no other view."""
    for each in table.partitions:
        for view, line in views(each.source.text):
            if view not in marts:
                place = f"{each.file}:{each.source.line + line}"
                yield problem(place, f"{table.name}: view", view, near(view, marts))


def _table(table: Table, mart: Mart) -> Iterator[str]:
    if not table.description.startswith(_flat(mart.purpose)):
        yield problem(table.place, f"{table.name}: description", table.description, mart.purpose)
    for column in table.columns.values():
        if column.source not in mart.by_name:
            what = f"{table.name}: sourceColumn of {column.name}"
            yield problem(column.place, what, column.source, near(column.source, mart.by_name))
        else:
            yield from _column(table, column, mart.by_name[column.source])
    keys = tuple(column.name for column in table.columns.values() if column.is_key)
    if keys and keys != mart.key:
        valid = f"none, or the primary key: {', '.join(mart.key)}"
        yield problem(table.place, f"{table.name}: columns with isKey", keys, valid)
    yield from _left_out(table, mart)
    yield from _source(table, mart)


def _column(table: Table, column: Column, said: ContractColumn) -> Iterator[str]:
    what = f"{table.name}[{column.name}]"
    if column.name != said.name:
        yield problem(column.place, f"{what}: name", column.name, said.name)
    if said.name == table.name:
        valid = "a name that the view does not have: BigQuery would return the whole row"
        yield problem(column.place, f"{what}: name", column.name, valid)
    base, _, rest = said.physical_type.partition("(")
    scale = int(rest.rstrip(") ").split(",")[-1]) if rest else 0
    fitting = TYPES.get(base.strip(), "none")
    if column.data_type != fitting or scale > _PLACES:
        valid = f"{fitting} for {said.physical_type}"
        yield problem(column.place, f"{what}: dataType", column.data_type, valid)
    if column.description != _flat(said.description):
        yield problem(column.place, f"{what}: description", column.description, said.description)


def _left_out(table: Table, mart: Mart) -> Iterator[str]:
    """Columns of the contract are in the table, or an annotation says why not."""
    sources = {column.source for column in table.columns.values()}
    named = {key.removeprefix(LEFT_OUT) for key in table.annotations if key.startswith(LEFT_OUT)}
    for name in sorted(mart.by_name.keys() - sources - named):
        valid = f"a column, or annotation {LEFT_OUT}{name} with the reason"
        yield problem(table.place, f"{table.name}: {name} of {mart.path}", "nothing", valid)
    for name in sorted(named - (mart.by_name.keys() - sources)):
        valid = "a column of the contract that the table does not have"
        yield problem(table.place, f"{table.name}: {LEFT_OUT}{name}", name, valid)


def _source(table: Table, mart: Mart) -> Iterator[str]:
    """The one partition asks BigQuery for this view, these columns, and exact decimals."""
    if [each.kind for each in table.partitions] != ["m"]:
        kinds = [each.kind for each in table.partitions]
        yield problem(table.place, f"{table.name}: partitions", kinds, "one, of kind m")
        return
    part = table.partitions[0]
    mode = mart.power_bi.value if mart.power_bi else "none"
    if part.mode != mode:
        yield problem(part.place, f"{table.name}: mode", part.mode, f"{mode}, as {mart.path} says")
    text = part.source.text
    read = [view for view, _ in views(text)]
    if read != [table.name]:
        yield problem(part.place, f"{table.name}: views", read, f"{table.name} alone")
    dataset = DATASETS[mart.layer]
    if f'[Name = {dataset}, Kind = "Schema"]' not in text:
        valid = f'{{[Name = {dataset}, Kind = "Schema"]}}'
        yield problem(part.place, f"{table.name}: dataset", "another", valid)
    for each in _FIELD.finditer(text):
        if each[1] not in mart.by_name:
            place = f"{part.file}:{part.source.line + text.count(chr(10), 0, each.start())}"
            yield problem(place, f"{table.name}: [{each[1]}]", each[1], near(each[1], mart.by_name))
    yield from _selected(table, text)


def _selected(table: Table, text: str) -> Iterator[str]:
    part = table.partitions[0]
    chosen = re.search(r"Table\.SelectColumns\(\s*\w+,\s*\{([^}]*)\}", text)
    names = re.findall(r'"(\w+)"', chosen[1]) if chosen else []
    wanted = [column.source for column in table.columns.values()]
    if sorted(names) != sorted(wanted):
        odd = sorted({*names} ^ {*wanted})
        yield problem(part.place, f"{table.name}: Table.SelectColumns", odd, "the table's columns")
    cast = re.findall(r'\{"(\w+)", Currency\.Type\}', text)
    decimals = [c.source for c in table.columns.values() if c.data_type == "decimal"]
    if sorted(cast) != sorted(decimals):
        odd = sorted({*cast} ^ {*decimals})
        valid = "Currency.Type for the decimal columns, and no others"
        yield problem(part.place, f"{table.name}: Table.TransformColumnTypes", odd, valid)


def _flat(text: str) -> str:
    return " ".join(text.split())
