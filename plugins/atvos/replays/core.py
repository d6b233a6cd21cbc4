"""What a replay is made of: rejected records, and the objects that they are written into."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from atvos import names
from atvos.contract import Feed, LoadMode, Source, SourceFormat, reasons

NEVER = (reasons.UNREADABLE, reasons.HEADER, reasons.TOO_LONG, reasons.UNBALANCED_QUOTE)
"""Reasons of rejects that are no whole record: no line of its own would be read otherwise."""

OBJECT_BYTES = 64 << 20
"""Bytes of records that go into one object of a replay, unless one record has more."""

_ENDINGS = {
    SourceFormat.NDJSON: ".ndjson",
    SourceFormat.JSON_ARRAY: ".json",
    SourceFormat.CSV: ".csv",
}


class ReplayError(ValueError):
    """A replay is refused; nothing was changed."""


class NoTablesError(ReplayError):
    """No run has made the tables yet that a replay asks."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record stands: a byte offset in the decompressed generation of an object."""

    bucket: str
    object: str
    generation: int
    position: int


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record in quarantine. ``origin`` is where it landed first, which a replay may have moved.

    ``line`` is None where quarantine does not keep the original, as of personal data.
    """

    landed_date: date
    place: Place
    origin: Place
    reasons: tuple[str, ...]
    line: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Record:
    """A rejected record, its bytes without a line end, and the CSV header that it stood under."""

    rejected: Rejected
    content: bytes = field(repr=False)
    header: bytes = b""


@dataclass(frozen=True, slots=True)
class ReplayObject:
    """An object that a replay lands: its bytes, and where in them each record stands."""

    name: str
    content: bytes = field(repr=False)
    records: tuple[tuple[int, Rejected], ...]


def replay_id(now: datetime, feed: str, places: Iterable[Place], owner: str) -> str:
    """20 hexadecimal digits, of which the first eight are the UTC day of ``now``."""
    text = repr([now.isoformat(), feed, owner, *sorted(map(repr, places))])
    return f"{now:%Y%m%d}{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def check(feed: Feed) -> None:
    """ReplayError where lines of the feed cannot be replayed one by one."""
    if feed.load_mode is LoadMode.REPLACE_SNAPSHOT:
        raise ReplayError(
            f"{feed.name} is a replace_snapshot: an object of some lines would become the whole "
            "table; valid: land the whole snapshot again, as an object of any name"
        )


def objects(
    feed: Feed, identity: str, records: Sequence[Record], limit: int = OBJECT_BYTES
) -> list[ReplayObject]:
    """The objects of a replay, of records of one format and header each.

    Records stand in the order in which they landed first: where some share a key, that says
    which is the later one. ReplayError where no name of an object would be read as that format.
    """
    groups: dict[tuple[Source, bytes], list[Record]] = {}
    for record in sorted(records, key=_age):
        source = feed.source_of(record.rejected.origin.object)
        groups.setdefault((source, record.header), []).append(record)
    made: list[ReplayObject] = []
    for (source, header), members in groups.items():
        for part in _parts(members, limit):
            name = f"{names.replay_prefix(feed.name, identity)}{len(made):03d}{_ending(source)}"
            if feed.source_of(name) != source:
                raise ReplayError(
                    f"an object {name!r} would not be read as {source.format.value}; valid: "
                    f"`suffixes` of that format in {feed.path.name} that name {_ending(source)}"
                )
            made.append(_object(name, source, header, part))
    return made


def _age(record: Record) -> tuple[int, str, int]:
    origin = record.rejected.origin
    return origin.generation, origin.object, origin.position


def _parts(records: Sequence[Record], limit: int) -> Iterator[list[Record]]:
    part: list[Record] = []
    size = 0
    for record in records:
        size += len(record.content)
        if part and size > limit:
            yield part
            part, size = [], len(record.content)
        part.append(record)
    yield part


def _ending(source: Source) -> str:
    plain = [suffix for suffix in source.suffixes if not suffix.endswith(".gz")]
    return next(iter([*plain, *source.suffixes]), _ENDINGS[source.format])


def _object(name: str, source: Source, header: bytes, records: Sequence[Record]) -> ReplayObject:
    opening, between, closing = b"", b"\n", b"\n"
    if source.format is SourceFormat.JSON_ARRAY:
        opening, between, closing = b"[", b",\n", b"]"
    elif header:
        opening = header + b"\n"
    position, parts, placed = len(opening), [], []
    for record in records:
        placed.append((position, record.rejected))
        parts.append(record.content)
        position += len(record.content) + len(between)
    return ReplayObject(name, opening + between.join(parts) + closing, tuple(placed))


def by_reason(counts: Iterable[tuple[Sequence[str], int]]) -> dict[str, int]:
    """Records by reason code, the most frequent first; a record with two counts under both."""
    found: dict[str, int] = {}
    for codes, count in counts:
        for code in codes:
            found[code] = found.get(code, 0) + count
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def with_line(rejected: Rejected, line: str | None, encoding: str | None) -> Rejected:
    """The record with its bytes as quarantine keeps them; withheld ones are left out."""
    if line is None or encoding not in ("utf-8", "latin-1"):
        return rejected
    return replace(rejected, line=line.encode(encoding))
