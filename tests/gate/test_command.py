"""``atvos contract diff`` on a small git repository: what it prints, and how it ends."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from atvos.cli import app
from tests.atvos.examples import CONTRACT, SQL
from tests.contract.editing import ABSENT, edited, written

SPEED = {
    "name": "speed",
    "logicalType": "number",
    "physicalType": "NUMERIC(5, 1)",
    "description": "Speed (km/h).",
}
KM = "schema/positions/properties/km"


class Repository:
    """A git repository with ``positions`` and a model, committed once, with the tag v1."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.contracts = root / "dags" / "contracts"
        self.contracts.mkdir(parents=True)
        shutil.copy(CONTRACT, self.contracts)
        source = next(SQL.glob("marts/*/model.yaml")).parent
        self.model = root / "sql" / "marts" / source.name
        self.model.mkdir(parents=True)
        for name in ("model.yaml", "query.sql"):
            shutil.copy(source / name, self.model)
        for command in (["init", "--quiet"], ["add", "."], ["commit", "-qm", "1"], ["tag", "v1"]):
            self.git(*command)

    def git(self, *arguments: str) -> None:
        """Run git as somebody."""
        who = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *who, *arguments], cwd=self.root, check=True, capture_output=True)

    def edit(self, edits: Mapping[str, Any]) -> Path:
        """Change the contract in the working tree."""
        return written(edited(edits, CONTRACT), self.contracts, CONTRACT.name)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    root = tmp_path / "repository"
    monkeypatch.setenv("ATVOS_DAGS_DIR", str(root / "dags"))
    monkeypatch.setenv("ATVOS_SQL_DIR", str(root / "sql"))
    monkeypatch.delenv("ATVOS_EXTRA_CONTRACTS_DIR", raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):  # set where a git hook runs tests
        monkeypatch.delenv(name, raising=False)
    return Repository(root)


def diff(base: object, *options: str) -> Result:
    return CliRunner().invoke(app, ["contract", "diff", str(base), *options])


def test_nothing_changed(repository: Repository) -> None:
    found = diff("v1")
    assert (found.exit_code, found.stdout) == (0, "no contract has changed\n"), repository.root


def test_a_compatible_change_with_its_version_passes(repository: Repository) -> None:
    repository.edit({"schema/positions/properties/speed": SPEED, "version": "1.3.0"})
    found = diff("v1")
    assert (found.exit_code, found.stderr) == (0, "")
    assert "curated.positions 1.2.0 → 1.3.0" in found.stdout
    assert "schema[positions].properties[speed]" in found.stdout
    assert "compatible" in found.stdout


def test_without_its_version_it_is_refused(repository: Repository) -> None:
    file = repository.edit({"schema/positions/properties/speed": SPEED})
    found = diff("HEAD")
    assert found.exit_code == 2
    assert found.stderr == f"{file}: version: found 1.2.0; valid: 1.3.0 or above\n"


def test_a_breaking_change_is_refused_with_what_to_do_instead(repository: Repository) -> None:
    file = repository.edit({KM: ABSENT, "version": "2.0.0"})
    found = diff("v1")
    assert found.exit_code == 2
    assert found.stderr.startswith(
        f"{file}: schema[positions].properties[km]: found none any more, before: NUMERIC(12, 3); "
        "keep the column"
    )


def test_a_key_is_judged_once_and_not_again_by_the_check_derived_from_it(
    repository: Repository,
) -> None:
    repository.edit({"schema/positions/properties/km/required": True})
    found = json.loads(diff("v1", "--json").stdout)
    assert [change["attribute"] for change in found["contracts"][0]["changes"]] == [
        "schema[positions].properties[km].required"
    ]


def test_json_holds_the_same(repository: Repository) -> None:
    file = repository.edit({"description/purpose": "Other."})
    found = diff("v1", "--json")
    data = json.loads(found.stdout)
    (contract,) = data.pop("contracts")
    assert (found.exit_code, data) == (2, {"base": "v1", "refused": True})
    assert contract == {
        "name": "curated.positions",
        "before": "1.2.0",
        "after": "1.2.0",
        "needed": "1.2.1",
        "refused": True,
        "problems": [f"{file}: version: found 1.2.0; valid: 1.2.1 or above"],
        "changes": [
            {
                "attribute": "description.purpose",
                "before": "One row per position.",
                "after": "Other.",
                "verdict": "metadata",
                "note": "ALTER TABLE … SET OPTIONS on a table that is there is left to its owner",
                "by_major": False,
            }
        ],
    }


def test_a_model_is_a_contract_too(repository: Repository) -> None:
    shutil.rmtree(repository.model)
    found = diff("v1")
    assert found.exit_code == 2
    assert f"marts.{repository.model.name}: (contract): found none any more" in found.stderr


def test_the_base_may_be_a_folder(repository: Repository, tmp_path: Path) -> None:
    base = tmp_path / "base"
    shutil.copytree(repository.root, base)
    repository.edit({"customProperties/tier/value": 2, "version": "1.2.1"})
    found = diff(base)
    assert (found.exit_code, "customProperties.tier" in found.stdout) == (0, True)


def test_a_base_that_is_nothing_is_a_failure(repository: Repository) -> None:
    found = diff("--", "nowhere")
    assert found.exit_code == 1
    assert found.stderr.startswith("BASE: found 'nowhere'; valid: a git revision")
    assert repository.root.is_dir()


def test_a_base_with_a_broken_contract_is_a_failure_that_names_its_file(
    repository: Repository,
) -> None:
    file = repository.edit({"customProperties/tier/value": 9})
    repository.git("commit", "-qam", "broken")
    shutil.copy(CONTRACT, file)
    found = diff("HEAD")
    assert found.exit_code == 1
    place = f"HEAD:dags/contracts/{CONTRACT.name}: customProperties.tier"
    assert found.stderr == f"BASE: {place}: found 9; valid: 1 (paged), 2 or 3\n"


def test_a_broken_contract_in_the_working_tree_is_refused(repository: Repository) -> None:
    file = repository.edit({"customProperties/tier/value": 9})
    found = diff("v1")
    assert found.exit_code == 2
    assert found.stderr == f"{file}: customProperties.tier: found 9; valid: 1 (paged), 2 or 3\n"
