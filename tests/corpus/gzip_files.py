"""Gzip that is cut, damaged, joined, padded, nested, or only looks like gzip."""

from __future__ import annotations

import bz2
import gzip
import zlib
from collections.abc import Iterator

from tests.corpus.recipe import NOTHING, Part, Recipe, Shelf, Verdict, bad, gzipped, verdict
from tests.corpus.rows import HEADER, between, between_rows, line, row

KIND = "gzip"
_JSON = Shelf(KIND, "telemetry_events", ".json.gz")
_CSV = Shelf(KIND, "telemetry_events", ".csv.gz")
_HEAD = 10
_TRAILER = 8
"""Bytes before and after what a member of ``gzipped`` holds."""


def recipes() -> Iterator[Recipe]:
    """All of this kind."""
    yield from _whole()
    yield from _cut()
    yield from _damaged()
    yield from _no_gzip()


def _whole() -> Iterator[Recipe]:
    yield _JSON.zipped("one-member", *between("gz-one"))
    yield _CSV.zipped("one-member-of-rows", *between_rows("gz-rows"))
    yield Shelf(KIND, "telemetry_events", ".json").zipped(
        "under-a-plain-name", *between("gz-plain")
    )
    yield _JSON.made("plain-under-a-gz-name", *between("gz-no"))
    yield _JSON.raw("of-nothing", gzipped(b""), Verdict())
    yield _CSV.raw("of-no-rows", gzipped(b""), Verdict())
    yield _JSON.zipped("of-blank-lines", Part(b"\n \n\r\n", NOTHING))
    halves = [Part(line("gz-two", 1)), Part(line("gz-two", 2))]
    two = gzipped(halves[0].content) + gzipped(halves[1].content)
    yield _JSON.raw("two-members", two, verdict(halves))
    yield _JSON.raw("two-members-and-zeros", two + bytes(512), Verdict(duplicate=2))
    yield _split_line()
    yield _JSON.raw("with-an-empty-member", _with_empty("gz-hole"), verdict(_lines("gz-hole")))
    named = gzip.compress(line("gz-name", 1), mtime=0)
    named = named[:3] + b"\x08" + named[4:_HEAD] + b"../../etc/passwd\0" + named[_HEAD:]
    yield _JSON.raw("with-a-hostile-name-inside", named, verdict([Part(line("gz-name", 1))]))
    twice = gzipped(gzipped(line("gz-twice")).replace(b"\n", b"\r"))
    yield _JSON.raw("twice-packed", twice, Verdict(rejects=((0, ("encoding",)),)))


def _lines(device: str) -> list[Part]:
    return [Part(line(device, 1)), Part(line(device, 2))]


def _with_empty(device: str) -> bytes:
    first, second = (part.content for part in _lines(device))
    return gzipped(first) + gzipped(b"") + gzipped(second)


def _split_line() -> Recipe:
    """A member may end within a line."""
    content = line("gz-mid", 1) + line("gz-mid", 2)
    packed = gzipped(content[:100]) + gzipped(content[100:])
    return _JSON.raw("two-members-cut-in-a-line", packed, verdict(_lines("gz-mid")))


def _cut() -> Iterator[Recipe]:
    """Of a truncated member all that is there counts, and then one reject for the rest."""
    for lost in (1, 4, _TRAILER):
        parts = [*_lines(f"gz-cut-{lost}"), bad(b"", "unreadable")]
        packed = gzipped(b"".join(part.content for part in parts))[:-lost]
        yield _JSON.raw(f"cut-{lost}-bytes-before-the-end", packed, verdict(parts))
    whole = gzipped(line("gz-head"))
    for kept in (2, 3, 9, _HEAD):
        yield _JSON.raw(f"cut-after-{kept}-bytes", whole[:kept], _unreadable())
    rows = [HEADER, Part(row("gz-cut-row", 1)), Part(row("gz-cut-row", 2)), bad(b"", "unreadable")]
    packed = gzipped(b"".join(part.content for part in rows))[:-_TRAILER]
    yield _CSV.raw("rows-without-a-trailer", packed, verdict(rows))
    yield _CSV.raw(
        "a-header-without-a-trailer", gzipped(HEADER.content)[:-_TRAILER], _header_only()
    )
    parts = [*_lines("gz-second"), bad(b"", "unreadable")]
    first = gzipped(b"".join(part.content for part in parts))
    yield _JSON.raw("second-member-cut", first + whole[:5], verdict(parts))


def _header_only() -> Verdict:
    return Verdict(rejects=((len(HEADER.content), ("unreadable",)),))


def _damaged() -> Iterator[Recipe]:
    # What fails its checksum may be wrong anywhere, so no record of it can be trusted.
    for where, at in (("checksum", -_TRAILER), ("length", -4)):
        packed = bytearray(gzipped(line(f"gz-{where}")))
        packed[at] ^= 0xFF
        yield _JSON.raw(f"wrong-{where}", bytes(packed), _unreadable())
    whole = gzipped(line("gz-method"))
    yield _JSON.raw("unknown-method", whole[:2] + b"\x63" + whole[3:], _unreadable())
    flags = gzipped(line("gz-flags"))
    flags = flags[:3] + b"\xe0" + flags[4:]
    yield _JSON.raw("reserved-flags-hurt-nothing", flags, verdict([Part(line("gz-flags"))]))
    yield _JSON.raw("reserved-block", whole[:_HEAD] + b"\x07" + whole[_HEAD + 1 :], _unreadable())
    for what, tail in (("text", b"and then text\n"), ("json", line("gz-tail-lost"))):
        parts = [*_lines(f"gz-tail-{what}"), bad(b"", "unreadable")]
        first = gzipped(b"".join(part.content for part in parts))
        yield _JSON.raw(f"followed-by-{what}", first + tail, verdict(parts))
    parts = [*_lines("gz-member"), bad(b"", "unreadable")]
    first = gzipped(b"".join(part.content for part in parts))
    yield _JSON.raw(
        "second-member-damaged", first + whole[:2] + b"\x63" + whole[3:], verdict(parts)
    )


def _no_gzip() -> Iterator[Recipe]:
    """Other packing is no gzip, so its bytes are lines that are no records."""
    text = line("gz-other")
    for what, packed in (("zlib", zlib.compress(text)), ("bzip2", bz2.compress(text))):
        due = Verdict(rejects=((0, ("encoding",)),))
        yield _JSON.raw(f"{what}-and-not-gzip", packed.replace(b"\n", b"\r"), due)
    yield _JSON.raw("one-byte-of-the-magic", b"\x1f", Verdict(rejects=((0, ("malformed_json",)),)))


def _unreadable() -> Verdict:
    return Verdict(rejects=((0, ("unreadable",)),))
