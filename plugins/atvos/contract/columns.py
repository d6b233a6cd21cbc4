"""Reads one property of a contract into a column."""

from __future__ import annotations

import re
from functools import lru_cache
from zoneinfo import available_timezones

from atvos.contract.document import Node
from atvos.contract.model import Column, LogicalType, Reference

RESERVED_COLUMNS = frozenset(
    {"source_object", "source_generation", "source_position", "batch_id", "published_at"}
)
"""Lineage that every curated table has besides its contract's columns."""

MAX_PRECISION = 15
"""Decimal digits that a double holds exactly; JSON numbers and CSV texts are read as doubles."""

_PHYSICAL = {
    LogicalType.STRING: (r"STRING", "STRING"),
    LogicalType.INTEGER: (r"INT64", "INT64"),
    LogicalType.NUMBER: (r"FLOAT64|NUMERIC\(\d+, \d+\)", "NUMERIC(15, 3) or FLOAT64"),
    LogicalType.BOOLEAN: (r"BOOL", "BOOL"),
    LogicalType.DATE: (r"DATE", "DATE"),
    LogicalType.TIMESTAMP: (r"TIMESTAMP", "TIMESTAMP"),
}
_FORMAT_TOKENS = {
    "yyyy": "%Y",
    "MM": "%m",
    "dd": "%d",
    "HH": "%H",
    "mm": "%M",
    "ss": "%S",
}
_PROPERTIES = ("sourceName", "derivedFrom", "timeZone", "nullValues")


@lru_cache(maxsize=1)
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def read_column(node: Node) -> Column:
    """The column that a property describes; problems are recorded on ``node``."""
    custom = node.custom(_PROPERTIES)
    kind = LogicalType(node.choice("logicalType", [t.value for t in LogicalType]))
    pattern, valid = _PHYSICAL[kind]
    physical = node.text("physicalType", f"{valid}, for logicalType {kind.value}", pattern)
    options = node.child("logicalTypeOptions", "a mapping")
    derived_from = custom.optional_text("derivedFrom", "the name of a timestamp column")
    column = Column(
        name=node.text("name", "a name like odometro_km", r"[a-z][a-z0-9_]{0,62}"),
        type=kind,
        physical_type=physical or valid.split(" or ")[0],
        description=node.text("description", "a sentence with the unit, if there is one"),
        required=node.flag("required"),
        key_position=_key_position(node),
        partitioned=node.flag("partitioned"),
        sources=custom.texts("sourceName", "the attribute in the file, or a list of them"),
        derived_from=derived_from,
        format=_read_format(options, kind),
        time_zone=_read_time_zone(options, custom, kind, derived_from),
        enum=_read_enum(node, kind),
        minimum=_bound(options, "minimum", kind),
        maximum=_bound(options, "maximum", kind),
        min_length=_length(options, "minLength", kind),
        max_length=_length(options, "maxLength", kind),
        pattern=_read_pattern(options, kind),
        null_values=custom.texts("nullValues", "a list of texts or numbers that mean null"),
        classification=node.optional_text("classification", "public, internal or pii"),
        reference=_read_reference(node),
    )
    _check_numeric(node, physical)
    if column.minimum is not None and column.maximum is not None:
        if column.minimum > column.maximum:
            options.problem("maximum", column.maximum, f"at least the minimum {column.minimum}")
    if len(column.sources) > 1 and kind is not LogicalType.TIMESTAMP:
        custom.problem("sourceName", list(column.sources), "one name, but for a timestamp")
    if derived_from is not None and column.sources:
        custom.problem("sourceName", list(column.sources), "none, as the column is derived")
    return column


def _key_position(node: Node) -> int | None:
    if not node.flag("primaryKey"):
        if node.has("primaryKeyPosition"):
            node.problem("primaryKey", node.raw.get("primaryKey"), "true, as it has a position")
        return None
    position = node.number("primaryKeyPosition", "1 or more", 1, whole=True)
    if position is None and not node.has("primaryKeyPosition"):
        node.problem("primaryKeyPosition", None, "1 or more")
    return int(position or 1)


