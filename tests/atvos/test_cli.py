"""``atvos contract`` tells an engineer what is wrong before a deployment does."""

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from atvos.cli import app
from tests.atvos.examples import CONTRACT, CONTRACTS
from tests.contract.editing import edited, written

FEEDS = [CONTRACTS / f"{name}.odcs.yaml" for name in ("telemetry_events", "vehicles")]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A contract with two faults."""
    edits: dict[str, Any] = {
        "customProperties/tier/value": 9,
        "schema/positions/properties/km/physicalType": "FLOAT",
    }
    return written(edited(edits, CONTRACT), tmp_path, CONTRACT.name)


def test_valid_contracts_are_counted() -> None:
    found = run("contract", "check", *FEEDS)
    assert (found.exit_code, found.stdout) == (0, "2 contracts are valid\n")


def test_without_a_file_all_contracts_of_the_repository_are_checked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("ATVOS_EXTRA_CONTRACTS_DIR", raising=False)
    count = len(list(CONTRACTS.glob("*.odcs.yaml")))
    found = run("contract", "check")
    assert (found.exit_code, found.stdout) == (0, f"{count} contracts are valid\n")


def test_a_broken_contract_is_told_by_file_attribute_value_and_valid_form(broken: Path) -> None:
    found = run("contract", "check", broken)
    assert (found.exit_code, found.stdout) == (2, "")
    assert f"{broken}: customProperties.tier: found 9; valid: 1 (paged), 2 or 3" in (
        found.stderr.splitlines()
    )
    column = f"{broken}: schema[positions].properties[km].physicalType: found 'FLOAT'; valid: "
    assert column in found.stderr


def test_every_problem_is_told_once(broken: Path) -> None:
    lines = run("contract", "check", broken, broken).stderr.splitlines()
    assert len(lines) == len(set(lines)) >= 2


def test_what_only_the_standard_forbids_is_found_too(tmp_path: Path) -> None:
    file = written(edited({"status": 7}, CONTRACT), tmp_path, CONTRACT.name)
    found = run("contract", "check", file)
    assert (found.exit_code, f"{file}: status: found 7" in found.stderr) == (2, True)


def test_one_broken_contract_among_valid_ones_is_refused(broken: Path) -> None:
    assert run("contract", "check", FEEDS[0], broken).exit_code == 2


def test_a_file_that_is_not_there_is_a_problem_of_that_file(tmp_path: Path) -> None:
    found = run("contract", "check", tmp_path / "nothing.odcs.yaml")
    assert found.exit_code == 2
    assert f"{tmp_path / 'nothing.odcs.yaml'}: (file): " in found.stderr


def test_ddl_is_that_of_the_feeds_table_and_its_quarantine() -> None:
    found = run("contract", "ddl", "vehicles")
    created = [line for line in found.stdout.splitlines() if line.startswith("CREATE")]
    assert found.exit_code == 0
    assert created == [
        "CREATE TABLE IF NOT EXISTS `curated.vehicles` (",
        "CREATE TABLE IF NOT EXISTS `quarantine.vehicles` (",
    ]


def test_ddl_of_an_unknown_feed_names_those_that_there_are() -> None:
    found = run("contract", "ddl", "vehicle")
    assert found.exit_code == 2
    assert found.stderr.startswith("no feed 'vehicle'; valid: ")
    assert "telemetry_events, trips, vehicles" in found.stderr
