"""What one deploy puts into the bucket, file by file: a record that is never changed."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from atvos.deploy import files


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """One object: ``size`` in bytes, ``md5`` in base64 like Cloud Storage's, ``sha256`` in hex."""

    path: str
    size: int
    md5: str
    sha256: str

    @classmethod
    def of(cls, path: str, content: bytes) -> Entry:
        """The entry of an object with that content."""
        md5 = hashlib.md5(content, usedforsecurity=False).digest()
        return cls(
            path,
            len(content),
            base64.b64encode(md5).decode(),
            hashlib.sha256(content).hexdigest(),
        )


@dataclass(frozen=True, slots=True)
class Manifest:
    """One deploy.

    ``dags`` is the object of each DAG id that is defined. ``previous`` is the deploy that was
    current when this one began, None for the first; ``restores`` is the deploy that a roll-back
    brings back.
    """

    deploy_id: str
    commit: str
    created_at: datetime
    owner: str
    previous: str | None
    dags: Mapping[str, str]
    files: tuple[Entry, ...]
    restores: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The record, as JSON has it."""
        return asdict(self) | {"created_at": self.created_at.isoformat()}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Manifest:
        """The manifest that ``to_json`` made. KeyError or TypeError where it is none."""
        return cls(
            **{
                **document,
                "created_at": datetime.fromisoformat(document["created_at"]),
                "files": tuple(Entry(**entry) for entry in document["files"]),
            }
        )


@dataclass(frozen=True, slots=True)
class Origin:
    """Which commit is deployed, by whom, and when."""

    commit: str
    owner: str
    at: datetime

    @property
    def deploy_id(self) -> str:
        """The name of the deploy: sorted by it, deploys are sorted by time."""
        return f"{self.at:%Y%m%d-%H%M%S}{self.at.microsecond // 1000:03d}-{self.commit[:12]}"

    def release(self) -> bytes:
        """The content of dags/release.json."""
        said = {
            "commit": self.commit,
            "deployed_at": self.at.isoformat(),
            "deployed_by": self.owner,
        }
        return json.dumps(said, indent=1).encode()


def new(
    origin: Origin,
    entries: Iterable[Entry],
    dags: Mapping[str, str],
    previous: str | None,
    restores: str | None = None,
) -> Manifest:
    """The manifest of a deploy of ``entries``, with a release.json of its own."""
    others = [entry for entry in entries if entry.path != files.RELEASE]
    release = Entry.of(files.RELEASE, origin.release())
    return Manifest(
        deploy_id=origin.deploy_id,
        commit=origin.commit,
        created_at=origin.at,
        owner=origin.owner,
        previous=previous,
        dags=dict(sorted(dags.items())),
        files=tuple(sorted([*others, release])),
        restores=restores,
    )