def _check_numeric(node: Node, physical: str) -> None:
    match = re.fullmatch(r"NUMERIC\((\d+), (\d+)\)", physical)
    if match is None:
        return
    precision, scale = int(match[1]), int(match[2])
    if not (scale <= 9 and scale <= precision <= MAX_PRECISION):
        node.problem(
            "physicalType",
            physical,
            f"NUMERIC(p, s) with s up to 9 and p from s to {MAX_PRECISION}: more digits than "
            "a double holds would be rounded without a word",
        )


def _read_format(options: Node, kind: LogicalType) -> str | None:
    """The strptime pattern of a JDK one, None for ISO 8601."""
    if not options.has("format"):
        return None
    text = options.text("format", "a pattern like dd/MM/yyyy HH:mm:ss")
    if kind not in (LogicalType.DATE, LogicalType.TIMESTAMP):
        options.problem("format", text, "only on a date or timestamp")
        return None
    rest = text
    for token, directive in _FORMAT_TOKENS.items():
        rest = rest.replace(token, directive)
    letters = re.sub(r"%[YmdHMS]", "", rest)
    complete = all(directive in rest for directive in ("%Y", "%m", "%d"))
    if re.search(r"[A-Za-z%]", letters) or not complete:
        options.problem(
            "format", text, "a full date of " + ", ".join(_FORMAT_TOKENS) + " and separators"
        )
        return None
    return rest


def _read_time_zone(
    options: Node, custom: Node, kind: LogicalType, derived_from: str | None
) -> str | None:
    """The zone of naive times, or of a derived date, which the standard has no field for."""
    valid = "a time zone like America/Sao_Paulo"
    naive = options.optional_text("defaultTimezone", valid)
    derived = custom.optional_text("timeZone", valid)
    if naive is not None and kind is not LogicalType.TIMESTAMP:
        options.problem("defaultTimezone", naive, "only on a timestamp")
    if (derived is not None) != (derived_from is not None):
        custom.problem("timeZone", derived, "given with derivedFrom: the zone whose date is meant")
    zone = derived if derived_from is not None else naive
    if zone is not None and zone not in _time_zones():
        (custom if derived else options).problem(
            "timeZone" if derived else "defaultTimezone", zone, valid
        )
        return None
    return zone


def _read_enum(node: Node, kind: LogicalType) -> tuple[str, ...]:
    values = []
    for item in node.children("enum", "a list of mappings with value", "value"):
        values.append(item.text("value", "a text", r"(?s).+"))
    if values and kind is not LogicalType.STRING:
        node.problem("enum", values, "only on a string")
    return tuple(values)


def _bound(options: Node, attribute: str, kind: LogicalType) -> float | None:
    value = options.number(attribute, "a number")
    if value is not None and kind not in (LogicalType.INTEGER, LogicalType.NUMBER):
        options.problem(attribute, value, "only on an integer or number")
    return value


def _length(options: Node, attribute: str, kind: LogicalType) -> int | None:
    value = options.number(attribute, "a whole number, 0 or more", 0, whole=True)
    if value is not None and kind is not LogicalType.STRING:
        options.problem(attribute, value, "only on a string")
    return None if value is None else int(value)


def _read_pattern(options: Node, kind: LogicalType) -> str | None:
    valid = "a regular expression without look-around or back-references (RE2)"
    pattern = options.optional_text("pattern", valid)
    if pattern is None:
        return None
    if kind is not LogicalType.STRING:
        options.problem("pattern", pattern, "only on a string")
    try:
        re.compile(pattern)
    except re.error:
        options.problem("pattern", pattern, valid)
        return None
    if re.search(r"\(\?[=!<]|\\[1-9]", pattern):
        options.problem("pattern", pattern, valid)
        return None
    return pattern


def _read_reference(node: Node) -> Reference | None:
    for relation in node.children("relationships", "a list of mappings with to"):
        target = relation.text("to", "table.column", r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
        table, _, column = target.partition(".")
        return Reference(table, column)
    return None
