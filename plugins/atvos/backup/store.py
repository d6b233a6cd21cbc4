"""Where backups are: a folder each in a bucket."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from atvos import names
from atvos.backup.manifest import BackupError, BackupFile, Manifest, MartCopy, is_id

if TYPE_CHECKING:
    from google.cloud import storage

_MANIFEST = "manifest.json"
_BLOCK = 1 << 20


class BackupStore:
    """The backups in one bucket. Raises what the client raises."""

    def __init__(self, client: storage.Client, bucket: str) -> None:
        self.bucket = bucket
        self._bucket = client.bucket(bucket)

    def put(self, backup_id: str, mart: str, number: int, file: Path) -> BackupFile:
        """Upload a mart's next file; Cloud Storage compares the checksum."""
        name = f"part-{number:05d}.parquet"
        blob = self._bucket.blob(names.backup_prefix(backup_id) + f"{mart}/{name}")
        blob.upload_from_filename(str(file), checksum="crc32c")
        return BackupFile(name, file.stat().st_size, crc32c_of(file))

    def finish(self, manifest: Manifest) -> str:
        """Write the manifest, which makes it a backup; its address."""
        name = names.backup_prefix(manifest.backup_id) + _MANIFEST
        content = manifest.to_json()
        self._bucket.blob(name).upload_from_string(
            content, content_type="application/json", if_generation_match=0
        )
        return names.gcs_uri(self.bucket, name)

    def all(self) -> Iterator[Manifest]:
        """Every backup, the oldest first."""
        prefix = names.backup_prefix("")
        for blob in self._bucket.list_blobs(prefix=prefix):
            folder, _, file = blob.name.removeprefix(prefix).partition("/")
            if file == _MANIFEST and is_id(folder):
                yield self.read(folder)

    def read(self, backup_id: str) -> Manifest:
        """The manifest of a backup. BackupError where there is none, or no sound one."""
        from google.cloud.exceptions import NotFound

        if not is_id(backup_id):
            raise BackupError(
                f"backup: found {backup_id!r}; valid: like 20261128T053000Z-0f1e2d, from "
                "`atvos backup list`"
            )
        blob = self._bucket.blob(names.backup_prefix(backup_id) + _MANIFEST)
        try:
            text = blob.download_as_text()
        except NotFound:
            raise BackupError(
                f"no backup {backup_id} in {self.bucket}; valid: one of `atvos backup list`"
            ) from None
        found = Manifest.from_json(text, names.gcs_uri(self.bucket, str(blob.name)))
        if found.backup_id != backup_id:
            raise BackupError(f"{blob.name}: backup_id: found {found.backup_id!r}")
        return found

    def uris(self, backup_id: str, copy: MartCopy) -> list[str]:
        """The addresses of a mart's files."""
        return [self._uri(backup_id, copy.mart, file.name) for file in copy.files]

    def problems(self, backup_id: str, copy: MartCopy) -> list[str]:
        """A line for each of the mart's files that is not what the manifest says."""
        found = []
        for file in copy.files:
            name = f"{names.backup_prefix(backup_id)}{copy.mart}/{file.name}"
            blob = self._bucket.get_blob(name)
            if blob is None:
                found.append(f"{name} is gone")
            elif (blob.size, blob.crc32c) != (file.size, file.crc32c):
                found.append(f"{name} is not what was written: other bytes are there")
        return found

    def _uri(self, backup_id: str, mart: str, file: str) -> str:
        return names.gcs_uri(self.bucket, f"{names.backup_prefix(backup_id)}{mart}/{file}")


def crc32c_of(file: Path) -> str:
    """The checksum as Cloud Storage writes it."""
    import google_crc32c

    checksum = google_crc32c.Checksum()
    with file.open("rb") as opened:
        while block := opened.read(_BLOCK):
            checksum.update(block)
    return base64.b64encode(checksum.digest()).decode()
