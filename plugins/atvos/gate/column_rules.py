"""By attribute of a column: what a change of it does to the table that is there."""

from __future__ import annotations

from collections.abc import Callable

from atvos.contract import Column, LogicalType
from atvos.gate.changes import Verdict

ANEW = (
    "make a contract of a new name (<name>_v2), fill its table beside this one, and let readers "
    "change over"
)
"""The way out of every breaking change."""

STRICTER = "stricter: rows that passed are rejected from now on; those in the table stay"
LOOSER = "looser: readers meet values that there were not before"
OTHER = "other values pass from now on; those in the table stay"
_TWO_MEANINGS = (
    f"the rows that are there were read otherwise: {ANEW}; or add a column with the new meaning"
)
_PROTECTION = {"public": 0, None: 1, "internal": 1, "pii": 2}
"""A column without a classification is as open as an internal one."""

_ELSEWHERE = ("type", "key_position", "partitioned", "cluster_position", "items", "fields")
"""Judged as the physical type, as the table's key, partition and clustering, or by themselves."""

Judgement = tuple[Verdict, str]


def _type(before: Column, after: Column) -> Judgement:
    if widens(before.physical_type, after.physical_type):
        return Verdict.COMPATIBLE, "SET DATA TYPE: every value that is there fits"
    return Verdict.BREAKING, (
        f"values that are there may not fit {after.physical_type}: add a column of that type "
        f"beside it; or {ANEW}"
    )


def widens(before: str, after: str) -> bool:
    """Whether BigQuery changes a column's type so in place, and no value loses anything.

    INT64 to FLOAT64, which BigQuery would do too, loses whole numbers above 2^53; INT64 has
    up to 19 digits, and a contract's NUMERIC has up to 15.

    >>> widens("NUMERIC(12, 3)", "NUMERIC(14, 4)"), widens("NUMERIC(12, 3)", "NUMERIC(12, 4)")
    (True, False)
    """
    if not (before.startswith("NUMERIC(") and after.startswith("NUMERIC(")):
        return False
    (precision, scale), (wider, finer) = _digits(before), _digits(after)
    return finer >= scale and wider - finer >= precision - scale


def _digits(physical_type: str) -> tuple[int, int]:
    precision, scale = physical_type.removeprefix("NUMERIC(").rstrip(")").split(",")
    return int(precision), int(scale)


def has_not_null(column: Column) -> bool:
    """Whether the table says NOT NULL where the column is required: of an array it cannot."""
    return column.type is not LogicalType.ARRAY


def _required(_: Column, after: Column) -> Judgement:
    if not has_not_null(after):
        return Verdict.COMPATIBLE, STRICTER if after.required else LOOSER
    if not after.required:
        return Verdict.COMPATIBLE, "DROP NOT NULL: readers meet nulls from now on"
    return Verdict.BREAKING, (
        "rows that are there may be null: leave it optional, and add a nullValues check with "
        f"mustBe: 0; or {ANEW}"
    )


def _classification(before: Column, after: Column) -> Judgement:
    if _PROTECTION[after.classification] < _PROTECTION[before.classification]:
        return Verdict.BREAKING, (
            "less protection: keep it, or say by a new major version that it is meant and agreed "
            "with whoever answers for personal data"
        )
    if _PROTECTION[after.classification] == _PROTECTION[before.classification]:
        return Verdict.METADATA, ""
    return Verdict.COMPATIBLE, "more protection from now on; rows that are there stay as they are"


def _epoch_unit(before: Column, after: Column) -> Judgement:
    if before.epoch_unit and after.epoch_unit:
        return Verdict.BREAKING, _TWO_MEANINGS
    return Verdict.COMPATIBLE, "times that are written in the old way are rejected from now on"


def _protection(before: Column, after: Column) -> Judgement:
    if before.protection is None:
        return Verdict.BREAKING, (
            "texts that are there stay as they are, and what is protected no longer matches them: "
            f"{ANEW}"
        )
    if after.protection is None:
        return Verdict.BREAKING, f"texts that are protected now would appear: keep it; or {ANEW}"
    return Verdict.BREAKING, (
        "what is there no longer matches what comes, or texts that were hashed would appear: keep "
        f"it; or {ANEW}"
    )


def _bound(attribute: str, tighter_if_more: bool) -> Callable[[Column, Column], Judgement]:
    def judge(before: Column, after: Column) -> Judgement:
        old, new = getattr(before, attribute), getattr(after, attribute)
        if old is None or new is None:
            return Verdict.COMPATIBLE, STRICTER if old is None else LOOSER
        return Verdict.COMPATIBLE, STRICTER if (new > old) is tighter_if_more else LOOSER

    return judge


def _enum(before: Column, after: Column) -> Judgement:
    old, new = set(before.enum), set(after.enum)
    if not new or (old and old < new):
        return Verdict.COMPATIBLE, LOOSER
    return Verdict.COMPATIBLE, STRICTER if not old or new < old else OTHER


def _optional(attribute: str) -> Callable[[Column, Column], Judgement]:
    """What has no order: given is stricter than not given, and another is another."""

    def judge(before: Column, after: Column) -> Judgement:
        values = (getattr(before, attribute), getattr(after, attribute))
        return Verdict.COMPATIBLE, {0: STRICTER, 1: LOOSER}.get(
            values.index(None) if None in values else -1, OTHER
        )

    return judge


def _always(verdict: Verdict, note: str = "") -> Callable[[Column, Column], Judgement]:
    return lambda _before, _after: (verdict, note)


RULES: dict[str, tuple[str, Callable[[Column, Column], Judgement]]] = {
    "physical_type": ("physicalType", _type),
    "description": ("description", _always(Verdict.METADATA)),
    "required": ("required", _required),
    "sources": (
        "customProperties.sourceName or sourcePath",
        _always(Verdict.COMPATIBLE, "the value is read from another attribute from now on"),
    ),
    "source_pattern": (
        "customProperties.sourcePattern",
        _always(Verdict.COMPATIBLE, "the value is another part of the text from now on"),
    ),
    "epoch_unit": ("customProperties.epochUnit", _epoch_unit),
    "derived_from": ("customProperties.derivedFrom", _always(Verdict.BREAKING, _TWO_MEANINGS)),
    "format": (
        "logicalTypeOptions.format",
        _always(Verdict.COMPATIBLE, "texts in the old format are rejected from now on"),
    ),
    "time_zone": ("timeZone", _always(Verdict.BREAKING, _TWO_MEANINGS)),
    "enum": ("enum", _enum),
    "minimum": ("logicalTypeOptions.minimum", _bound("minimum", True)),
    "maximum": ("logicalTypeOptions.maximum", _bound("maximum", False)),
    "min_length": ("logicalTypeOptions.minLength", _bound("min_length", True)),
    "max_length": ("logicalTypeOptions.maxLength", _bound("max_length", False)),
    "pattern": ("logicalTypeOptions.pattern", _optional("pattern")),
    "null_values": (
        "customProperties.nullValues",
        _always(Verdict.COMPATIBLE, "other texts are read as null from now on"),
    ),
    "classification": ("classification", _classification),
    "protection": ("customProperties.protection", _protection),
    "reference": ("relationships", _optional("reference")),
}
"""By attribute of ``Column``: its name in the contract, and who judges a change."""

JUDGED = frozenset({"name", *RULES, *_ELSEWHERE})
"""Every attribute of ``Column``: a new one needs a rule."""
