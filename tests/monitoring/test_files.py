"""``atvos monitoring`` keeps what is generated as contracts, models and code make it."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from atvos.monitoring.command import app
from local.layout import CONTRACTS, DAGS, SQL

RECORDING = "monitoring/prometheus/rules/recording.yml"
ROUTES = "monitoring/alertmanager/alertmanager.yml"
OLD = "monitoring/prometheus/rules/old.yml"


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATVOS_DAGS_DIR", str(DAGS))
    monkeypatch.setenv("ATVOS_SQL_DIR", str(SQL))


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A folder with everything that is generated."""
    assert run("build", "--root", tmp_path).exit_code == 0
    return tmp_path


def test_what_is_generated_for_the_repository_is_up_to_date() -> None:
    found = run("check")

    assert (found.stderr, found.exit_code) == ("", 0)


def test_what_is_built_is_up_to_date_and_built_again_does_not_change(built: Path) -> None:
    assert run("check", "--root", built).stdout == "14 files are up to date\n"
    assert run("build", "--root", built).stdout == f"{built}: nothing changed\n"


def test_stale_missing_and_superfluous_files_are_named_with_what_mends_them(built: Path) -> None:
    (built / OLD).write_text((built / RECORDING).read_text())
    (built / RECORDING).write_text("groups: []\n")
    (built / ROUTES).unlink()

    found = run("check", "--root", built)

    assert found.exit_code == 2
    assert found.stderr.splitlines() == [
        f"{built / ROUTES}: missing",
        f"{built / RECORDING}: stale",
        f"{built / OLD}: superfluous",
        "run `atvos monitoring build`, and commit what it writes",
    ]


def test_rules_that_are_written_by_hand_are_left_alone(built: Path) -> None:
    (built / OLD).write_text("# By hand.\ngroups: []\n")

    assert run("build", "--root", built).stdout == f"{built}: nothing changed\n"
    assert (built / OLD).exists()


def test_build_mends_what_check_found(built: Path) -> None:
    (built / OLD).write_text((built / RECORDING).read_text())
    (built / RECORDING).write_text("groups: []\n")

    assert run("build", "--root", built).exit_code == 0
    assert (run("check", "--root", built).exit_code, (built / OLD).exists()) == (0, False)


def test_a_contract_that_changed_makes_the_rules_stale(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "dags" / "contracts"
    folder.mkdir(parents=True)
    for file in CONTRACTS.glob("*.yaml"):
        text = file.read_text()
        if file.name.startswith("telemetry"):
            text = text.replace("{property: tier, value: 1}", "{property: tier, value: 2}")
        (folder / file.name).write_text(text)
    monkeypatch.setenv("ATVOS_DAGS_DIR", str(folder.parent))

    found = run("check", "--root", built)

    assert found.stderr.splitlines()[:-1] == [
        f"{built / ROUTES}: stale",
        f"{built / RECORDING}: stale",
    ]


def test_a_contract_that_is_refused_is_told_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "dags" / "contracts"
    folder.mkdir(parents=True)
    (folder / "broken.odcs.yaml").write_text("kind: Contract\n")
    monkeypatch.setenv("ATVOS_DAGS_DIR", str(folder.parent))

    found = run("build", "--root", tmp_path / "out")

    assert (found.exit_code, "kind: found 'Contract'" in found.stderr) == (2, True)
    assert not (tmp_path / "out").exists()
