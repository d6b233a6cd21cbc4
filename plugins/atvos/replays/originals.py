"""Reads single records of an object again, at the positions that quarantine gives.

The curate job's own readers stay with the job: they read whole objects, in blocks. These agree
with them on where a record ends, which the tests hold against them.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Callable, Iterator
from typing import IO, TYPE_CHECKING, Any, TypeVar

from atvos.contract import Source, SourceFormat
from atvos.replays.core import Place

if TYPE_CHECKING:
    from google.cloud import storage

T = TypeVar("T")

MAX_RECORD = 16 << 20
"""Bytes that a record may have; the curate job rejects a longer one as too long."""

_CHUNK = 1 << 20
_GZIP_MAGIC = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"
# As lenient as the curate job is when it looks for the end of an element.
_ELEMENT = json.JSONDecoder(strict=False, parse_int=float)


class GoneError(LookupError):
    """The original of a record cannot be read any more. Says why."""


class Original:
    """The records of one object. Positions are best asked for in rising order."""

    def __init__(self, stream: IO[bytes], source: Source) -> None:
        """``stream`` can seek, and has the object as it is stored, gzip included."""
        packed = stream.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
        stream.seek(0)
        self._stream = gzip.GzipFile(fileobj=stream) if packed else stream
        self._source = source

    def header(self) -> bytes:
        """The line that names the columns of a CSV; empty where the contract does, and of JSON."""
        if self._source.format is not SourceFormat.CSV or self._source.header is not None:
            return b""
        self._seek(0)
        if self._read(len(_BOM)) != _BOM:
            self._seek(0)
        while True:
            row, has_fields = self._row()
            if has_fields or not row:  # an empty line is no header
                return _without_end(row)

    def record(self, position: int) -> bytes:
        """The record that begins there, without a line end. GoneError where nothing does."""
        self._seek(position)
        match self._source.format:
            case SourceFormat.NDJSON:
                found = _without_end(self._line())
            case SourceFormat.CSV:
                found = _without_end(self._row()[0])
            case SourceFormat.JSON_ARRAY:
                found = self._element()
        if not found:
            raise GoneError(f"nothing begins at byte {position}")
        return found

    def _row(self) -> tuple[bytes, bool]:
        """The next CSV row, quoted line ends included, and whether it has any fields."""
        lines: list[bytes] = []

        def texts() -> Iterator[str]:
            while line := self._line():
                lines.append(line)
                yield line.decode(self._source.encoding, "surrogateescape")

        csv.field_size_limit(2 * MAX_RECORD)
        fields: list[str] | None = None
        try:
            fields = next(csv.reader(texts(), delimiter=self._source.delimiter), None)
        except csv.Error:  # a row that could not be read is one all the same
            return b"".join(lines), True
        return b"".join(lines), bool(fields)

    def _element(self) -> bytes:
        text, size = "", _CHUNK
        while len(text) <= MAX_RECORD:
            more = self._read(size).decode("latin-1")
            text += more
            try:
                _, end = _ELEMENT.raw_decode(text)
            except (ValueError, RecursionError):
                end = None
            # A number that ends where the text does may have more digits.
            if end is not None and (end < len(text) or not more):
                return text[:end].encode("latin-1")
            if not more:
                break
            size *= 2
        raise GoneError("no whole element begins there")

    def _line(self) -> bytes:
        return self._guarded(self._stream.readline, MAX_RECORD + 2)

    def _read(self, size: int) -> bytes:
        return self._guarded(self._stream.read, size)

    def _seek(self, position: int) -> None:
        self._guarded(self._stream.seek, position)

    def _guarded(self, call: Callable[[int], T], argument: int) -> T:
        try:
            return call(argument)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise GoneError(f"damaged gzip: {error}") from error


def _without_end(line: bytes) -> bytes:
    return line.removesuffix(b"\n").removesuffix(b"\r")


def opened(client: storage.Client, place: Place, source: Source) -> Original:
    """The object of a place. GoneError where that generation of it is not there any more."""
    from google.api_core.exceptions import Forbidden

    try:
        blob = client.bucket(place.bucket).get_blob(place.object, generation=place.generation)
    except Forbidden as error:  # people may list what landed, and mostly no more
        raise GoneError(f"gs://{place.bucket}/{place.object} may not be read") from error
    # The emulator gives the live generation, whichever is asked for.
    if blob is None or int(blob.generation) != place.generation:
        raise GoneError(
            f"generation {place.generation} of gs://{place.bucket}/{place.object} is gone"
        )
    return Original(io.BufferedReader(_Stored(blob), _CHUNK), source)


class _Stored(io.RawIOBase):
    """The stored bytes of a blob, asked for as they are read."""

    def __init__(self, blob: storage.Blob) -> None:
        super().__init__()
        self._blob = blob
        self._size = int(blob.size or 0)
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        from google.api_core.exceptions import NotFound

        end = min(self._at + len(buffer), self._size)
        if self._at >= end:
            return 0
        try:
            # Raw: offsets are of the object as it is stored.
            found = self._blob.download_as_bytes(
                start=self._at, end=end - 1, raw_download=True, checksum=None
            )
        except NotFound as error:
            raise GoneError(f"gs://{self._blob.bucket.name}/{self._blob.name} is gone") from error
        buffer[: len(found)] = found
        self._at += len(found)
        return len(found)
