"""The secret key of pseudonyms: every process that needs it reads it itself.

It is never part of the pipeline, which would have it stored with the job.
"""

from __future__ import annotations

import os
from functools import lru_cache
from typing import TYPE_CHECKING

from atvos.contract import Feed, Protection

if TYPE_CHECKING:
    from google.cloud.secretmanager import SecretManagerServiceClient

VARIABLE = "ATVOS_PII_KEY"
SHORTEST = 32
"""Characters that a key has at least."""


class KeyRefusedError(Exception):
    """There is no key, or none that will do. Says what to set, and never the key."""


def key_of(feed: Feed, secret: str | None) -> bytes | None:
    """The key that the feed's pseudonyms need; None where it has none.

    ``secret`` names the version of a secret; without it the environment has the key.
    KeyRefusedError where it has not, or the key is too short.
    """
    if Protection.HASH not in feed.protections:
        return None
    if secret is None:
        return _checked(os.environ.get(VARIABLE, ""), f"environment variable {VARIABLE}")
    return _checked(_secret(secret), secret)


def check(feed: Feed, secret: str | None) -> None:
    """KeyRefusedError where the feed needs a key that the job's processes surely lack.

    A secret is not read here: the workers' account may read it, who launches the job need not.
    """
    if secret is None:
        key_of(feed, None)


def _checked(key: str, origin: str) -> bytes:
    if len(key) < SHORTEST:
        found = f"{len(key)} characters" if key else "nothing"
        raise KeyRefusedError(
            f"{origin}: found {found}; valid: a key of {SHORTEST} characters or more, in "
            f"{VARIABLE} or in the secret that --pii_key_secret names, as the feed has columns "
            "with protection: hash"
        )
    return key.encode()


@lru_cache(maxsize=8)
def _secret(name: str) -> str:
    return str(_client().access_secret_version(name=name).payload.data.decode())


def _client() -> SecretManagerServiceClient:
    """Imported late, as only feeds with pseudonyms need it."""
    from google.cloud.secretmanager import SecretManagerServiceClient  # noqa: PLC0415

    return SecretManagerServiceClient()
