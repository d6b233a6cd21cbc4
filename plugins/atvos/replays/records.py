"""Gets the bytes of rejected records again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from atvos.contract import Feed, SourceFormat
from atvos.replays import core, originals
from atvos.replays.core import Place, Record, Rejected
from atvos.replays.originals import GoneError, Original

if TYPE_CHECKING:
    from google.cloud import storage


def read_again(
    gcs: storage.Client, feed: Feed, rejected: Sequence[Rejected]
) -> tuple[list[Record], list[str]]:
    """The records with their bytes, and what is to be said of those that are gone."""
    found: list[Record] = []
    gone: list[str] = []
    by_object: dict[tuple[str, str, int], list[Rejected]] = {}
    for item in sorted(rejected, key=lambda r: r.place.position):
        place = item.place
        by_object.setdefault((place.bucket, place.object, place.generation), []).append(item)
    for members in by_object.values():
        reader = Reader(gcs, feed, members[0])
        for item in members:
            try:
                found.append(reader.record(item))
            except GoneError as error:
                gone.append(f"{item.place.object} at {item.place.position}: {error}")
    return found, gone


class Reader:
    """Reads records of one object: as they landed, or where that is gone as quarantine has them."""

    def __init__(self, gcs: storage.Client, feed: Feed, first: Rejected) -> None:
        """``first`` is any record of the object."""
        self._feed = feed
        self._original: Original | None = None
        self._header = b""
        self._why = ""
        try:
            source = feed.source_of(first.place.object)
            self._original = originals.opened(gcs, first.place, source)
            self._header = self._original.header()
        except GoneError as error:
            self._original, self._why = None, str(error)
            self._needs_header = bool(source.format is SourceFormat.CSV and not source.header)

    def record(self, rejected: Rejected) -> Record:
        """The record's bytes. GoneError where neither has them."""
        if self._original is not None:
            content = self._original.record(rejected.place.position)
            return Record(rejected, content, self._header)
        if rejected.line is None or self._feed.protections:
            raise GoneError(f"{self._why}, and quarantine does not keep the line")
        if self._needs_header:
            raise GoneError(f"{self._why}, and with it the header")
        return Record(rejected, rejected.line)


def rejected_of(row: dict[str, Any], prefix: str) -> Rejected:
    """A row that a query gave; ``prefix`` is that of the columns of its place."""
    origin = (row[f"origin_{name}"] for name in ("object", "generation", "position"))
    found = Rejected(
        row["landed_date"],
        place_of(row, prefix),
        Place(row[f"{prefix}bucket"], *origin),
        tuple(row["reasons"]),
    )
    return core.with_line(found, row["line"], row["line_encoding"])


def place_of(row: dict[str, Any], prefix: str) -> Place:
    """The place in the columns with that prefix."""
    return Place(
        *(row[f"{prefix}{name}"] for name in ("bucket", "object", "generation", "position"))
    )
