"""The environment's bucket: what lies there, and every way in which a deploy changes it.

Contents are kept once, by their hash, in ``deploys/blobs/``; what Airflow sees is copied from
there within Cloud Storage. So a roll-back needs no repository.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from google.api_core.exceptions import NotFound
from google.cloud import storage
from google.cloud.storage.retry import DEFAULT_RETRY

from atvos.deploy import files
from atvos.deploy.manifest import Entry

BLOBS = "deploys/blobs/"


@dataclass(frozen=True)
class Bucket:
    """The bucket of that name. Every method raises what the client raises."""

    client: storage.Client
    name: str

    def deployed(self) -> dict[str, str | None]:
        """The MD5 of every object that Airflow is given, None where it has none."""
        found: dict[str, str | None] = {}
        for prefix in files.PLACES:
            found |= self.listed(prefix)
        return found

    def listed(self, prefix: str) -> dict[str, str | None]:
        """The MD5 of every object whose name begins with ``prefix``."""
        blobs = self.client.list_blobs(self.name, prefix=prefix)
        return {blob.name: blob.md5_hash for blob in blobs}

    def blobs(self) -> dict[str, str | None]:
        """The MD5 of every content that is kept, by its SHA-256."""
        return {name.removeprefix(BLOBS): md5 for name, md5 in self.listed(BLOBS).items()}

    def keep(self, entry: Entry, content: bytes) -> None:
        """Keep a content; nothing is there of an upload that breaks off."""
        blob = self._blob(BLOBS + entry.sha256)
        # Writing the same again does no harm, so it may be tried again.
        blob.upload_from_string(
            content, "application/octet-stream", checksum="md5", retry=DEFAULT_RETRY
        )

    def place(self, entry: Entry) -> None:
        """Give Airflow a content that is kept."""
        source, target = self._blob(BLOBS + entry.sha256), self._blob(entry.path)
        token, _, _ = target.rewrite(source, retry=DEFAULT_RETRY)
        while token:
            token, _, _ = target.rewrite(source, token=token, retry=DEFAULT_RETRY)

    def remove(self, name: str) -> None:
        """Remove an object, if it is there."""
        try:
            self._blob(name).delete(retry=DEFAULT_RETRY)
        except NotFound:
            return

    def read(self, name: str) -> dict[str, Any] | None:
        """The JSON of an object, None where there is no such object."""
        try:
            text = self._blob(name).download_as_bytes()
        except NotFound:
            return None
        document: dict[str, Any] = json.loads(text)
        return document

    def write(self, name: str, document: Mapping[str, Any]) -> None:
        """Write JSON, over what is there."""
        self._blob(name).upload_from_string(
            _text(document), "application/json", retry=DEFAULT_RETRY
        )

    def create(self, name: str, document: Mapping[str, Any]) -> int:
        """Write JSON where nothing is, and return its generation.

        PreconditionFailed where something is. The emulator knows no preconditions.
        """
        blob = self._blob(name)
        blob.upload_from_string(_text(document), "application/json", if_generation_match=0)
        return int(blob.generation)

    def generation(self, name: str) -> int | None:
        """The generation of an object, None where there is none."""
        blob = self.client.bucket(self.name).get_blob(name)
        return None if blob is None else int(blob.generation)

    def delete_generation(self, name: str, generation: int) -> None:
        """Remove that generation. NotFound or PreconditionFailed where it is not there."""
        self._blob(name).delete(if_generation_match=generation)

    def _blob(self, name: str) -> storage.Blob:
        return self.client.bucket(self.name).blob(name)


def _text(document: Mapping[str, Any]) -> str:
    return json.dumps(document, indent=1)
