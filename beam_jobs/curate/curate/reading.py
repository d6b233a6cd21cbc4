"""Reads the records of a range of an object, whatever format it has."""

from __future__ import annotations

from atvos.batch import ObjectVersion
from atvos.contract import Feed, SourceFormat, reasons
from curate import csv_table, json_array, ndjson, objects
from curate.gunzip import decompressed
from curate.judge import header_names
from curate.lines import whole_lines
from curate.ranges import Range
from curate.records import Fault, Records, UnreadableError


def read(version: ObjectVersion, part: Range, feed: Feed, size: int) -> Records:
    """The records of one range, in blocks of about ``size`` bytes."""
    source = feed.source_of(version.name)
    if part.end is not None:
        return _read_part(version, part.start, part.end, size)
    chunks = decompressed(objects.read(version), size)
    match source.format:
        case SourceFormat.NDJSON:
            return ndjson.read(whole_lines(chunks))
        case SourceFormat.JSON_ARRAY:
            return json_array.read(chunks, size)
        case SourceFormat.CSV:
            return csv_table.read(whole_lines(chunks), source, header_names(feed))


def _read_part(version: ObjectVersion, start: int, end: int, size: int) -> Records:
    """The lines of a part. The job fails if the object is gone now: it was there a moment ago.

    Its next try finds it gone as a whole, and makes that one reject.
    """
    for item in ndjson.read(whole_lines(objects.read(version, start, end, size), start)):
        if isinstance(item, Fault) and item.reason == reasons.UNREADABLE:
            raise UnreadableError(f"{version.name} vanished while it was read")
        yield item
