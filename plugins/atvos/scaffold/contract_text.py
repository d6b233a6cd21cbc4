"""Writes the contract of a drafted table, with every guess marked for the person who edits it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from atvos.contract import LogicalType, SourceFormat
from atvos.scaffold.dates import ZONE
from atvos.scaffold.drafts import Draft, Table
from atvos.scaffold.keys import Keys
from atvos.scaffold.samples import Sample
from atvos.scaffold.yaml_lines import comments, scalar

_LEAST_KEY_LENGTH = 64
_ALLOWED_FUTURE = timedelta(minutes=5)
_TIME_ENDINGS = ("_timestamp", "_datetime", "_time", "_at", "_em")


@dataclass(frozen=True)
class Proposal:
    """All that the contract of a feed is written from. ``now`` is when it is."""

    name: str
    sample: Sample
    table: Table
    keys: Keys
    now: datetime

    @property
    def partition(self) -> str | None:
        """Name of the date column that the table is partitioned by; None without event time."""
        event = self.keys.event
        if event is None:
            return None
        if event.guess.type is LogicalType.DATE:
            return event.name
        stem = event.name
        for ending in _TIME_ENDINGS:
            stem = stem.removesuffix(ending)
        taken = {column.name for column in self.table.columns}
        last = "day" if stem.endswith(("date", "data")) else "date"
        names = (
            f"{stem[:50]}_{last}{suffix}" for suffix in ("", *(f"_{n}" for n in range(2, 999)))
        )
        return next(name for name in names if name not in taken)


def contract_text(proposal: Proposal) -> str:
    """The YAML of a valid contract."""
    lines = [*_head(proposal), *_columns(proposal), *_tail(proposal)]
    return "\n".join(lines) + "\n"


def _head(proposal: Proposal) -> Iterator[str]:
    name = proposal.name
    yield from ("kind: DataContract", "apiVersion: v3.2.0")
    yield f"id: atvos-{name.replace('_', '-')}"
    yield from (f"name: {name}", "version: 0.1.0", "status: draft", "domain: transport")
    yield "description:"
    yield "  # edit: one sentence that says what a row is and who reads the table"
    yield f"  purpose: One row per record of {name}, as its source sends it."
    yield from ("team:", "  # edit: the team that answers for the feed", "  name: transport-data")
    yield from ("support:", '  - channel: "#dados-transporte"', "    tool: teams")
    yield from ("schema:", f"  - name: {name}", "    physicalType: table", "    properties:")


def _columns(proposal: Proposal) -> Iterator[str]:
    for column in proposal.table.columns:
        yield from _column(proposal, column)
        event = proposal.keys.event
        if column is event and event.guess.type is LogicalType.TIMESTAMP:
            yield from _derived_date(proposal, column)
    left_out = [f"left out: {why}" for why in proposal.table.left_out]
    yield from comments(6, left_out)


def _column(proposal: Proposal, column: Draft) -> Iterator[str]:
    pad = " " * 8
    yield f"      - name: {column.name}"
    yield from comments(8, column.guess.notes)
    yield from (f"{pad}{line}" for line in _type_lines(column))
    yield f"{pad}description: {scalar(_description(column))}"
    if column.required:
        count = len(column.values)
        yield f"{pad}required: true  # inferred: never null in {count} records"
    yield from _key_lines(proposal, column)
    yield from (f"{pad}{line}" for line in _constraint_lines(column, column in proposal.keys.key))
    yield from (f"{pad}{line}" for line in _item_lines(column))
    yield from (f"{pad}{line}" for line in _custom_lines(column, len(column.sources[0])))


def _type_lines(column: Draft) -> Iterator[str]:
    count = len(column.values) - column.values.count(None)
    yield f"logicalType: {column.guess.type.value}  # inferred: from {count} values"
    yield f"physicalType: {column.guess.physical_type}"


def _description(column: Draft) -> str:
    source = " and ".join(".".join(path) for path in column.sources)
    return f"Meaning and unit of {source if source.isprintable() else column.name}."


def _key_lines(proposal: Proposal, column: Draft) -> Iterator[str]:
    pad = " " * 8
    key = proposal.keys.key
    if column in key:
        position = key.index(column) + 1
        if position == 1:
            names = " + ".join(each.name for each in key)
            yield from comments(8, [f"key {names}", *proposal.keys.doubts])
        yield from (f"{pad}primaryKey: true", f"{pad}primaryKeyPosition: {position}")
    if column is proposal.keys.event and column.name == proposal.partition:
        yield from (f"{pad}partitioned: true", f"{pad}partitionKeyPosition: 1")


def _constraint_lines(column: Draft, keyed: bool) -> Iterator[str]:
    options = []
    form = column.guess.form
    if form is not None and form.pattern is not None:
        options.append(f"format: {scalar(form.pattern)}")
    if form is not None and form.naive:
        options.append(f"defaultTimezone: {ZONE}")
    if keyed and column.guess.type is LogicalType.STRING:
        longest = max((len(value) for value in column.values if value is not None), default=0)
        options.append(f"maxLength: {max(_LEAST_KEY_LENGTH, 2 * longest)}")
    if options:
        yield f"logicalTypeOptions: {{{', '.join(options)}}}"
    if column.enum:
        yield "enum:  # inferred: all that the sample has; another value is rejected"
        yield from (f"  - {{value: {scalar(value)}}}" for value in column.enum)
    if column.protection is not None:
        yield "classification: pii  # inferred: looks like personal data, confirm"


def _item_lines(column: Draft) -> Iterator[str]:
    if column.item is not None:
        yield "items:"
        yield from (f"  {line}" for line in _type_lines(column.item))
        yield from (f"  {line}" for line in _constraint_lines(column.item, keyed=False))
        yield from (f"  {line}" for line in _custom_lines(column.item, None))
    elif column.fields:
        yield from ("items:", "  logicalType: object", "  physicalType: STRUCT", "  properties:")
        for field in column.fields:
            yield f"    - name: {field.name}"
            yield from (f"      {line}" for line in _field_lines(field))


def _field_lines(field: Draft) -> Iterator[str]:
    yield from comments(0, field.guess.notes)
    yield from _type_lines(field)
    yield f"description: {scalar(_description(field))}"
    if field.required:
        yield f"required: true  # inferred: never null in {len(field.values)} elements"
    yield from _constraint_lines(field, keyed=False)
    yield from _custom_lines(field, len(field.sources[0]))


def _custom_lines(column: Draft, depth: int | None) -> Iterator[str]:
    """Where the value stands, how it counts and how it is protected; no place of an element."""
    custom: list[tuple[str, str]] = []
    names = [path[0] for path in column.sources]
    if len(names) > 1:
        custom.append(("sourceName", scalar(names)))
    elif depth == 1 and names != [column.name]:
        custom.append(("sourceName", scalar(names[0])))
    elif depth is not None and depth > 1:
        custom.append(("sourcePath", scalar(list(column.sources[0]))))
    if column.guess.epoch_unit is not None:
        custom.append(("epochUnit", column.guess.epoch_unit.value))
    if column.protection is not None:
        custom.append(("protection", column.protection.value))
    if custom:
        yield "customProperties:"
        yield from (f"  - {{property: {name}, value: {value}}}" for name, value in custom)


def _derived_date(proposal: Proposal, event: Draft) -> Iterator[str]:
    yield f"      - name: {proposal.partition}"
    pad = " " * 8
    yield from (f"{pad}logicalType: date", f"{pad}physicalType: DATE")
    yield f"{pad}description: The day of {event.name} in São Paulo."
    yield from (f"{pad}required: true", f"{pad}partitioned: true")
    yield from (f"{pad}partitionKeyPosition: 1", f"{pad}customProperties:")
    yield f"{pad}  - {{property: derivedFrom, value: {event.name}}}"
    yield f"{pad}  - {{property: timeZone, value: {ZONE}}}"


def _tail(proposal: Proposal) -> Iterator[str]:
    event = proposal.keys.event
    element = proposal.name if event is None else f"{proposal.name}.{event.name}"
    yield "    quality:"
    yield "      - name: has_rows"
    yield "        description: A batch has at least one valid row."
    yield from ("        metric: rowCount", "        mustBeGreaterThan: 0")
    yield from ("        severity: warning", "slaProperties:")
    yield "  # edit: how old the newest row may be, and how long rows are kept"
    yield f"  - {{property: freshness, value: 24, unit: h, element: {element}}}"
    yield "  - {property: retention, value: 24, unit: mo}"
    yield from ("customProperties:", "  - {property: tier, value: 3}")
    yield from _source_lines(proposal.sample)
    if event is None:
        yield from comments(2, ["nothing dates a row: each file replaces the whole table"])
        yield "  - {property: loadMode, value: replace_snapshot}"
    else:
        yield "  # edit: upsert_latest where a row is sent again when it changes"
        yield "  - {property: loadMode, value: append_first}"
        yield "  # edit: add maxLateDays to reject rows that come later than that"
    if event is not None and _newest(event) <= proposal.now + _ALLOWED_FUTURE:
        yield "  - {property: maxFutureMinutes, value: 5}"
    yield "  - {property: minValidRatio, value: 0.95}"
    yield "  - {property: maxDuplicateRatio, value: 0.01}"


def _source_lines(sample: Sample) -> Iterator[str]:
    source = sample.source
    yield from comments(2, sample.notes)
    if source.format is not SourceFormat.CSV:
        yield f"  - {{property: sourceFormat, value: {{format: {source.format.value}}}}}"
        return
    yield "  # inferred: how the files are written"
    yield "  - property: sourceFormat"
    delimiter = {"\t": '"\\t"'}.get(source.delimiter, f'"{source.delimiter}"')
    yield (
        f"    value: {{format: csv, encoding: {source.encoding}, delimiter: {delimiter}, "
        f'decimalMark: "{source.decimal_mark}"'
        + (f", header: {scalar(list(source.header))}" if source.header else "")
        + "}"
    )


def _newest(event: Draft) -> datetime:
    found: datetime | date = max(map(event.guess.read, event.values))
    if isinstance(found, datetime):
        return found
    return datetime(found.year, found.month, found.day, tzinfo=UTC)
