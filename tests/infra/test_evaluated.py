"""What infra/ makes of the rest of the repository, as Terraform itself evaluates it."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from atvos import contract, environments, settings
from local.layout import REPOSITORY
from tests.infra import configuration, terraform
from tests.infra.machine import machine

ENVIRONMENTS = ("dev", "staging", "prod")
ASKED = (
    "cloud_init", "composer_variables", "containers", "curate_account", "image", "landing_days",
    "project", "pypi_packages", "region", "secrets", "suffix", "pii_secret",
)  # fmt: skip


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The local values of every environment."""
    return {
        name: terraform.evaluate(tmp_path_factory.mktemp(name), name, *ASKED)
        for name in ENVIRONMENTS
    }


def test_the_files_are_formatted_as_terraform_does_it() -> None:
    assert terraform.run(configuration.FOLDER, "fmt", "-check", "-recursive") == ""


def test_a_file_that_is_not_formatted_is_found(tmp_path: Path) -> None:
    (tmp_path / "bad.tf").write_text("locals {\n a=1\n}\n")

    with pytest.raises(terraform.TerraformError, match=r"bad\.tf"):
        terraform.run(tmp_path, "fmt", "-check", "-recursive")


def test_a_sandbox_is_not_made_by_terraform(tmp_path: Path) -> None:
    with pytest.raises(terraform.TerraformError, match="Must be dev, staging or prod"):
        terraform.evaluate(tmp_path, "sandbox", "project")


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_airflow_gets_the_settings_of_its_environment(
    evaluated: dict[str, dict[str, Any]], name: str
) -> None:
    ours = environments.load(name)
    given = evaluated[name]["composer_variables"]

    assert dict(ours.variables).items() <= given.items()
    assert set(given) - set(ours.variables) <= {"ATVOS_AIRFLOW_URL", "GX_ANALYTICS_ENABLED"}
    assert settings.load({**given, "ATVOS_COMMIT": "0" * 40}).project == ours.project


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_identities_and_secrets_have_the_names_that_the_settings_say(
    evaluated: dict[str, dict[str, Any]], name: str
) -> None:
    values, dataflow = evaluated[name], environments.load(name).settings().dataflow
    assert dataflow is not None
    host = f"{values['project']}.iam.gserviceaccount.com"

    assert dataflow.service_account == f"{values['curate_account']}@{host}"
    assert dataflow.pii_key_secret == (
        f"projects/{values['project']}/secrets/{values['pii_secret']}/versions/latest"
    )
    assert values["pii_secret"] in values["secrets"]
    assert dataflow.region == values["region"]
    assert dataflow.subnetwork == f"regions/{values['region']}/subnetworks/dataflow"
    assert "dataflow" in configuration.load().locals()["ranges"]


def test_the_image_and_its_packages_are_those_that_are_checked(
    evaluated: dict[str, dict[str, Any]],
) -> None:
    image = yaml.safe_load((REPOSITORY / "requirements" / "composer.yaml").read_text())["image"]
    text = (REPOSITORY / "requirements.txt").read_text(encoding="utf-8")
    wanted = {line for line in text.splitlines() if line and not line.startswith("#")}

    values = evaluated["prod"]

    assert values["image"] == image
    assert {name + rest for name, rest in values["pypi_packages"].items()} == wanted


def test_objects_land_for_as_long_as_their_rows_are_kept(
    evaluated: dict[str, dict[str, Any]],
) -> None:
    feeds = contract.load_feeds([REPOSITORY / "dags" / "contracts"])
    days = evaluated["prod"]["landing_days"]

    promised = {name: feed.retention for name, feed in feeds.items() if feed.retention}

    assert promised
    assert set(days) == set(promised)
    for name, retention in promised.items():
        assert retention <= timedelta(days=days[name]) <= retention * 1.05


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_the_machine_runs_the_containers_of_docker_compose(
    evaluated: dict[str, dict[str, Any]], name: str
) -> None:
    text = (REPOSITORY / "docker-compose.yaml").read_text(encoding="utf-8")
    composed = yaml.safe_load(text)["services"]
    found = machine(evaluated[name])

    for container in evaluated[name]["containers"]:
        words = found.unit(container)
        image = composed[container]["image"]
        assert words[words.index(image) + 1 :] == composed[container].get("command", [])
        assert words[words.index("--name") + 1] == container
        assert f"systemctl start {container}.service" in found.commands


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_what_the_machine_mounts_is_there(evaluated: dict[str, dict[str, Any]], name: str) -> None:
    found = machine(evaluated[name])
    made = {word for command in found.commands for word in command.split()}

    sources = [
        re.findall(r"source=([^,]+)", word)[0]
        for container in evaluated[name]["containers"]
        for word in found.unit(container)
        if word.startswith("type=bind")
    ]

    config = "/var/lib/atvos/config/"
    of_ours = [s.replace(config, "monitoring/") for s in sources if s.startswith(config)]
    assert [path for path in of_ours if not (REPOSITORY / path).exists()] == []
    others = [source for source in sources if not source.startswith(config)]
    assert set(others) - made == {"/run/atvos/secrets/grafana-admin-password"}


def test_only_production_watches_the_sources(evaluated: dict[str, dict[str, Any]]) -> None:
    watched = {
        name: re.findall(r"target=/etc/prometheus/targets/(\w+/\w+\.yml)", " ".join(unit))
        for name, values in evaluated.items()
        for unit in [machine(values).unit("prometheus")]
    }

    assert watched == {
        "dev": [],
        "staging": [],
        "prod": ["applications/production.yml", "nodes/production.yml", "probes/production.yml"],
    }


def test_what_the_firewall_lets_in_is_published(evaluated: dict[str, dict[str, Any]]) -> None:
    ours = configuration.load()
    open_to = {
        f"{port}/{allowed['protocol']}"
        for name in ("statsd", "iap")
        for allowed in ours.resource("google_compute_firewall", name)["allow"]
        for port in allowed["ports"]
    }

    published = {
        port.partition(":")[2] if "/" in port else f"{port.partition(':')[2]}/tcp"
        for container in evaluated["prod"]["containers"].values()
        for port in container["ports"]
    }

    assert open_to <= published


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_the_names_that_settings_say_are_made(name: str) -> None:
    ours = configuration.load()
    domain = ours.resource("google_dns_managed_zone", "internal")["dns_name"]
    records = ours.resource("google_dns_record_set", "monitoring")["for_each"]
    made = {f"{record}.{domain}".rstrip(".") for record in re.findall(r'"(\w+)"', records)}
    chosen = environments.load(name).settings()

    assert {chosen.statsd_host, urlsplit(chosen.prometheus_url or "").hostname} == made
