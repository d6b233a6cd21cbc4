"""docker-compose.yaml: sound by its specification and by our rules, each seen to catch a break."""

import copy
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from local.compose import environment
from local.environment import Secrets, client_environment
from local.layout import REPOSITORY
from local.ports import Ports
from tests.compose import rules
from tests.compose.composition import FILE, services

CHECKS = REPOSITORY / ".venv" / "checks" / "bin"
Services = dict[str, Any]

RULES: dict[str, Callable[[Services], Iterator[str]]] = {
    "images": rules.images,
    "ports": rules.ports,
    "paths": rules.paths,
    "health": rules.health,
    "limits": rules.limits,
    "secrets": lambda found: rules.secrets(found, set(environment.SECRETS)),
    "variables": rules.variables,
    "names": rules.names,
}


@pytest.mark.parametrize("rule", RULES)
def test_it_keeps_every_rule(rule: str) -> None:
    assert list(RULES[rule](services())) == []


def changed(service: str, **values: Any) -> Services:
    """The services, one of them with other values."""
    found = copy.deepcopy(services())
    found[service] |= values
    return found


def with_variable(name: str, value: str) -> Services:
    """The services, the scheduler with another variable."""
    variables = {**services()["scheduler"]["environment"], name: value}
    return changed("scheduler", environment=variables)


@pytest.mark.parametrize(
    ("rule", "broken", "said"),
    [
        (
            "images",
            changed("grafana", image="grafana/grafana"),
            "grafana: image grafana/grafana is",
        ),
        ("images", changed("gcs", image="x:latest"), "gcs: image x:latest is not pinned"),
        ("ports", changed("grafana", ports=["3000:3000"]), "grafana: port 3000:3000 is not bound"),
        (
            "paths",
            changed("grafana", volumes=["./nothing:/x:ro"]),
            "grafana: ./nothing is not there",
        ),
        ("paths", changed("grafana", volumes=["./dags:/x"]), "grafana: ./dags can be written to"),
        ("health", changed("grafana", depends_on={"x": {}}), "grafana: depends on x, which is not"),
        (
            "health",
            changed("grafana", depends_on={"gcs": {"condition": "service_started"}}),
            "grafana: waits for gcs until service_started",
        ),
        ("limits", changed("grafana", deploy={}), "grafana: no limit of cpus and memory"),
        ("limits", changed("grafana", cap_drop=[]), "grafana: has capabilities"),
        ("limits", changed("grafana", privileged=True), "grafana: is not contained"),
        (
            "secrets",
            with_variable("AIRFLOW__CORE__FERNET_KEY", "abc"),
            "scheduler: AIRFLOW__CORE__FERNET_KEY stands in the file",
        ),
        (
            "secrets",
            with_variable("AIRFLOW__CORE__FERNET_KEY", "${FERNET_KEY:-abc}"),
            "scheduler: AIRFLOW__CORE__FERNET_KEY has a default or no message: ${FERNET_KEY:-abc}",
        ),
        ("secrets", with_variable("X", "${Y:?run make compose-env}"), "Y: only in docker-compose"),
        ("variables", with_variable("ATVOS_RETRY", "1"), "scheduler: nothing reads ATVOS_RETRY"),
        (
            "variables",
            with_variable("AIRFLOW__CORE__DAG_FOLDER", "x"),
            "scheduler: Airflow has no option AIRFLOW__CORE__DAG_FOLDER",
        ),
        ("names", with_variable("X", "http://gsc:9023"), "scheduler: X names gsc, which is no"),
        ("names", with_variable("X", "http://gcs:9024"), "scheduler: X asks gcs on 9024"),
    ],
)
def test_a_rule_that_is_broken_says_so(rule: str, broken: Services, said: str) -> None:
    assert [line for line in RULES[rule](broken) if line.startswith(said)], said


def test_the_specification_of_compose_accepts_it(tmp_path: Path) -> None:
    assert _schema(FILE).returncode == 0, _schema(FILE).stdout
    broken = tmp_path / "docker-compose.yaml"
    broken.write_text(FILE.read_text().replace("    healthcheck:", "    healthchek:", 1))
    refused = _schema(broken)
    assert refused.returncode == 1
    assert "healthchek" in refused.stdout


