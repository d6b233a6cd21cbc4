"""Reads sample files into records, whatever format they have."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

from atvos.contract import Source, SourceFormat
from atvos.scaffold.csv_head import ASCII, read_csv
from atvos.scaffold.heads import Head, SampleError, read_head

MAX_RECORDS = 20_000
"""Records that are looked at of a file."""
MAX_DEPTH = 6
"""Objects within one another that are looked into."""

Record: TypeAlias = dict[str, Any]
"""A JSON object, or the texts of a CSV row by header name, None for a blank one."""

_SPACE = re.compile(rb"\s*")
_JSON_TEXT_SPACE = re.compile(r"[ \t\r\n,]*")
_ELEMENT = json.JSONDecoder(strict=False)
_FIRST_LINES = 100
_UNKNOWN = ""
"""The decimal mark of a file without fractions."""
_OBJECT = msgspec.json.Decoder(dict[str, Any])


@dataclass(frozen=True)
class Sample:
    """The records of all files, and how these are written.

    ``skipped`` counts by reason what could not be read, ``notes`` say what else to know.
    """

    source: Source
    records: list[Record] = field(repr=False)
    skipped: Counter[str] = field(default_factory=Counter)
    notes: tuple[str, ...] = ()

    @property
    def decimal_mark(self) -> str | None:
        """That of a CSV; None for JSON."""
        return self.source.decimal_mark if self.source.format is SourceFormat.CSV else None


def read_samples(files: Sequence[Path]) -> Sample:
    """The files' records. SampleError where there are none, or files are written differently."""
    samples = [_read(read_head(file)) for file in files]
    for file, sample in zip(files, samples, strict=True):
        if not sample.records:
            told = "; ".join(f"{n} {reason}" for reason, n in sample.skipped.items()) or "nothing"
            raise SampleError(f"{file}: found {told}; valid: one record that can be read, or more")
    source = samples[0].source
    for file, sample in zip(files, samples, strict=True):
        joined = _joined(source, sample.source)
        if joined is None:
            raise SampleError(
                f"{file}: found {_form(sample.source)}, where others are {_form(source)}; "
                "valid: files that are written alike (add the other format to sourceFormat later)"
            )
        source = joined
    skipped = sum((sample.skipped for sample in samples), Counter[str]())
    records = [record for sample in samples for record in sample.records]
    notes = tuple(dict.fromkeys(note for sample in samples for note in sample.notes))
    return _with_common_columns(samples, Sample(_settled(source), records, skipped, notes))


def _joined(one: Source, other: Source) -> Source | None:
    """How two files are written that may each show only a part of it; None where they differ."""
    encodings = {one.encoding, other.encoding} - {ASCII} or {ASCII}
    marks = {one.decimal_mark, other.decimal_mark} - {_UNKNOWN} or {_UNKNOWN}
    joined = replace(one, encoding=min(encodings), decimal_mark=min(marks))
    alike = replace(other, encoding=joined.encoding, decimal_mark=joined.decimal_mark) == joined
    return joined if alike and len(encodings) == len(marks) == 1 else None


def _settled(source: Source) -> Source:
    """The usual encoding and decimal mark where no file showed one."""
    usual = "," if source.delimiter == ";" else "."
    return replace(
        source,
        encoding="utf-8" if source.encoding == ASCII else source.encoding,
        decimal_mark=usual if source.decimal_mark == _UNKNOWN else source.decimal_mark,
    )


def _with_common_columns(samples: Sequence[Sample], joined: Sample) -> Sample:
    """Of CSVs the columns that every file has: a header that lacks one is refused as a whole."""
    if joined.source.format is not SourceFormat.CSV:
        return joined
    headers = [sample.records[0].keys() for sample in samples]
    common = [name for name in headers[0] if all(name in header for header in headers)]
    others = sorted({name for header in headers for name in header} - set(common))
    records = [{name: record[name] for name in common} for record in joined.records]
    note = f"{len(others)} columns are not in every file, and are left out"
    return replace(joined, records=records, notes=joined.notes + ((note,) if others else ()))


