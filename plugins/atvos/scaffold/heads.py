"""Reads the beginning of a file, whatever state it is in."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path

MAX_BYTES = 8 << 20
"""Bytes, decompressed, that are looked at of a file."""
_CHUNK = 64 << 10
_GZIP = b"\x1f\x8b"
_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class SampleError(ValueError):
    """Files from which no contract can be made; says which, why, and what would do."""


@dataclass(frozen=True, slots=True)
class Head:
    """The bytes at the beginning of a file, without gzip and byte order mark.

    ``whole`` says that nothing follows them, ``damage`` is what stopped the reading, if anything.
    """

    file: Path
    content: bytes = field(repr=False)
    whole: bool
    damage: str | None = None


def read_head(file: Path, size: int = MAX_BYTES) -> Head:
    """The first ``size`` bytes. SampleError for a file that is absent or of UTF-16."""
    try:
        with file.open("rb") as raw:
            packed = raw.read(len(_GZIP)) == _GZIP
            raw.seek(0)
            stream = gzip.GzipFile(fileobj=raw) if packed else raw
            content, damage = _read(stream, size + 1)
    except OSError as error:
        raise SampleError(f"{file}: {error.strerror or error}; valid: a readable file") from None
    if content.startswith(_UTF16_MARKS):
        raise SampleError(f"{file}: found UTF-16; valid: a file in UTF-8 or Latin-1")
    whole = len(content) <= size
    return Head(file, content[:size].removeprefix(_UTF8_MARK), whole, damage)


def _read(stream: gzip.GzipFile | BufferedReader, size: int) -> tuple[bytes, str | None]:
    """Up to ``size`` bytes, and the damage that ended them early."""
    parts: list[bytes] = []
    left = size
    try:
        while left and (part := stream.read1(min(left, _CHUNK))):
            parts.append(part)
            left -= len(part)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        return b"".join(parts), "damaged gzip"
    return b"".join(parts), None
