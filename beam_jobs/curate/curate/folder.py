"""The files of a batch's folder, in Cloud Storage or on the local disk."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO
from uuid import uuid4

from atvos.batch import Batch
from atvos.contract import Feed, load_feed
from curate.objects import storage_client

MANIFEST = "manifest.json"
STATS = "stats.json"
OBJECTS = "objects.ndjson"
_SCHEME = "gs://"


@dataclass(frozen=True, slots=True)
class Folder:
    """A batch's folder, or the part of it that one run writes; ``uri`` is ``gs://bucket/path`` or
    a local path."""

    uri: str
    part: str = ""

    def file(self, name: str) -> str:
        """The URI of a file in the folder."""
        return f"{self.uri.rstrip('/')}/{self.part}{name}"

    def for_run(self) -> Folder:
        """A part for one run: another run of the batch may go on, and must not meet its files.

        A local folder has one run at a time, and no parts.
        """
        return replace(self, part=f"runs/{uuid4().hex}/") if self.uri.startswith(_SCHEME) else self

    @property
    def whole(self) -> Folder:
        """The batch's folder."""
        return replace(self, part="")

    def exists(self, name: str) -> bool:
        """Whether the file is there."""
        if not self.uri.startswith(_SCHEME):
            return Path(self.file(name)).exists()
        bucket, path = self._split(name)
        return bool(storage_client().bucket(bucket).blob(path).exists())

    def read(self, name: str) -> bytes:
        """The file's content; FileNotFoundError where there is none."""
        if not self.uri.startswith(_SCHEME):
            return Path(self.file(name)).read_bytes()
        from google.api_core.exceptions import NotFound  # noqa: PLC0415  only where it is used

        bucket, path = self._split(name)
        try:
            return bytes(storage_client().bucket(bucket).blob(path).download_as_bytes())
        except NotFound as error:
            raise FileNotFoundError(self.file(name)) from error

    @contextmanager
    def create(self, name: str) -> Iterator[IO[bytes]]:
        """A file to write; it takes its place as a whole when the block ends without error."""
        with tempfile.NamedTemporaryFile() as spool:
            yield spool.file
            spool.flush()
            spool.seek(0)
            self._place(name, spool.file)

    def create_first(self, name: str, content: bytes) -> bool:
        """Write a file where there is none; False where another run was first."""
        if self.exists(name):  # the emulator knows no preconditions
            return False
        if not self.uri.startswith(_SCHEME):
            with self.create(name) as file:
                file.write(content)
            return True
        from google.api_core.exceptions import PreconditionFailed  # noqa: PLC0415  where it is used

        bucket, path = self._split(name)
        blob = storage_client().bucket(bucket).blob(path)
        try:
            blob.upload_from_string(content, "application/json", if_generation_match=0)
        except PreconditionFailed:
            return False
        return True

    def _place(self, name: str, content: IO[bytes]) -> None:
        if self.uri.startswith(_SCHEME):
            bucket, path = self._split(name)
            storage_client().bucket(bucket).blob(path).upload_from_file(content)
            return
        target = Path(self.file(name))
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f"{target.name}.{uuid4().hex}.partial")
        with partial.open("wb") as file:
            while chunk := content.read(1 << 20):
                file.write(chunk)
        partial.replace(target)

    def _split(self, name: str) -> tuple[str, str]:
        bucket, _, path = self.file(name).removeprefix(_SCHEME).partition("/")
        return bucket, path


def read_batch(folder: Folder) -> Batch:
    """The batch of the folder's manifest; ValueError where that is broken."""
    try:
        return Batch.from_json(folder.read(MANIFEST))
    except (KeyError, TypeError) as error:
        raise ValueError(f"{folder.file(MANIFEST)} lacks or has too much: {error}") from error
    except ValueError as error:
        raise ValueError(f"{folder.file(MANIFEST)}: {error}") from error


def read_contract(folder: Folder, feed: str) -> Feed:
    """The contract as it was when the batch was made; ContractError where it is refused."""
    name = f"{feed}.odcs.yaml"
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / name
        file.write_bytes(folder.read(name))
        return load_feed(file)
