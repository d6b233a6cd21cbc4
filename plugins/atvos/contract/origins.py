"""Reads where a column's value comes from, and how its text is to be taken."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import available_timezones

from atvos.contract.document import Node
from atvos.contract.model import EpochUnit, LogicalType, SourcePath
from atvos.contract.values import expression

_FORMAT_TOKENS = {
    "yyyy": "%Y",
    "MM": "%m",
    "dd": "%d",
    "HH": "%H",
    "mm": "%M",
    "ss": "%S",
}
_ESCAPED = re.compile(r'["\\\x00-\x1f]')
_DERIVED = "none, as the column is derived"
_PATH = "a list of two or more attribute names, each within the one before, like [proxy, host]"


@dataclass(frozen=True, slots=True)
class Origin:
    """The attributes of ``Column`` that say how its value is read."""

    sources: tuple[SourcePath, ...]
    source_pattern: str | None
    epoch_unit: EpochUnit | None
    derived_from: str | None
    format: str | None
    time_zone: str | None
    null_values: tuple[str, ...]


@lru_cache(maxsize=1)
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def read_origin(custom: Node, options: Node, kind: LogicalType) -> Origin:
    """How the value is read; ``custom`` and ``options`` are the column's."""
    derived_from = custom.optional_text("derivedFrom", "the name of a timestamp column")
    epoch_unit = _read_epoch_unit(custom, options, kind)
    origin = Origin(
        sources=read_sources(custom, kind),
        source_pattern=expression(custom, "sourcePattern", groups=1),
        epoch_unit=epoch_unit,
        derived_from=derived_from,
        format=None if epoch_unit else _read_format(options, kind),
        time_zone=None if epoch_unit else _read_time_zone(options, custom, kind, derived_from),
        null_values=custom.texts("nullValues", "a list of texts or numbers that mean null"),
    )
    if derived_from is not None:
        _check_derived(custom, options)
    elif len(origin.sources) > 1:
        for attribute in ("sourcePattern", "epochUnit"):
            if custom.has(attribute):
                valid = "none, as the value is joined from several sources"
                custom.problem(attribute, custom.raw[attribute], valid)
    return origin


def read_sources(custom: Node, kind: LogicalType) -> tuple[SourcePath, ...]:
    """Where the value stands; empty where the contract leaves it to the column's name."""
    names = custom.texts("sourceName", "the attribute in the file, or a list of them")
    path = custom.texts("sourcePath", _PATH)
    for attribute, given in (("sourceName", names), ("sourcePath", path)):
        # The decoder of JSON takes no name that JSON would have to escape.
        for name in filter(_ESCAPED.search, given):
            custom.problem(attribute, name, 'a name without ", \\ and control characters')
    if path:
        if names:
            custom.problem("sourcePath", list(path), "none together with sourceName")
        elif len(path) == 1 or not all(name.strip() for name in path):
            custom.problem("sourcePath", list(path), _PATH)
        return (path,)
    if not all(name.strip() for name in names):
        custom.problem("sourceName", list(names), "names that are not blank")
    elif len(set(names)) < len(names):
        custom.problem("sourceName", list(names), "names that differ")
    elif len(names) > 1 and kind is not LogicalType.TIMESTAMP:
        custom.problem("sourceName", list(names), "one name, but for a timestamp")
    return tuple((name,) for name in names)


def _check_derived(custom: Node, options: Node) -> None:
    """A derived column is read from nowhere."""
    for attribute in ("sourceName", "sourcePath", "sourcePattern", "epochUnit", "nullValues"):
        if custom.has(attribute):
            custom.problem(attribute, custom.raw[attribute], _DERIVED)
    if options.has("format"):
        options.problem("format", options.raw["format"], _DERIVED)


def _read_epoch_unit(custom: Node, options: Node, kind: LogicalType) -> EpochUnit | None:
    """The unit of a timestamp that is a number."""
    if not custom.has("epochUnit"):
        return None
    unit = custom.choice("epochUnit", [unit.value for unit in EpochUnit])
    if kind is not LogicalType.TIMESTAMP:
        custom.problem("epochUnit", unit, "only on a timestamp")
    for attribute in ("format", "defaultTimezone"):
        if options.has(attribute):
            valid = "none, as epochUnit says that it is a number"
            options.problem(attribute, options.raw[attribute], valid)
    return EpochUnit(unit)


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
