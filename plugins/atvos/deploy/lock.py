"""One deploy of an environment at a time: an object in its bucket that only one can create."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from google.api_core.exceptions import NotFound, PreconditionFailed

from atvos.deploy.bucket import Bucket
from atvos.deploy.errors import DeployError, RefusedError

NAME = "deploys/lock.json"
_MINUTE = 60


class Lock:
    """The lock of a bucket, held while the block runs.

    RefusedError on entering where somebody else holds it, with who, since when, and what to do.
    """

    def __init__(self, bucket: Bucket, environment: str, owner: str, commit: str) -> None:
        """Nothing is asked or written yet."""
        self._bucket = bucket
        self._environment = environment
        self._owner = owner
        self._commit = commit
        self._generation: int | None = None

    def __enter__(self) -> Self:
        """Take it."""
        # The emulator would let two in: it knows no preconditions.
        refuse_if_held(self._bucket, self._environment)
        said = {
            "owner": self._owner,
            "host": socket.gethostname(),
            "started": datetime.now(UTC).isoformat(),
            "commit": self._commit,
        }
        try:
            self._generation = self._bucket.create(NAME, said)
        except PreconditionFailed:
            refuse_if_held(self._bucket, self._environment)
            raise RefusedError(
                f"another deploy of {self._environment} has just ended: run it again"
            ) from None
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give it back, unless somebody has broken it."""
        generation, self._generation = self._generation, None
        if generation is not None and self._bucket.generation(NAME) == generation:
            with suppress(NotFound, PreconditionFailed):
                self._bucket.delete_generation(NAME, generation)

    def check(self) -> None:
        """DeployError where the lock is not held any more."""
        if self._generation is None or self._bucket.generation(NAME) != self._generation:
            raise DeployError(
                f"somebody has broken the lock of {self._environment} (`atvos deploy status "
                f"--env {self._environment}`): this deploy stops where it is"
            )


def holder(bucket: Bucket) -> dict[str, Any] | None:
    """What the holder says of itself, None where nobody holds the lock."""
    return bucket.read(NAME)


def refuse_if_held(bucket: Bucket, environment: str) -> None:
    """RefusedError where somebody holds the lock."""
    held = holder(bucket)
    if held is not None:
        raise RefusedError(
            f"{described(held, environment)}. Wait for it; if it is dead: "
            f"atvos deploy unlock --env {environment} --owner-was {held['owner']}"
        )


def described(held: Mapping[str, Any], environment: str) -> str:
    """Who holds the lock, and since when."""
    started = datetime.fromisoformat(held["started"])
    minutes = int((datetime.now(UTC) - started).total_seconds() // _MINUTE)
    return (
        f"{held['owner']} on {held['host']} deploys {held['commit'][:12]} to {environment} "
        f"since {started:%Y-%m-%d %H:%M:%S} UTC ({minutes} min)"
    )


def break_lock(bucket: Bucket, environment: str, owner_was: str) -> str:
    """Remove the lock of ``owner_was``, and say whose it was. RefusedError where it is not that."""
    held = holder(bucket)
    if held is None:
        raise RefusedError(f"nobody holds the lock of {environment}")
    if held["owner"] != owner_was:
        raise RefusedError(f"--owner-was: found {owner_was!r}; valid: {held['owner']}")
    bucket.remove(NAME)
    return described(held, environment)
