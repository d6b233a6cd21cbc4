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

MAX_SCALE = 9
"""Digits after the point that a NUMERIC of BigQuery has at most."""

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
_TYPES = tuple(kind.value for kind in LogicalType)
_PROPERTIES = ("sourceName", "derivedFrom", "timeZone", "nullValues")
_OPTIONS = (
    "format",
    "defaultTimezone",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "pattern",
)
"""What is enforced of ``logicalTypeOptions``; the standard has more."""

_CLASSIFICATIONS = ("public", "internal", "pii")
_NOT_RE2 = re.compile(r"\(\?(?:[=!<>(#]|P=)|\\[1-9]")


@lru_cache(maxsize=1)
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def read_column(node: Node) -> Column:
    """The column that a property describes; problems are recorded on ``node``."""
    custom = node.custom(_PROPERTIES)
    kind = _read_type(node)
    pattern, valid = _PHYSICAL[kind]
    physical = node.text("physicalType", f"{valid}, for logicalType {kind.value}", pattern)
    options = node.child("logicalTypeOptions", "a mapping")
    for option in options.raw:
        if option not in _OPTIONS:
            valid = "one of " + ", ".join(_OPTIONS)
            options.problem(str(option), options.raw[option], valid)
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
        classification=node.choice("classification", _CLASSIFICATIONS)
        if node.has("classification")
        else None,
        reference=_read_reference(node),
    )
    _check_numeric(node, physical)
    _check_bounds(options, column)
    _check_sources(custom, options, column)
    return column


def _read_type(node: Node) -> LogicalType:
    """The logical type; where it is not valid, the one that the physical type fits."""
    name = node.choice("logicalType", _TYPES)
    if node.raw.get("logicalType") == name:
        return LogicalType(name)
    physical = str(node.raw.get("physicalType"))
    fitting = (kind for kind, (p, _) in _PHYSICAL.items() if re.fullmatch(p, physical))
    return next(fitting, LogicalType.STRING)


def _check_bounds(options: Node, column: Column) -> None:
    pairs = (
        ("minimum", column.minimum, "maximum", column.maximum),
        ("minLength", column.min_length, "maxLength", column.max_length),
    )
    for low_name, low, high_name, high in pairs:
        if low is not None and high is not None and low > high:
            options.problem(high_name, high, f"at least the {low_name} {low}")


def _check_sources(custom: Node, options: Node, column: Column) -> None:
    """Where the value comes from: one attribute, several of a timestamp, or another column."""
    sources = list(column.sources)
    if column.derived_from is None:
        if not all(name.strip() for name in sources):
            custom.problem("sourceName", sources, "names that are not blank")
        elif len(set(sources)) < len(sources):
            custom.problem("sourceName", sources, "names that differ")
        elif len(sources) > 1 and column.type is not LogicalType.TIMESTAMP:
            custom.problem("sourceName", sources, "one name, but for a timestamp")
        return
    valid = "none, as the column is derived"
    if sources:
        custom.problem("sourceName", sources, valid)
    if column.null_values:
        custom.problem("nullValues", list(column.null_values), valid)
    if column.format is not None:
        options.problem("format", options.raw["format"], valid)


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


def _check_numeric(node: Node, physical: str) -> None:
    match = re.fullmatch(r"NUMERIC\((\d+), (\d+)\)", physical)
    if match is None:
        return
    precision, scale = int(match[1]), int(match[2])
    if not (scale <= MAX_SCALE and max(1, scale) <= precision <= MAX_PRECISION):
        node.problem(
            "physicalType",
            physical,
            f"NUMERIC(p, s) with s up to {MAX_SCALE} and p from s to {MAX_PRECISION}: more digits "
            "than a double holds would be rounded without a word",
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
    repeated = any(rest.count(directive) > 1 for directive in _FORMAT_TOKENS.values())
    if text and ("%" in text or re.search(r"[A-Za-z]", letters) or repeated or not complete):
        options.problem(
            "format",
            text,
            "a full date of "
            + ", ".join(_FORMAT_TOKENS)
            + ", each at most once, and separators, like dd/MM/yyyy HH:mm",
        )
        return None
    if text and kind is LogicalType.TIMESTAMP and not options.has("defaultTimezone"):
        options.problem(
            "defaultTimezone",
            None,
            "a time zone like America/Sao_Paulo, as a time in this format has no offset",
        )
    return rest or None


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
    items = node.children("enum", "a list of mappings with value", "value")
    values = [item.text("value", "a text, like {value: urbano}", r"(?s).+") for item in items]
    if values and kind is not LogicalType.STRING:
        node.problem("enum", values, "only on a string")
    for value in sorted({v for v in values if v and values.count(v) > 1}):
        node.problem("enum", value, "values that differ")
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
    if _NOT_RE2.search(pattern):
        options.problem("pattern", pattern, valid)
        return None
    return pattern


def _read_reference(node: Node) -> Reference | None:
    relations = list(node.children("relationships", "a list of mappings with to"))
    if len(relations) > 1:
        node.problem("relationships", f"{len(relations)} relationships", "one at most")
    for relation in relations[:1]:
        target = relation.text(
            "to", "table.column, like vehicles.device_id", r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*"
        )
        table, _, column = target.partition(".")
        return Reference(table, column)
    return None
