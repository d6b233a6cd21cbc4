"""`atvos try` refuses what cannot be tried before it touches anything."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from atvos.cli import app
from tests.contract.editing import edited, written

TIDES = Path(__file__).parents[1] / "contracts_real" / "tides_vehicle_locations.odcs.yaml"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file to try."""
    path = tmp_path / "pings.csv"
    path.write_text("location_ping_id\n", encoding="utf-8")
    return path


def tried(*arguments: Path | str) -> tuple[int, str]:
    """The exit code and all that was printed."""
    result = CliRunner().invoke(app, ["try", *map(str, arguments)])
    return result.exit_code, result.output


def test_a_broken_contract_is_refused_with_its_problem(file: Path, tmp_path: Path) -> None:
    broken = written(edited({"customProperties/tier/value": 9}, TIDES), tmp_path, TIDES.name)
    code, output = tried(broken, file, "--state-dir", tmp_path)
    assert code == 2
    assert all(word in output for word in (TIDES.name, "tier", "9", "1 (paged), 2 or 3"))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    code, output = tried(TIDES, tmp_path / "nowhere.csv", "--state-dir", tmp_path)
    assert (code, "nowhere.csv: no such file" in output) == (2, True)


def test_without_a_stack_it_says_how_to_start_one(file: Path, tmp_path: Path) -> None:
    code, output = tried(TIDES, file, "--state-dir", tmp_path)
    assert (code, "start one with `make up`" in output) == (1, True)
