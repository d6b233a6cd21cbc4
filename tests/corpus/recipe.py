"""A recipe: one bad object, and what the curate job must make of each of its records.

Verdicts are written by hand beside the bytes, from docs/curate.md and the feed's contract.
Nothing here asks the job.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, TypeAlias

NOW = datetime(2025, 6, 10, 12, tzinfo=UTC)
"""When the batches are made: what is late or in the future is so against this instant."""

VALID = "valid"
DUPLICATE = "duplicate"
NOTHING = "nothing"
"""Bytes that are no record: a header, blank lines, a byte order mark."""

Fate: TypeAlias = str | tuple[str, ...]
"""VALID, DUPLICATE, NOTHING or the reason codes of a reject."""
Values: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes that follow one another in an object, and what becomes of them.

    A record begins with the part's first byte. ``values`` are columns that the table must
    have of a valid row.
    """

    content: bytes = field(repr=False)
    fate: Fate = VALID
    values: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is due: byte offsets of valid rows, a count of duplicates, offsets and codes of rejects.

    ``values`` has some columns of valid rows by offset.
    """

    valid: tuple[int, ...] = ()
    duplicate: int = 0
    rejects: tuple[tuple[int, tuple[str, ...]], ...] = ()
    values: tuple[tuple[int, Values], ...] = ()

    @property
    def read(self) -> int:
        """Rows that the object has."""
        return len(self.valid) + self.duplicate + len(self.rejects)


@dataclass(frozen=True, slots=True)
class Recipe:
    """An object of a feed: its kind of badness, its name in the bucket, its bytes, its verdict."""

    kind: str
    name: str
    feed: str
    object: str
    content: bytes = field(repr=False)
    verdict: Verdict
    now: datetime = NOW

    @property
    def label(self) -> str:
        """What a difference is reported under."""
        return f"{self.kind}/{self.name}"


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where recipes of one kind, feed and format go."""

    kind: str
    feed: str
    suffix: str
    now: datetime = NOW

    def made(self, name: str, *parts: Part) -> Recipe:
        """The object that has these parts, one after the other."""
        content = b"".join(part.content for part in parts)
        return self.raw(name, content, verdict(parts))

    def zipped(self, name: str, *parts: Part) -> Recipe:
        """The same, as one gzip member."""
        return self.changed(self.made(name, *parts), gzipped)

    def raw(self, name: str, content: bytes, due: Verdict) -> Recipe:
        """An object of any bytes."""
        file = f"{self.kind}-{name}{self.suffix}"
        return Recipe(self.kind, name, self.feed, file, content, due, self.now)

    def changed(self, recipe: Recipe, change: Callable[[bytes], bytes]) -> Recipe:
        """The recipe with other bytes of the same verdict."""
        return replace(recipe, content=change(recipe.content))


def verdict(parts: Sequence[Part]) -> Verdict:
    """The verdict on an object of these parts."""
    at = 0
    valid, duplicate = [], 0
    rejects: list[tuple[int, tuple[str, ...]]] = []
    values: list[tuple[int, Values]] = []
    for part in parts:
        if part.fate == VALID:
            valid.append(at)
            values += [(at, part.values)] if part.values else []
        elif part.fate == DUPLICATE:
            duplicate += 1
        elif isinstance(part.fate, tuple):
            rejects.append((at, tuple(sorted(part.fate))))
        at += len(part.content)
    return Verdict(tuple(valid), duplicate, tuple(rejects), tuple(values))


def gzipped(content: bytes) -> bytes:
    """One gzip member; the same bytes at every run."""
    return gzip.compress(content, mtime=0)


def json_line(record: object, **changes: Any) -> bytes:
    """A record as an NDJSON line, in UTF-8 and not escaped."""
    if changes:
        assert isinstance(record, Mapping)
        record = {**record, **changes}
    return json.dumps(record, ensure_ascii=False).encode() + b"\n"


def bad(content: bytes, *codes: str) -> Part:
    """A part that is rejected."""
    return Part(content, codes)


def nothing(content: bytes) -> Part:
    """A part that holds no record."""
    return Part(content, NOTHING)
