"""What a change of a contract does: its table as a whole, its checks, its columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from datetime import timedelta

from atvos.contract import Check, Feed, RowRule, Severity, Table
from atvos.gate.changes import Change, ContractDiff, Verdict
from atvos.gate.column_rules import ANEW, LOOSER, OTHER, STRICTER
from atvos.gate.columns import column_changes
from atvos.gate.texts import shown
from atvos.models import Model

_REWRITE = f"the table cannot be changed in place: {ANEW}"
_NEW_TABLE = (
    "a new table is built of all days beside this one, and the view shows it once it is filled; "
    "tell its readers before"
)
_DECIDED = f"rows that are there were decided by the old one: {ANEW}"
_NOT_ALTERED = "ALTER TABLE … SET OPTIONS on a table that is there is left to its owner"
_CLUSTERED = (
    "a table that is there is left to its owner: bq update --clustering_fields, for new data"
)
_DATED = "freshness and late rows are measured on another column from now on"
_JUDGED_ANEW = "batches are judged by it from now on"

_SHAPE = {
    "layer": ("layer", _REWRITE),
    "key": ("properties.primaryKey", _DECIDED),
    "partition": ("properties.partitioned", _REWRITE),
    "load_mode": ("customProperties.loadMode", _DECIDED),
    "physical_type": ("physicalType", _REWRITE),
    "period": ("customProperties.period", _REWRITE),
}
"""What the table's rows hang on: always breaking."""

_COMPATIBLE = {
    "event_time": ("slaProperties[freshness].element", _DATED),
    "sources": ("customProperties.sourceFormat", "files are read otherwise from now on"),
    "max_future": ("customProperties.maxFutureMinutes", "another window of time is accepted"),
    "max_late": ("customProperties.maxLateDays", "another window of time is accepted"),
    "min_valid_ratio": ("customProperties.minValidRatio", _JUDGED_ANEW),
    "max_duplicate_ratio": ("customProperties.maxDuplicateRatio", _JUDGED_ANEW),
}
"""What new batches alone meet."""

_METADATA = {
    "tier": ("customProperties.tier", _NOT_ALTERED),
    "purpose": ("description.purpose", _NOT_ALTERED),
    "owner": ("team.name", ""),
    "support": ("support.channel", ""),
    "freshness_slo": ("slaProperties[freshness].value", "alerts go by it from now on"),
    "schedule": ("customProperties.schedule", ""),
    "cluster": ("customProperties.clusterBy", _CLUSTERED),
    "group": ("customProperties.group", "another DAG builds it"),
    "rebuild_days": ("customProperties.rebuildDays", ""),
    "power_bi": (
        "customProperties.powerBi",
        "the semantic model has to follow: `atvos powerbi check`",
    ),
    "calendar": ("customProperties.sloCalendar", "alerts go by it from now on"),
    "deadline": ("customProperties.deadline", "alerts go by it from now on"),
    "look_back": ("customProperties.lookBack", "other days are built anew from now on"),
}
"""What no row depends on."""

_RULES = {
    **{name: (place, Verdict.BREAKING, note) for name, (place, note) in _SHAPE.items()},
    **{name: (place, Verdict.COMPATIBLE, note) for name, (place, note) in _COMPATIBLE.items()},
    **{name: (place, Verdict.METADATA, note) for name, (place, note) in _METADATA.items()},
}
_HOLDS_WHERE = {
    "<": {"less"},
    "<=": {"less", "equal"},
    "=": {"equal"},
    ">=": {"equal", "greater"},
    ">": {"greater"},
}
"""How the left side may stand to the right one, by the operator of a rule."""

_DERIVED = ("key", "partition", "cluster")
"""What the model derives from the columns; anything else is an attribute of its own."""
_BY_THEMSELVES = ("version", "columns", "checks", "retention", "row_rules")
_NO_CONTRACT = ("name", "path", "query", "is_view")
"""What tells contracts apart, where one stands, the SQL that a model keeps beside it, and what
follows from the physical type."""

_DERIVED_CHECKS = ("null_values:", "duplicate_values:")
"""Checks that say what ``required`` and ``primaryKey`` say, which are judged themselves."""

JUDGED = frozenset({*_RULES, *_BY_THEMSELVES, *_NO_CONTRACT})
"""Every attribute of ``Feed`` and ``Model``: a new one needs a rule."""


def compare_all(
    before: Mapping[str, Table], after: Mapping[str, Table]
) -> tuple[ContractDiff, ...]:
    """The contracts that differ between two states of the repository, by name."""
    diffs = (compare(before.get(name), after.get(name)) for name in sorted({*before, *after}))
    return tuple(diff for diff in diffs if diff.changes)


