"""A semantic model as its folder in TMDL says it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from atvos.powerbi import tmdl
from atvos.powerbi.model_parts import (
    Column,
    Culture,
    Expression,
    Measure,
    Model,
    Partition,
    RefreshPolicy,
    Relationship,
    Role,
    Table,
    Translation,
)
from atvos.powerbi.tmdl import Node, TmdlError, Value

__all__ = ["Column", "Measure", "Model", "Table", "load"]

_Named = TypeVar("_Named", Table, Column, Measure, Role, Culture, Expression)


def load(folder: Path) -> Model:
    """The model in ``folder``, which ends with ``.SemanticModel``. TmdlError, or OSError."""
    definition = folder / "definition"
    files = sorted(definition.rglob("*.tmdl"))
    roots = [tmdl.read(file) for file in files]
    nodes = [node for root in roots for node in root.children]
    model, database = (_single(kind, nodes, definition) for kind in ("model", "database"))
    refs = tuple(ref for root in roots for ref in root.refs) + model.refs
    whole = Node(
        *("model", model.name, model.file, model.line, model.description, model.value),
        *(model.properties, tuple(nodes), refs),
    )
    return Model(
        folder=folder,
        node=whole,
        level=_number(database, "compatibilityLevel"),
        tables=_by_name(_table(each) for each in whole.of("table")),
        relationships=tuple(_relationship(each) for each in whole.of("relationship")),
        roles=_by_name(_role(each) for each in whole.of("role")),
        cultures=_by_name(_culture(each) for each in whole.of("cultureInfo")),
        expressions=_by_name(_expression(each) for each in whole.of("expression")),
    )


def _single(kind: str, nodes: list[Node], folder: Path) -> Node:
    found = [node for node in nodes if node.kind == kind]
    if len(found) != 1:
        raise TmdlError(f"{folder}: found {len(found)} of {kind}; valid: one")
    return found[0]


def _by_name(objects: Iterable[_Named]) -> dict[str, _Named]:
    found: dict[str, _Named] = {}
    for each in objects:
        if each.name in found:
            raise TmdlError(f"{each.place}: found {each.name!r} again; valid: a name of its own")
        found[each.name] = each
    return found


def _number(node: Node, name: str) -> int:
    text = node.text(name)
    if not text.isdecimal():
        raise TmdlError(f"{node.place}: {name}: found {text!r}; valid: a whole number")
    return int(text)


def _table(node: Node) -> Table:
    policies = node.of("refreshPolicy")
    return Table(
        name=node.name,
        description=node.description,
        place=node.place,
        file=node.file,
        columns=_by_name(_column(each) for each in node.of("column")),
        measures=_by_name(_measure(each) for each in node.of("measure")),
        partitions=tuple(_partition(each) for each in node.of("partition")),
        policy=_policy(policies[0]) if policies else None,
        annotations=node.notes(),
        is_date_table=node.text("dataCategory") == "Time",
        is_hidden=node.flag("isHidden"),
    )


def _column(node: Node) -> Column:
    return Column(
        name=node.name,
        data_type=node.text("dataType"),
        description=node.description,
        place=node.place,
        source=node.text("sourceColumn"),
        format=node.text("formatString"),
        sort_by=tmdl.unquoted(node.text("sortByColumn")),
        is_hidden=node.flag("isHidden"),
        is_key=node.flag("isKey"),
    )


def _measure(node: Node) -> Measure:
    return Measure(
        name=node.name,
        expression=node.value.text,
        description=node.description,
        place=node.place,
        file=node.file,
        line=node.value.line,
        format=node.text("formatString"),
        folder=node.text("displayFolder"),
        is_hidden=node.flag("isHidden"),
        annotations=node.notes(),
    )


def _partition(node: Node) -> Partition:
    source = node.properties.get("source", Value("", node.line))
    mode = node.text("mode", "import")
    return Partition(node.name, node.value.text, mode, source, node.file, node.place)


def _policy(node: Node) -> RefreshPolicy:
    return RefreshPolicy(
        kept=_number(node, "rollingWindowPeriods"),
        refreshed=_number(node, "incrementalPeriods"),
        granularities=(node.text("rollingWindowGranularity"), node.text("incrementalGranularity")),
        source=node.properties.get("sourceExpression", Value("", node.line)),
        place=node.place,
    )


def _relationship(node: Node) -> Relationship:
    ends = [tmdl.column_of(node.text(end)) for end in ("fromColumn", "toColumn")]
    if ends[0] is None or ends[1] is None:
        raise TmdlError(f"{node.place}: found no fromColumn or toColumn; valid: table.column")
    bent = (
        *("fromCardinality", "toCardinality", "crossFilteringBehavior"),
        *("securityFilteringBehavior", "joinOnDateBehavior"),
    )
    return Relationship(
        many=ends[0],
        one=ends[1],
        place=node.place,
        is_active=node.text("isActive", "true") != "false",
        is_plain=not node.properties.keys() & {*bent},
    )


def _role(node: Node) -> Role:
    filters = {each.name: each.value for each in node.of("tablePermission")}
    return Role(node.name, filters, node.file, node.place)


def _expression(node: Node) -> Expression:
    return Expression(node.name, node.value, node.description, node.file, node.place)


def _culture(node: Node) -> Culture:
    found: dict[tuple[str, ...], Translation] = {}
    tables = [t for each in node.of("translations") for m in each.children for t in m.children]
    for table in tables:
        for path, each in [((table.name,), table)] + [
            ((table.name, child.name), child) for child in table.children
        ]:
            found[path] = _translation(each)
    return Culture(node.name, node.place, found)


def _translation(node: Node) -> Translation:
    return Translation(
        caption=node.text("caption"),
        description=node.text("description"),
        folder=node.text("displayFolder"),
        place=node.place,
    )
