"""The deploys of an environment, as its bucket remembers them.

``deploys/<id>/manifest.json`` is written once; each state that a deploy comes to is an object
beside it; ``deploys/current.json`` names the deploy whose files the bucket is to hold.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from atvos.deploy.bucket import BLOBS, Bucket
from atvos.deploy.errors import RefusedError
from atvos.deploy.manifest import Manifest

FOLDER = "deploys/"
CURRENT = f"{FOLDER}current.json"
KEPT = 20
"""How many deploys can be gone back to."""

_OBJECT = re.compile(r"deploys/(?P<id>\d{8}-\d{9}-[0-9a-f]{12})/(?P<name>[a-z-]+)\.json")
_MANIFEST = "manifest"


class State(StrEnum):
    """How far a deploy came. The later of two counts."""

    STARTED = "started"
    UPLOADED = "uploaded"
    LIVE = "live"
    FAILED = "failed"
    ROLLED_BACK = "rolled-back"


_ORDER = list(State)


@dataclass(frozen=True)
class History:
    """The deploys in ``bucket``. Every method raises what the client raises."""

    bucket: Bucket

    def states(self) -> dict[str, State]:
        """How far each deploy came, the newest deploy first."""
        found: dict[str, set[str]] = {}
        for name in self.bucket.listed(FOLDER):
            if parsed := _OBJECT.fullmatch(name):
                found.setdefault(parsed["id"], set()).add(parsed["name"])
        return {
            deploy_id: max(
                (state for state in State if state in found[deploy_id]),
                key=_ORDER.index,
                default=State.STARTED,
            )
            for deploy_id in sorted(found, reverse=True)
            if _MANIFEST in found[deploy_id]  # else it is half-forgotten
        }

    def manifest(self, deploy_id: str) -> Manifest:
        """The manifest of a deploy. RefusedError where it is not kept."""
        document = self.bucket.read(_name(deploy_id, _MANIFEST))
        if document is None:
            valid = ", ".join(self.states()) or "none: nothing was deployed yet"
            raise RefusedError(f"deploy {deploy_id!r} is not kept; valid: {valid}")
        return Manifest.from_json(document)

    def begin(self, manifest: Manifest) -> None:
        """Remember a deploy before anything of it is put in place."""
        self.bucket.write(_name(manifest.deploy_id, _MANIFEST), manifest.to_json())

    def note(self, deploy_id: str, state: State, text: str) -> None:
        """Remember that a deploy came to a state, and why."""
        said = {"at": datetime.now(UTC).isoformat(), "note": text}
        self.bucket.write(_name(deploy_id, state), said)

    def noted(self, deploy_id: str, state: State) -> str:
        """What was said of a state that a deploy came to; empty where nothing was."""
        return str((self.bucket.read(_name(deploy_id, state)) or {}).get("note", ""))

    def current(self) -> str | None:
        """The deploy whose files the bucket is to hold, None before the first."""
        document = self.bucket.read(CURRENT)
        return None if document is None else str(document["deploy"])

    def make_current(self, deploy_id: str) -> None:
        """Say that the bucket is to hold the files of that deploy."""
        said = {"deploy": deploy_id, "since": datetime.now(UTC).isoformat()}
        self.bucket.write(CURRENT, said)

    def prune(self, kept: int = KEPT) -> int:
        """Forget all but the newest deploys, the current one and the one before it.

        Contents that no kept manifest names go, too. Returns how many objects were removed.
        """
        listed = list(self.states())
        manifests = {name: self.manifest(name) for name in self._to_keep(listed, kept)}
        keep = set(manifests)
        named = {entry.sha256 for manifest in manifests.values() for entry in manifest.files}
        old = [
            name
            for name in self.bucket.listed(FOLDER)
            if (parsed := _OBJECT.fullmatch(name)) and parsed["id"] not in keep
        ]
        unnamed = [BLOBS + sha256 for sha256 in self.bucket.blobs() if sha256 not in named]
        # The manifests first: none that is there names a content that is gone.
        for name in [*old, *unnamed]:
            self.bucket.remove(name)
        return len(old) + len(unnamed)

    def _to_keep(self, listed: list[str], kept: int) -> set[str]:
        current = self.current()
        before = self.manifest(current).previous if current else None
        return {*listed[:kept], *(name for name in listed if name in (current, before))}

    def target_of_rollback(self) -> Manifest:
        """The deploy to go back to: the last good one. RefusedError where there is none.

        That is the current one where a later deploy was left half-finished, and else the one
        before it.
        """
        current = self.current()
        if current is None:
            raise RefusedError("nothing was deployed that could be gone back to")
        newest, state = next(iter(self.states().items()))
        if newest != current and state in (State.STARTED, State.UPLOADED, State.FAILED):
            return self.manifest(current)
        previous = self.manifest(current).previous
        if previous is None:
            raise RefusedError(f"{current} was the first deploy: there is none before it")
        return self.manifest(previous)

    def target(self, deploy_id: str) -> Manifest:
        """The deploy of that id. RefusedError where it is not kept or was never live."""
        manifest = self.manifest(deploy_id)
        good = [name for name, state in self.states().items() if state is State.LIVE]
        if deploy_id not in good:
            raise RefusedError(
                f"--to: deploy {deploy_id} was never live; valid: {', '.join(good) or 'none'}"
            )
        return manifest


def _name(deploy_id: str, name: str) -> str:
    return f"{FOLDER}{deploy_id}/{name}.json"