def compare(before: Table | None, after: Table | None) -> ContractDiff:
    """What changed between two states of a contract; None where there is none.

    ValueError where both are None: there is nothing to compare.
    """
    if before is not None and after is not None:
        changes = tuple(_by_version(after, change) for change in _changes(before, after))
        return ContractDiff(_name(after), before.version, after.version, changes, after.path)
    if after is not None:
        change = Change("(contract)", None, "added", Verdict.COMPATIBLE, "its table is created")
        return ContractDiff(_name(after), None, after.version, (change,), after.path)
    if before is not None:
        note = (
            "its table stays behind without an owner, and what reads it goes stale: bring the "
            "contract back until nothing reads the table any more"
        )
        change = Change("(contract)", f"version {before.version}", None, Verdict.BREAKING, note)
        return ContractDiff(_name(before), before.version, None, (change,))
    raise ValueError("two contracts that are not there cannot be compared")


def _by_version(after: Table, change: Change) -> Change:
    """A model's breaking change passes by a new major version, which is a table of its own."""
    if not isinstance(after, Model) or change.verdict is not Verdict.BREAKING:
        return change
    note = f"raise the major version: {_NEW_TABLE}"
    return replace(change, note=note, by_major=True)


def _name(table: Table) -> str:
    return f"{table.layer}.{table.name}"


def _changes(before: Table, after: Table) -> Iterator[Change]:
    if before.version != after.version:
        yield Change("version", before.version, after.version, Verdict.METADATA)
    for attribute, (place, verdict, note) in _RULES.items():
        old, new = _value(before, attribute), _value(after, attribute)
        if old != new:
            yield Change(place, old, new, verdict, note)
    yield from _retention(before, after)
    yield from _row_rules(before, after)
    yield from _check_changes(before, after)
    yield from column_changes(before, after)


def _value(table: Table, attribute: str) -> str | None:
    """An attribute as a person reads it; None where this kind of table has none."""
    if attribute == "partition":
        return table.partition.name if table.partition else None
    if attribute not in _DERIVED and attribute not in (f.name for f in fields(table)):
        return None
    if attribute == "sources" and not isinstance(table, Feed):
        return None  # what a query reads, which stands beside the contract
    return shown(getattr(table, attribute))


def _retention(before: Table, after: Table) -> Iterator[Change]:
    old, new = before.retention, after.retention
    if old == new:
        return
    shorter = (new or timedelta.max) < (old or timedelta.max)
    place = "slaProperties[retention].value"
    if after.partition is None or not shorter:
        yield Change(place, shown(old), shown(new), Verdict.METADATA, _NOT_ALTERED)
        return
    note = (
        "days that are kept now would be deleted: keep it, or say by a new major version that "
        "it is meant"
    )
    yield Change(place, shown(old), shown(new), Verdict.BREAKING, note, by_major=True)


def _row_rules(before: Table, after: Table) -> Iterator[Change]:
    """Rules by name: rows that are in the table were judged by the old ones, and stay."""
    old, new = _rules_of(before), _rules_of(after)
    for name in sorted({*old, *new}):
        was, now = old.get(name), new.get(name)
        if was != now:
            place = f"customProperties.rowRules[{name}]"
            note = _rule_note(was, now)
            yield Change(place, shown(was), shown(now), Verdict.COMPATIBLE, note)


def _rules_of(table: Table) -> dict[str, RowRule]:
    return {rule.name: rule for rule in table.row_rules} if isinstance(table, Feed) else {}


def _rule_note(before: RowRule | None, after: RowRule | None) -> str:
    if before is None or after is None:
        return STRICTER if before is None else LOOSER
    if before.operands != after.operands:
        return OTHER
    holds, held = _HOLDS_WHERE[after.operator], _HOLDS_WHERE[before.operator]
    if holds < held:
        return STRICTER
    return LOOSER if holds > held else OTHER


def _check_changes(before: Table, after: Table) -> Iterator[Change]:
    old = {check.name: check for check in before.checks}
    new = {check.name: check for check in after.checks}
    for name in sorted({*old, *new}):
        was, now = old.get(name), new.get(name)
        if was == now or name.startswith(_DERIVED_CHECKS):
            continue
        stops = Severity.ERROR in {check.severity for check in (was, now) if check}
        verdict = Verdict.COMPATIBLE if stops else Verdict.METADATA
        note = _JUDGED_ANEW if stops else ""
        yield Change(f"quality[{name}]", *_check_texts(was, now), verdict, note)


def _check_texts(before: Check | None, after: Check | None) -> tuple[str | None, str | None]:
    """Two states of a check, by the attributes in which they differ."""
    if before is None or after is None:
        return (_check_text(before), _check_text(after))
    differing = [
        field.name
        for field in fields(Check)
        if getattr(before, field.name) != getattr(after, field.name)
    ]
    old, new = (
        ", ".join(f"{name}: {shown(getattr(check, name))}" for name in differing)
        for check in (before, after)
    )
    return old, new


def _check_text(check: Check | None) -> str | None:
    return f"{check.severity}: {check.metric}" if check else None
