"""What infra/ says: what the provider knows, what is safe, and what the code needs."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from local.layout import REPOSITORY
from tests.infra import configuration, needs, rules, schema_rules
from tests.infra.configuration import Configuration, changed, parse

Rule = Callable[[Configuration], Iterator[str]]


@pytest.fixture(scope="module")
def ours() -> Configuration:
    return configuration.load()


@pytest.mark.parametrize(
    "rule", [*rules.ALL, schema_rules.arguments, schema_rules.references], ids=lambda r: r.__name__
)
def test_infra_keeps_every_rule(rule: Rule, ours: Configuration) -> None:
    assert list(rule(ours)) == []


@pytest.mark.parametrize(
    ("rule", "kind", "name", "new", "expected"),
    [
        (rules.buckets, "google_storage_bucket", "work", {"public_access_prevention": "inherited"},
         "bucket work: public_access_prevention is not enforced"),
        (rules.buckets, "google_storage_bucket", "work", {"uniform_bucket_level_access": None},
         "bucket work: uniform_bucket_level_access is not true"),
        (rules.buckets, "google_storage_bucket", "landing", {"lifecycle_rule": None},
         "bucket landing: no lifecycle_rule"),
        (rules.buckets, "google_storage_bucket", "landing", {"location": "US"},
         "bucket landing: location US is not the environment's"),
        (rules.datasets, "google_bigquery_dataset", "this", {"delete_contents_on_destroy": True},
         "dataset this: delete_contents_on_destroy is not false"),
        (rules.datasets, "google_bigquery_dataset", "this", {"dataset_id": "${each.key}"},
         "dataset this: dataset_id ${each.key} has no suffix"),
        (rules.kept, "google_storage_bucket", "landing", {"lifecycle": None},
         "google_storage_bucket.landing: prevent_destroy is not true"),
        (rules.roles, "google_project_iam_member", "engineers_sandboxes", {"condition": None},
         "google_project_iam_member.engineers_sandboxes: roles/storage.admin is given without"),
        (rules.roles, "google_project_iam_member", "engineers_datasets",
         {"role": "roles/bigquery.admin"},
         "google_project_iam_member.engineers_datasets: roles/bigquery.admin is given without"),
        (rules.everybody, "google_compute_firewall", "iap", {"source_ranges": ["0.0.0.0/0"]},
         "0.0.0.0/0: open to everybody"),
        (rules.everybody, "google_project_iam_member", "this", {"member": "user:a@b.c"},
         "user:a@b.c: names a person"),
        (rules.network, "google_compute_firewall", "statsd", {"target_service_accounts": None},
         "firewall statsd: for every machine"),
        (rules.network, "google_compute_firewall", "statsd", {"source_ranges": None},
         "firewall statsd: no source_ranges"),
        (rules.network, "google_compute_firewall", "statsd", {"allow": [{"protocol": "tcp"}]},
         "firewall statsd: every port of tcp"),
        (rules.network, "google_compute_instance", "monitoring",
         {"network_interface": [{"access_config": [{}]}]},
         "instance monitoring: an external address"),
        (rules.secrets, "google_compute_instance", "monitoring", {"admin_password": "x"},
         "monitoring: admin_password would be in the state"),
        (rules.budget, "google_billing_budget", "this", {"dynamic": []},
         "budget: thresholds []"),
        (schema_rules.arguments, "google_compute_network", "this", {"auto_create_subnets": False},
         "google_compute_network.this: no argument auto_create_subnets; valid: "),
        (schema_rules.arguments, "google_compute_network", "this", {"name": None},
         "google_compute_network.this: name is missing"),
        (schema_rules.arguments, "google_storage_bucket", "work",
         {"lifecycle_rule": [{"action": [{"type": "Delete"}], "condition": [{"days": 1}]}]},
         "google_storage_bucket.work.lifecycle_rule.condition: no argument days; valid: "),
        (schema_rules.arguments, "google_storage_bucket", "work", {"lifecycle_rule": [{}]},
         "google_storage_bucket.work.lifecycle_rule: action is missing"),
    ],
)  # fmt: skip
def test_a_changed_argument_is_found(
    ours: Configuration, rule: Rule, kind: str, name: str, new: dict[str, Any], expected: str
) -> None:
    found = list(rule(changed(ours, kind, name, new)))

    assert any(line.startswith(expected) for line in found), found


@pytest.mark.parametrize(
    ("rule", "text", "expected"),
    [
        (rules.roles, 'locals {\n  a = "roles/editor"\n}', "roles/editor is given"),
        (rules.roles, 'locals {\n  a = ["roles/storage.admin"]\n}', "locals: roles/storage.admin"),
        (rules.roles, 'resource "google_project_iam_binding" "a" {}', "google_project_iam_binding"),
        (rules.datasets, 'locals {\n  datasets = { curated = "x" }\n}', "datasets: found"),
        (rules.secrets, 'resource "google_secret_manager_secret_version" "a" {}',
         "google_secret_manager_secret_version.a: its value would be in the state"),
        (schema_rules.arguments, 'resource "google_composer_envronment" "a" {}',
         "google_composer_envronment.a: google_composer_envronment is not in"),
        (schema_rules.references, "locals {\n  a = var.nothing\n}", "var.nothing is not there"),
        (schema_rules.references, "locals {\n  a = 1\n}", "local.a is never used"),
        (schema_rules.references, "locals {\n  a = google_compute_network.that.id\n}",
         "google_compute_network.that is not there"),
        (schema_rules.references,
         'resource "google_compute_router" "a" {}\nlocals {\n  b = google_compute_router.a.uri\n}',
         "google_compute_router.a: no attribute uri"),
    ],
)  # fmt: skip
def test_a_planted_text_is_found(rule: Rule, text: str, expected: str) -> None:
    found = list(rule(parse(text)))

    assert any(line.startswith(expected) for line in found), found


def test_each_role_that_the_code_needs_is_granted_and_nothing_more(ours: Configuration) -> None:
    assert list(needs.problems(ours, needs.load())) == []


def test_a_role_that_nothing_needs_is_found(ours: Configuration) -> None:
    fewer = [need for need in needs.load() if need.file != "beam_jobs/curate/curate/pii_key.py"]

    (found,) = needs.problems(ours, fewer)

    assert found.startswith("curate has roles/secretmanager.secretAccessor on secret pii, and no")


def test_a_role_that_is_not_granted_is_found(ours: Configuration) -> None:
    grant = ("powerbi", "dataset curated", "roles/bigquery.dataViewer")
    more = [*needs.load(), needs.Need(frozenset({grant}), "README.md", "")]

    assert list(needs.problems(ours, more)) == [
        "powerbi needs roles/bigquery.dataViewer on dataset curated"
    ]


def test_the_code_still_does_what_the_needs_are_for() -> None:
    assert list(needs.stale(needs.load())) == []


def test_a_need_that_the_code_has_no_more_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("pass\n")
    need = needs.Need(frozenset({("curate", "project", "roles/x.y")}), "a.py", "client.call(")

    (found,) = needs.stale([need], tmp_path)

    assert found.startswith("a.py has no 'client.call(': are [('curate', 'project'")


def test_the_schema_is_of_the_provider_that_is_pinned(ours: Configuration) -> None:
    (pinned,) = [body["required_providers"] for mode, body in ours.blocks if mode == "terraform"]

    version = schema_rules.SCHEMA["provider"]["version"]

    assert pinned[0]["google"]["version"] == f"~> {version.rpartition('.')[0]}"


def test_every_variable_that_a_deploy_reads_is_an_output(ours: Configuration) -> None:
    workflows = (REPOSITORY / ".github" / "workflows").glob("*.yml")
    read = {
        name
        for file in workflows
        for name in re.findall(r"\bvars\.(\w+)", file.read_text(encoding="utf-8"))
    }
    described = " ".join(output["description"] for output in ours.named("output").values())

    assert read
    assert [name for name in sorted(read) if f"variable {name} of" not in described] == []
