"""Whether infra/identities.tf grants what the code needs, and nothing more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from local.layout import REPOSITORY
from tests.infra.configuration import Configuration

Grant = tuple[str, str, str]
"""Identity, on what, role."""

FILE = Path(__file__).with_name("needs.yaml")


@dataclass(frozen=True)
class Need:
    """What a file of the code needs, for as long as ``text`` is in it."""

    grants: frozenset[Grant]
    file: str
    text: str


def load(file: Path = FILE) -> list[Need]:
    """The needs of a file."""
    return [
        Need(
            frozenset((entry["who"], need["what"], need["role"]) for need in entry["needs"]),
            entry["in"],
            entry["seen"],
        )
        for entry in yaml.safe_load(file.read_text(encoding="utf-8"))
    ]


def stale(needs: Sequence[Need], root: Path = REPOSITORY) -> Iterator[str]:
    """Needs of which the code shows nothing any more."""
    for need in needs:
        if need.text not in (root / need.file).read_text(encoding="utf-8"):
            yield f"{need.file} has no {need.text!r}: are {sorted(need.grants)} still needed?"


def problems(found: Configuration, needs: Sequence[Need]) -> Iterator[str]:
    """What is needed and not granted, and what is granted and not needed."""
    asked = frozenset[Grant]().union(*(need.grants for need in needs))
    given = granted(found)
    for who, what, role in sorted(asked - given):
        yield f"{who} needs {role} on {what}"
    for who, what, role in sorted(given - asked):
        yield f"{who} has {role} on {what}, and nothing in needs.yaml needs it"


def granted(found: Configuration) -> set[Grant]:
    """What identities.tf gives, by its tables."""
    there = found.locals()
    project = there["project_roles"].items()
    datasets = there["dataset_roles"].items()
    return {
        *((who, "project", role) for who, roles in project for role in roles),
        *((who, f"dataset {name}", role) for who, d in datasets for name, role in d.items()),
        *((who, "repository", role) for who, role in there["repository_roles"].items()),
        *_buckets(found),
        *_secrets(found),
        *_accounts(found),
        *_creators(found),
    }


def _buckets(found: Configuration) -> Iterator[Grant]:
    for who, buckets in found.locals()["bucket_roles"].items():
        for bucket, grant in buckets.items():
            below = f" below {grant['prefix']}" if grant["prefix"] else ""
            yield who, f"bucket {bucket}{below}", grant["role"]


def _secrets(found: Configuration) -> Iterator[Grant]:
    role = found.resource("google_secret_manager_secret_iam_member", "this")["role"]
    for who, secrets in found.locals()["secret_readers"].items():
        for secret in secrets:
            yield who, f"secret {secret.replace('${local.pii_secret}', 'pii')}", role


def _accounts(found: Configuration) -> Iterator[Grant]:
    role = found.resource("google_service_account_iam_member", "acts_as")["role"]
    for who, accounts in found.locals()["acts_as"].items():
        for account in accounts:
            yield who, f"account {account}", role


def _creators(found: Configuration) -> Iterator[Grant]:
    """The one role of our own that is in a table."""
    role = found.resource("google_project_iam_custom_role", "dataset_creator")["role_id"]
    yield from ((who, "project", role) for who in found.locals()["dataset_creators"])