@pytest.mark.parametrize("file", sorted((REPOSITORY / "local" / "compose").glob("*.Dockerfile")))
def test_its_images_are_built_as_hadolint_likes_it(file: Path, tmp_path: Path) -> None:
    assert _tool("hadolint", file).stdout == ""
    broken = tmp_path / "Dockerfile"
    broken.write_text(file.read_text().replace("FROM ", "FROM --platform=linux/x ", 1) + "CMD a\n")
    assert "DL3029" in _tool("hadolint", broken).stdout


def test_what_its_images_are_made_of_is_there() -> None:
    for file in (REPOSITORY / "local" / "compose").glob("*.Dockerfile"):
        copies = [line for line in file.read_text().splitlines() if line.startswith("COPY")]
        sources = [s for line in copies for s in line.split()[1:-1] if not s.startswith("--")]
        assert sources
        assert [source for source in sources if not (REPOSITORY / source).exists()] == []


class TestSameAsTheEmbeddedStack:
    """The variables are those of the embedded stack; what differs is said here, and why."""

    ADDRESSES = frozenset(
        {
            *("STORAGE_EMULATOR_HOST", "BIGQUERY_EMULATOR_HOST", "ATVOS_STATSD_HOST"),
            *("ATVOS_EXTRA_CONTRACTS_DIR", "CLOUDSDK_CONFIG", "PYTHONPATH"),
            *("AIRFLOW__CORE__DAGS_FOLDER", "AIRFLOW__CORE__PLUGINS_FOLDER"),
            *("AIRFLOW__CORE__EXECUTION_API_SERVER_URL", "AIRFLOW__METRICS__STATSD_HOST"),
            *("AIRFLOW__LOGGING__BASE_LOG_FOLDER", "AIRFLOW__API__HOST"),
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN",
        }
    )
    SECRETS = frozenset(
        {
            *("AIRFLOW_CONN_ATVOS_PII_KEY", "AIRFLOW__CORE__FERNET_KEY"),
            *("AIRFLOW__API__SECRET_KEY", "AIRFLOW__API_AUTH__JWT_SECRET"),
        }
    )
    NOT_IN_A_CONTAINER = frozenset({"NO_PROXY", "no_proxy", "AIRFLOW_HOME"})

    @pytest.mark.parametrize("name", ["api-server", "scheduler", "dag-processor", "triggerer"])
    def test_airflow_gets_the_same(self, name: str) -> None:
        embedded = client_environment(Path("/x"), Ports(), Secrets("f", "j", "a", "p"))
        ours = services()[name]["environment"]
        assert set(ours) == set(embedded) - self.NOT_IN_A_CONTAINER
        differing = {n for n, value in ours.items() if str(value) != embedded[n]}
        assert differing == self.ADDRESSES | self.SECRETS


class TestEnvironmentFile:
    """.env is generated once."""

    def test_it_has_every_secret_and_is_its_owners_alone(self, tmp_path: Path) -> None:
        file = tmp_path / ".env"
        assert environment.write(file)
        values = dict(line.split("=", 1) for line in file.read_text().splitlines())
        assert list(values) == list(environment.SECRETS)
        assert len(set(values.values())) == len(values)
        assert min(map(len, values.values())) >= 32
        assert stat.S_IMODE(file.stat().st_mode) == 0o600

    def test_one_that_is_there_is_kept(self, tmp_path: Path) -> None:
        file = tmp_path / ".env"
        environment.write(file)
        before = file.read_text()
        assert not environment.write(file)
        assert file.read_text() == before

    def test_git_does_not_see_it(self) -> None:
        done = subprocess.run(
            ["git", "check-ignore", ".env"], cwd=REPOSITORY, capture_output=True, check=False
        )
        assert done.returncode == 0


def _schema(file: Path) -> subprocess.CompletedProcess[str]:
    return _tool("check-jsonschema", "--builtin-schema", "vendor.compose-spec", file)


def _tool(name: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    program = CHECKS / name
    if not program.exists():
        pytest.fail(f"{name} is not installed; run `make checks`", pytrace=False)
    return subprocess.run(
        [str(program), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