def _read(head: Head) -> Sample:
    sample = _by_format(head)
    if head.damage:
        sample.skipped[f"file with {head.damage}: read up to there"] += 1
    if not head.whole or len(sample.records) >= MAX_RECORDS:
        note = f"only the first {len(sample.records)} records were looked at of a file"
        return replace(sample, notes=(*sample.notes, note))
    return sample


def _by_format(head: Head) -> Sample:
    start = _SPACE.match(head.content)
    if head.content[start.end() if start else 0 :].startswith(b"["):
        array = _read_array(head)
        if array.records:
            return array
    lines = [
        line for line in head.content.split(b"\n", _FIRST_LINES)[:_FIRST_LINES] if line.strip()
    ]
    if sum(line.lstrip().startswith(b"{") for line in lines) > len(lines) / 2:
        return _read_lines(head)
    return _read_csv(head)


def _read_lines(head: Head) -> Sample:
    sample = Sample(Source(SourceFormat.NDJSON), [])
    lines = head.content.split(b"\n")
    for line in lines if head.whole else lines[:-1]:
        if len(sample.records) >= MAX_RECORDS:
            break
        if line.strip():
            _add(line, sample)
    return sample


def _read_array(head: Head) -> Sample:
    sample = Sample(Source(SourceFormat.JSON_ARRAY), [])
    for element in _elements(head.content.decode("latin-1")):
        if len(sample.records) >= MAX_RECORDS:
            break
        _add(element, sample)
    return sample


def _elements(text: str) -> Iterator[bytes]:
    """The elements of the one array; ends where the text does, or is no JSON."""
    at = text.find("[") + 1
    while True:
        space = _JSON_TEXT_SPACE.match(text, at)
        at = space.end() if space else at
        try:
            _, end = _ELEMENT.raw_decode(text, at)
        except (ValueError, RecursionError):
            return
        yield text[at:end].encode("latin-1")
        at = end


def _add(text: bytes, sample: Sample) -> None:
    try:
        text.decode()
        sample.records.append(_OBJECT.decode(text))
    except UnicodeDecodeError:
        sample.skipped["records that are no UTF-8"] += 1
    except msgspec.ValidationError:
        sample.skipped["records that are no JSON object, or have a number no double holds"] += 1
    except (msgspec.MsgspecError, ValueError, RecursionError):
        sample.skipped["records that are no JSON"] += 1


def _read_csv(head: Head) -> Sample:
    found = read_csv(head, MAX_RECORDS)
    notes: tuple[str, ...] = ()
    header = found.names
    if header is None:
        header = tuple(f"column_{n}" for n in range(1, len(found.rows[0]) + 1 if found.rows else 1))
        notes = ("no line seems to name the columns: sourceFormat.header names them by position",)
    doubled = sorted({name for name in header if header.count(name) > 1})
    usable = {name: at for at, name in enumerate(header) if name and name not in doubled}
    lost = len(header) - len(usable)
    if lost:
        notes += (f"{lost} columns have a blank name or another's, and cannot be read by name",)
    source = Source(
        SourceFormat.CSV,
        encoding=found.encoding,
        delimiter=found.delimiter,
        decimal_mark=found.decimal_mark or _UNKNOWN,
        header=None if found.names else header,
    )
    records = [{name: row[at] or None for name, at in usable.items()} for row in found.rows]
    return Sample(source, list(records), found.skipped, notes)


def _form(source: Source) -> str:
    if source.format is not SourceFormat.CSV:
        return source.format.value
    header = "" if source.header is None else f" without header of {len(source.header)} columns"
    return (
        f"csv in {source.encoding} with {source.delimiter!r} and decimal mark "
        f"{source.decimal_mark or 'unknown'!r}{header}"
    )
