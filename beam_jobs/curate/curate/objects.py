"""Reads the bytes of exactly one generation of an object, from Cloud Storage or a local folder."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from atvos.batch import ObjectVersion
from curate.records import UnreadableError

if TYPE_CHECKING:
    from google.cloud.storage import Client

READ_SIZE = 8 << 20
"""Bytes that are asked for at once."""


@lru_cache(maxsize=1)
def storage_client() -> Client:
    """This process's client; anonymous where STORAGE_EMULATOR_HOST is set.

    Imported late, as a batch in a local folder needs none.
    """
    from google.cloud.storage import Client  # noqa: PLC0415

    return Client()


def read(
    version: ObjectVersion, start: int = 0, end: int | None = None, size: int = READ_SIZE
) -> Iterator[bytes]:
    """The stored bytes from ``start`` up to ``end`` (None: to the last), ``size`` at once.

    UnreadableError where this generation of the object is not there any more. An object
    whose bucket is a path (it has a slash, which no bucket has) is a file in that folder.
    """
    end = version.size if end is None else min(end, version.size)
    fetch = _read_file if "/" in version.bucket else _read_blob
    return fetch(version, min(start, end), end, size)


def _read_file(version: ObjectVersion, start: int, end: int, size: int) -> Iterator[bytes]:
    try:
        with (Path(version.bucket) / version.name).open("rb") as file:
            file.seek(start)
            while chunk := file.read(min(size, end - file.tell())):
                yield chunk
    except FileNotFoundError as error:
        raise UnreadableError("the object is gone") from error


def _read_blob(version: ObjectVersion, start: int, end: int, size: int) -> Iterator[bytes]:
    from google.api_core.exceptions import NotFound  # noqa: PLC0415  only where it is used

    bucket = storage_client().bucket(version.bucket)
    blob = bucket.blob(version.name, generation=version.generation)
    for first in range(start, end, size):
        last = min(first + size, end) - 1
        try:
            # Raw: an object with Content-Encoding gzip must come as it is stored, or the
            # offsets would mean nothing. Checksums are of whole objects only.
            yield blob.download_as_bytes(start=first, end=last, raw_download=True, checksum=None)
        except NotFound as error:
            raise UnreadableError("this generation of the object is gone") from error
