"""``atvos sql check`` on the repository as it stands, and on one that is not in order."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from atvos.cli import app
from atvos.sqlcheck import environment
from tests.sqlcheck.fixtures import REPOSITORY, broken_models


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["sql", "check", *arguments])


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small repository with all broken queries, as the one that the command looks at."""
    monkeypatch.setenv("ATVOS_DAGS_DIR", str(REPOSITORY))
    monkeypatch.setenv("ATVOS_SQL_DIR", str(broken_models(tmp_path / "sql")))
    return tmp_path


def test_the_repository_is_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ATVOS_DAGS_DIR", "ATVOS_SQL_DIR", "ATVOS_EXTRA_CONTRACTS_DIR"):
        monkeypatch.delenv(name, raising=False)
    found = run()
    parts = [line.split(" in ")[0] for line in found.stdout.splitlines()]
    assert (found.exit_code, found.stderr) == (0, "")
    assert parts == ["analyze  ok", "rules    ok", "lint     ok"]


def test_one_part_runs_alone_and_its_problems_are_printed(broken: Path) -> None:
    found = run("--only", "rules")
    assert (found.exit_code, found.stdout.startswith("rules    8 problems in ")) == (2, True)
    file = broken / "sql" / "marts" / "select_star" / "query.sql"
    assert f"{file}:3:5: found *; valid: the columns by name" in found.stderr.splitlines()


def test_a_part_that_is_not_there_is_refused() -> None:
    found = run("--only", "guess")
    assert found.exit_code == 2
    assert found.stderr == "--only: found 'guess'; valid: analyze, rules, lint\n"


@pytest.mark.parametrize("part", ["analyze", "lint"])
def test_without_its_environment_the_check_says_what_to_run(
    part: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(environment, "ENVIRONMENT", tmp_path / "zetasql")
    found = run("--only", part)
    expected = f"{tmp_path}/zetasql is not there: run `make sql-check`, which builds it"
    assert (found.exit_code, found.stderr.startswith(expected)) == (2, True)


def test_a_contract_that_is_refused_is_told_first(
    broken: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = broken / "sql" / "marts" / "day_km" / "model.yaml"
    model.write_text(model.read_text().replace("DATE", "DATES"))
    found = run("--only", "rules")
    assert (found.exit_code, found.stderr.startswith(f"{model}: ")) == (2, True)
