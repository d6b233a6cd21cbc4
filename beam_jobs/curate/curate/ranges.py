"""Cuts the objects of a batch into pieces of work of about the same size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from atvos.batch import Batch, ObjectVersion
from atvos.contract import Feed, SourceFormat
from curate import objects
from curate.gunzip import MAGIC
from curate.lines import END
from curate.records import UnreadableError

_PROBE = 64 << 10
"""Bytes that are asked for at once in search of a line end."""


@dataclass(frozen=True, slots=True)
class Range:
    """Bytes ``start`` up to ``end`` of the batch's object ``number``; no end means all of it."""

    number: int
    start: int = 0
    end: int | None = None


Task: TypeAlias = tuple[Range, ...]
"""What one worker reads in one go."""


def pack(batch: Batch, size: int) -> list[Task]:
    """Tasks of whole objects, in order: small ones together, each of ``size`` bytes or more alone.

    Thousands of small objects would otherwise cost more in handling than in reading. What counts
    are the bytes that have to be judged, so about those of a gzip object when decompressed.
    """
    tasks: list[Task] = []
    open_task: list[Range] = []
    room = size
    for number, version in enumerate(batch.objects):
        read = estimated_bytes([version])
        if read > room and open_task:
            tasks.append(tuple(open_task))
            open_task, room = [], size
        open_task.append(Range(number))
        room -= read
    return [*tasks, tuple(open_task)] if open_task else tasks


def split(task: Task, batch: Batch, feed: Feed, size: int) -> Iterator[Task]:
    """The task, or tasks of about ``size`` bytes where it is one large object that can be cut.

    Only plain NDJSON can: gzip has to be read from its start, a quoted CSV field hides line
    ends, and an array knows its elements only from the first on.
    """
    version = batch.objects[task[0].number]
    cuttable = (
        len(task) == 1
        and version.size > size
        and feed.source_of(version.name).format is SourceFormat.NDJSON
        and not _is_gzip(version)
    )
    if not cuttable:
        yield task
        return
    for start, end in line_ranges(version, size):
        yield (Range(task[0].number, start, end),)


def line_ranges(version: ObjectVersion, size: int) -> Iterator[tuple[int, int]]:
    """Ranges of about ``size`` bytes that begin and end where lines do, and cover the object."""
    start = 0
    while start < version.size:
        end = _line_start(version, start + size)
        yield start, end
        start = end


def _line_start(version: ObjectVersion, position: int) -> int:
    """Where the first line that begins at ``position`` or later does; the size if none."""
    at = position - 1  # the line begins at ``position`` itself if this is a line end
    for chunk in objects.read(version, at, size=_PROBE):
        found = chunk.find(END)
        if found >= 0:
            return at + found + 1
        at += len(chunk)
    return version.size


def _is_gzip(version: ObjectVersion) -> bool:
    try:
        return b"".join(objects.read(version, end=len(MAGIC))) == MAGIC
    except UnreadableError:
        return True  # whoever reads it whole makes it one reject


def estimated_bytes(versions: Iterable[ObjectVersion]) -> int:
    """About how many bytes the objects have when decompressed."""
    return sum(v.size * (_GZIP_RATIO if v.name.endswith(".gz") else 1) for v in versions)


_GZIP_RATIO = 8
