"""Writes a feed's first test: a few records, and what the curate job must make of them.

No text of the sample is in it but those of an enum, whatever a column is taken for: texts
are invented, numbers and dates are the sample's.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from atvos.contract import LogicalType, Protection, SourceFormat, SourcePath
from atvos.scaffold.contract_text import Proposal
from atvos.scaffold.dates import ZONE, is_time_of_day
from atvos.scaffold.drafts import Draft
from atvos.scaffold.samples import Record
from atvos.scaffold.yaml_lines import scalar

EXPECT = "expect.yaml"
_RECORDS = 3
_SUFFIXES = {
    SourceFormat.NDJSON: ".ndjson",
    SourceFormat.JSON_ARRAY: ".json",
    SourceFormat.CSV: ".csv",
}


def example_files(proposal: Proposal) -> dict[str, bytes]:
    """The files of the test's folder by name."""
    source = proposal.sample.source
    columns = proposal.table.columns
    invented = _Invented()
    positions = _positions(proposal)
    records = [_record(columns, at, invented) for at in positions]
    broken = _broken(columns, records[0])
    text = _written(proposal, [*records, *([broken[0]] if broken else [])])
    expected = [_expected(proposal, at, invented) for at in positions]
    name = f"sample{_SUFFIXES[source.format]}"
    lines = [
        "# What the curate job must make of the files beside this one, in their order.",
        *_now(proposal, positions),
        "rows:",
        *(line for row in expected for line in _row_lines(row)),
    ]
    if broken:
        reasons = scalar([f"missing:{column}" for column in broken[1]])
        lines += ["rejects:", f"  - {{object: {name}, reasons: {reasons}}}"]
    return {name: text, EXPECT: ("\n".join(lines) + "\n").encode()}


def _now(proposal: Proposal, positions: list[int]) -> Iterator[str]:
    """When the batch is made: an hour after the newest event, where that is on the calendar."""
    event = proposal.keys.event
    if event is None:
        return
    newest = max(event.guess.read(event.values[at]) for at in positions)
    moment = datetime(newest.year, newest.month, newest.day, tzinfo=UTC)
    moment = newest if isinstance(newest, datetime) else moment
    try:
        yield f"now: {(moment + timedelta(hours=1)).replace(microsecond=0):%Y-%m-%dT%H:%M:%SZ}"
    except OverflowError:
        return


def _positions(proposal: Proposal) -> list[int]:
    """Positions of the first records whose keys differ."""
    keys: dict[tuple[Any, ...], int] = {}
    for at in range(len(proposal.sample.records)):
        key = tuple(
            None if (value := column.values[at]) is None else column.guess.read(value)
            for column in proposal.keys.key
        )
        keys.setdefault(key, at)
        if len(keys) == _RECORDS:
            break
    return list(keys.values())


@dataclass
class _Invented:
    """Texts in place of the sample's: the same for the same, told apart by a number."""

    _known: dict[tuple[str, str], int] = field(default_factory=dict)

    def text(self, column: Draft, text: str) -> str:
        """What stands in the test's file instead of a text."""
        if text in column.enum or column.guess.form or is_time_of_day(text):
            return text
        number = self._number(column.name, text)
        if column.protection is Protection.STRIP_QUERY:
            return f"/caminho-{number}?consulta={number}"
        return f"pessoa-{number}" if column.protection else f"texto-{number}"

    def _number(self, name: str, text: str) -> int:
        numbers = sum(known == name for known, _ in self._known) + 1
        return self._known.setdefault((name, text), numbers)


def _source_value(column: Draft, value: Any, invented: _Invented) -> Any:
    """What stands in the file for one value of a column."""
    if value is None:
        return None
    if column.fields:
        return [_element(column.fields, element, invented) for element in value]
    if column.item is not None:
        return [_source_value(column.item, element, invented) for element in value]
    is_text = column.guess.type is LogicalType.STRING
    return invented.text(column, value) if is_text else value


def _element(fields: tuple[Draft, ...], element: Record, invented: _Invented) -> Record:
    made: Record = {}
    for each in fields:
        _put(made, each.sources[0], _source_value(each, _get(element, each.sources[0]), invented))
    return made


def _record(columns: list[Draft], at: int, invented: _Invented) -> Record:
    made: Record = {}
    for column in columns:
        if len(column.sources) == 1:
            _put(made, column.sources[0], _source_value(column, column.values[at], invented))
    return made


def _get(record: Record | None, path: SourcePath) -> Any:
    for name in path:
        record = record.get(name) if record else None
    return record


def _put(record: Record, path: SourcePath, value: Any) -> None:
    for name in path[:-1]:
        record = record.setdefault(name, {})
    record[path[-1]] = value


def _broken(columns: list[Draft], record: Record) -> tuple[Record, list[str]] | None:
    """The record without its first required value, and the columns that miss it."""
    first = next((column for column in columns if column.required), None)
    if first is None:
        return None
    copy: Record = json.loads(json.dumps(record))
    _put(copy, first.sources[0], None)
    return copy, [column.name for column in columns if first.sources[0] in column.sources]


def _written(proposal: Proposal, records: list[Record]) -> bytes:
    source = proposal.sample.source
    if source.format is not SourceFormat.CSV:
        lines = [json.dumps(record, ensure_ascii=False) for record in records]
        if source.format is SourceFormat.NDJSON:
            return "".join(f"{line}\n" for line in lines).encode()
        return ("[\n" + ",\n".join(lines) + "\n]\n").encode()
    header = source.header or tuple(records[0])
    text = io.StringIO()
    writer = csv.writer(text, delimiter=source.delimiter, lineterminator="\n")
    if source.header is None:
        writer.writerow(header)
    writer.writerows([record.get(name) for name in header] for record in records)
    return text.getvalue().encode(source.encoding)


def _expected(proposal: Proposal, at: int, invented: _Invented) -> dict[str, Any]:
    """The row that the curate job makes of the record, as ``expect.yaml`` shows it."""
    row: dict[str, Any] = {}
    event = proposal.keys.event
    for column in proposal.table.columns:
        row[column.name] = _shown(column, column.values[at], invented)
        if column is event and column.name != proposal.partition:
            local = column.guess.read(column.values[at]).astimezone(ZoneInfo(ZONE))
            row[str(proposal.partition)] = local.date().isoformat()
    return row


def _shown(column: Draft, value: Any, invented: _Invented) -> Any:
    if value is None:
        return [] if column.is_array else None
    if column.fields:
        return [
            {
                each.name: _shown(each, _get(item, each.sources[0]), invented)
                for each in column.fields
            }
            for item in value
        ]
    if column.item is not None:
        return [_shown(column.item, element, invented) for element in value]
    if column.guess.type is not LogicalType.STRING:
        return _plain(column.guess.read(value))
    text = invented.text(column, value)
    if column.protection is Protection.HASH:
        return {"hash": text}
    return text.partition("?")[0] if column.protection else text


def _plain(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case Decimal():
            return f"{value:f}"
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case _:
            return str(value)


def _row_lines(row: dict[str, Any]) -> Iterator[str]:
    """The row as YAML; a null is left out, as it is what a column has of which nothing is said."""
    said = {name: value for name, value in row.items() if value not in (None, [])}
    lead = "  - "
    for name, value in said.items():
        yield f"{lead}{name}: {_inline(value)}"
        lead = "    "


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        said = ", ".join(f"{k}: {_inline(v)}" for k, v in value.items() if v is not None)
        return f"{{{said}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_inline, value))}]"
    return scalar(str(value))
