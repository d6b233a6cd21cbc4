"""Reads one property of a contract into a column."""

from __future__ import annotations

import dataclasses
from typing import Any

from atvos.contract.document import Node
from atvos.contract.model import Column, LogicalType, Protection, SourcePath
from atvos.contract.origins import read_origin, read_sources
from atvos.contract.values import (
    SCALARS,
    bound,
    check_bounds,
    length,
    read_enum,
    read_options,
    read_pattern,
    read_reference,
    read_type,
)

RESERVED_COLUMNS = frozenset(
    {"source_object", "source_generation", "source_position", "batch_id", "published_at"}
)
"""Lineage that every curated table has besides its contract's columns."""

_ITEM_PROPERTIES = ("sourcePattern", "epochUnit", "protection")
_FIELD_PROPERTIES = ("sourceName", "sourcePath", "nullValues", *_ITEM_PROPERTIES)
_PROPERTIES = (*_FIELD_PROPERTIES, "derivedFrom", "timeZone")
_ARRAY_PROPERTIES = ("sourceName", "sourcePath")
_TABLE_ONLY = ("primaryKey", "partitioned", "relationships", "quality", "items")
"""What a column of the table may have, and a part of an array may not."""

_NOT_OF_ARRAYS = (
    "primaryKey",
    "partitioned",
    "relationships",
    "enum",
    "logicalTypeOptions",
    "classification",
    "properties",
)
_CLASSIFICATIONS = ("public", "internal", "pii")
_PROTECTION = " or ".join(item.value for item in Protection)


def read_column(node: Node, from_file: bool) -> Column:
    """The column that a property describes; problems are recorded on ``node``.

    ``from_file`` says that its value is read from a file, where it has the column's name
    unless the contract gives another.
    """
    if node.raw.get("logicalType") == LogicalType.ARRAY:
        return _read_array(node, from_file)
    _refuse(node, ("items", "properties"), "only where logicalType is array")
    return _read_scalar(
        node,
        node.custom(_PROPERTIES),
        (*SCALARS, LogicalType.ARRAY),
        from_file,
        **_named(node),
        key_position=_key_position(node),
        partitioned=node.flag("partitioned"),
        reference=read_reference(node),
    )


def _read_array(node: Node, from_file: bool) -> Column:
    _refuse(node, _NOT_OF_ARRAYS, "none on an array; what its elements must be stands in items")
    custom = node.custom(_ARRAY_PROPERTIES)
    kind, physical = read_type(node, (LogicalType.ARRAY,))
    named = _named(node)
    if not node.has("items"):
        node.problem("items", None, "the element, like {logicalType: string, physicalType: STRING}")
    return Column(
        **named,
        type=kind,
        physical_type=physical,
        sources=read_sources(custom, kind) or _by_name(named["name"], from_file),
        items=_read_element(node.child("items", "a mapping"), named["name"])
        if node.has("items")
        else None,
    )


def _read_element(node: Node, name: str) -> Column:
    """The element of the array of that name."""
    if node.raw.get("logicalType") != LogicalType.OBJECT:
        _refuse(node, (*_TABLE_ONLY, "properties", "required"), "none on an array's element")
        custom = node.custom(_ITEM_PROPERTIES)
        kinds = (*SCALARS, LogicalType.OBJECT)
        element = _read_scalar(
            node, custom, kinds, from_file=False, name=name, description="", required=True
        )
        return dataclasses.replace(element, sources=((),))
    kind, physical = read_type(node, (LogicalType.OBJECT,))
    fields = tuple(map(_read_field, node.children("properties", "a list of fields")))
    names = [field.name for field in fields if field.name]
    if not node.raw.get("properties"):
        node.problem("properties", node.raw.get("properties"), "a list of fields")
    for repeated in sorted({n for n in names if names.count(n) > 1}):
        node.problem("properties", repeated, "field names that differ")
    return Column(name, kind, physical, "", required=True, sources=((),), fields=fields)


def _read_field(node: Node) -> Column:
    _refuse(node, (*_TABLE_ONLY, "properties"), "none within an array")
    custom = node.custom(_FIELD_PROPERTIES)
    return _read_scalar(node, custom, SCALARS, from_file=True, **_named(node))


def _named(node: Node) -> dict[str, Any]:
    return {
        "name": node.text("name", "a name like odometro_km", r"[a-z][a-z0-9_]{0,62}"),
        "description": node.text("description", "a sentence with the unit, if there is one"),
        "required": node.flag("required"),
    }


def _by_name(name: str, from_file: bool) -> tuple[SourcePath, ...]:
    """The source of a column whose contract names none."""
    return ((name,),) if from_file else ()


def _read_scalar(
    node: Node, custom: Node, kinds: tuple[LogicalType, ...], from_file: bool, **given: Any
) -> Column:
    """A column without parts: ``given``, where its value comes from, and what it must be."""
    kind, physical = read_type(node, kinds)
    options = read_options(node)
    origin = read_origin(custom, options, kind)
    named_so = from_file and origin.derived_from is None
    column = Column(
        **given,
        type=kind,
        physical_type=physical,
        sources=origin.sources or _by_name(given["name"], named_so),
        source_pattern=origin.source_pattern,
        epoch_unit=origin.epoch_unit,
        derived_from=origin.derived_from,
        format=origin.format,
        time_zone=origin.time_zone,
        enum=read_enum(node, kind),
        minimum=bound(options, "minimum", kind),
        maximum=bound(options, "maximum", kind),
        min_length=length(options, "minLength", kind),
        max_length=length(options, "maxLength", kind),
        pattern=read_pattern(options, kind),
        null_values=origin.null_values,
        classification=node.choice("classification", _CLASSIFICATIONS)
        if node.has("classification")
        else None,
        protection=_read_protection(node, custom, kind),
    )
    check_bounds(options, column)
    return column


def _read_protection(node: Node, custom: Node, kind: LogicalType) -> Protection | None:
    """How personal data is protected; there is none of it without."""
    personal = node.raw.get("classification") == "pii"
    if not custom.has("protection"):
        if personal:
            custom.problem("protection", None, f"{_PROTECTION}, as classification is pii")
        return None
    protection = Protection(custom.choice("protection", [item.value for item in Protection]))
    if not personal:
        node.problem("classification", node.raw.get("classification"), "pii, as it is protected")
    elif kind is not LogicalType.STRING:
        custom.problem("protection", protection.value, "only on a string")
    return protection


def _key_position(node: Node) -> int | None:
    """The column's place in the key, None outside it, 0 where it is not validly given."""
    if not node.flag("primaryKey"):
        if node.has("primaryKeyPosition"):
            node.problem("primaryKey", node.raw.get("primaryKey"), "true, as it has a position")
        return None
    position = node.number("primaryKeyPosition", "1 or more", 1, whole=True)
    if position is None and not node.has("primaryKeyPosition"):
        node.problem("primaryKeyPosition", None, "1 or more")
    return int(position or 0)


def _refuse(node: Node, attributes: tuple[str, ...], valid: str) -> None:
    for attribute in attributes:
        if node.has(attribute):
            node.problem(attribute, node.raw[attribute], valid)
