"""What must hold of infra/ whatever it is for. Every rule gives a line for what breaks it."""

import re
from collections.abc import Iterator
from typing import Any

from atvos import names
from tests.infra.configuration import Configuration

ALLOWED_ADMINS = {
    "google_project_iam_member.engineers_sandboxes": (
        "roles/storage.admin",
        "who makes a sandbox's buckets deletes them again; of others the condition keeps them",
    ),
}
"""Roles that may do everything with something, each with the reason for it."""

_ROLE = re.compile(r"roles/[\w.]+")
_BASIC = frozenset({"roles/owner", "roles/editor", "roles/viewer"})
_EVERYBODY = ("0.0.0.0/0", "::/0", "allUsers", "allAuthenticatedUsers")
_PERSON = re.compile(r"\b(user|domain):")
_ADMIN = re.compile(r"roles/\w+\.\w*([aA]dmin|[oO]wner)")


def buckets(found: Configuration) -> Iterator[str]:
    """A bucket has permissions by IAM alone, is never public, and forgets something."""
    for name, body in _of(found, "google_storage_bucket"):
        if body.get("uniform_bucket_level_access") is not True:
            yield f"bucket {name}: uniform_bucket_level_access is not true"
        if body.get("public_access_prevention") != "enforced":
            yield f"bucket {name}: public_access_prevention is not enforced"
        if not body.get("lifecycle_rule"):
            yield f"bucket {name}: no lifecycle_rule"
        if body.get("location") != "${local.region}":
            yield f"bucket {name}: location {body.get('location')} is not the environment's"


def datasets(found: Configuration) -> Iterator[str]:
    """The datasets are those that the code names, and none goes with what is in it."""
    there = found.locals().get("datasets", {})
    if set(there) != set(names.ROLES):
        yield f"datasets: found {sorted(there)}; valid: {sorted(names.ROLES)}"
    for name, body in _of(found, "google_bigquery_dataset"):
        if body.get("delete_contents_on_destroy") is not False:
            yield f"dataset {name}: delete_contents_on_destroy is not false"
        if body.get("dataset_id") != "${each.key}${local.suffix}":
            yield f"dataset {name}: dataset_id {body.get('dataset_id')} has no suffix"


def kept(found: Configuration) -> Iterator[str]:
    """What cannot be made again is not destroyed by a plan that nobody has read."""
    for kind, name in (
        ("google_bigquery_dataset", "this"),
        ("google_compute_disk", "monitoring"),
        ("google_secret_manager_secret", "this"),
        ("google_storage_bucket", "landing"),
    ):
        lifecycle = found.resource(kind, name).get("lifecycle", [{}])
        if lifecycle[0].get("prevent_destroy") is not True:
            yield f"{kind}.{name}: prevent_destroy is not true"


def roles(found: Configuration) -> Iterator[str]:
    """No role is wider than what it is for, unless a reason is given."""
    for role in sorted(set(_ROLE.findall(found.text)) & _BASIC):
        yield f"{role} is given: it is for everything in the project"
    for kind, name, body in found.resources():
        address = f"{kind}.{name}"
        if kind.endswith(("_iam_binding", "_iam_policy")):
            yield f"{address}: takes away what others have given; valid: {kind[:-7]}_member"
        if _ADMIN.fullmatch(str(body.get("role", ""))):
            allowed = ALLOWED_ADMINS.get(address, ("", ""))[0]
            if allowed != body["role"] or not body.get("condition"):
                yield f"{address}: {body['role']} is given without a reason and a condition"
    for value in _texts(list(found.locals().values())):
        if _ADMIN.fullmatch(value):
            yield f"locals: {value} is given without a reason"


def everybody(found: Configuration) -> Iterator[str]:
    """Nothing is open to everybody, and nobody is named."""
    for value in _texts([body for _, body in found.blocks]):
        if any(word in value for word in _EVERYBODY):
            yield f"{value}: open to everybody"
        if _PERSON.search(value):
            yield f"{value}: names a person; valid: group: or a service account"


def network(found: Configuration) -> Iterator[str]:
    """What gets in is said, by a range and to whom; no machine has an external address."""
    for name, body in _of(found, "google_compute_firewall"):
        if not body.get("source_ranges"):
            yield f"firewall {name}: no source_ranges"
        if not body.get("target_service_accounts") and not body.get("target_tags"):
            yield f"firewall {name}: for every machine"
        for allowed in body.get("allow", []):
            if not allowed.get("ports"):
                yield f"firewall {name}: every port of {allowed.get('protocol')}"
    for name, body in _of(found, "google_compute_subnetwork"):
        if body.get("private_ip_google_access") is not True:
            yield f"subnetwork {name}: private_ip_google_access is not true"
    for name, body in _of(found, "google_compute_instance"):
        if any("access_config" in interface for interface in body["network_interface"]):
            yield f"instance {name}: an external address"


def secrets(found: Configuration) -> Iterator[str]:
    """Of a secret there is its name, and never a value."""
    for kind, name, _ in found.resources():
        if kind in ("google_secret_manager_secret_version", "google_service_account_key"):
            yield f"{kind}.{name}: its value would be in the state"
    for _, name, body in found.resources():
        for argument in body:
            if re.search(r"password|private_key|secret_data", argument):
                yield f"{name}: {argument} would be in the state"


def budget(found: Configuration) -> Iterator[str]:
    """People are told at half of the budget, at 90 % and when it is spent."""
    body = found.resource("google_billing_budget", "this")
    told = [rules["threshold_rules"]["for_each"] for rules in body.get("dynamic", [])]
    if told != [[0.5, 0.9, 1.0]]:
        yield f"budget: thresholds {told}; valid: 0.5, 0.9 and 1.0"


ALL = (buckets, datasets, kept, roles, everybody, network, secrets, budget)


def _of(found: Configuration, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    yield from ((name, body) for k, name, body in found.resources() if k == kind)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str):
        yield value
