"""``atvos feed new`` writes a feed that is valid at once, and a test that it passes."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from atvos.cli import app
from atvos.contract import load_feed
from tests.feeds.cases import (
    EXPECT,
    KEY,
    curated,
    found_rejects,
    found_rows,
    read_expected,
)
from tests.scaffold.helpers import ndjson

CSV = """placa;data;hora saída;litros;preço;nome;pago;posto
ABC-1234;01/06/2025;22:15;40,5;6,19;Ana Souza;true;São José
ABC-1234;02/06/2025;06:00;7;6,2;Ana Souza;FALSE;
ABC1D23;02/06/2025;06:00;;6,2;;true;São José
"""
NESTED = {
    "id": "a",
    "ts": 1749553200123,
    "inner": {"url": "/x?q=1", "size": 7, "rate": 0.125, "user": "Ana"},
    "tags": ["b", "c"],
    "legs": [{"site": "Centro", "km": 1.5, "at": "2025-06-01T10:00:00Z", "motorista": "Ana"}],
}
SAMPLES = {
    "receipts.csv": CSV.encode("latin-1"),
    "receipts.ndjson": ndjson([NESTED, {**NESTED, "id": "b", "tags": [], "inner": None}]),
    "receipts.json": b'[{"dia": "2025-06-01", "lat": -22.9}, {"dia": "2025-06-02", "lat": null}]',
    "without_date.csv": b"id,n\na,1\nb,2\n",
    "without_header.csv": b"DEV-1,1.5\nDEV-2,2.5\n",
}


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["feed", "new", *(str(argument) for argument in arguments)])


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """A file of a new source."""
    file = tmp_path / "receipts.csv"
    file.write_bytes(SAMPLES[file.name])
    return file


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An empty folder to write into."""
    folder = tmp_path / "repository"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("name", SAMPLES)
def test_a_new_feed_passes_its_own_test(
    name: str, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATVOS_PII_KEY", KEY)
    (tmp_path / name).write_bytes(SAMPLES[name])
    assert run("receipts", tmp_path / name, "--into", root).exit_code == 0
    feed = load_feed(root / "dags/contracts/receipts.odcs.yaml")
    folder = root / "tests/feeds/receipts"
    expected = read_expected(folder / EXPECT, feed)
    outcome = curated(folder, feed, expected.now, tmp_path / "batch")
    assert expected.rows
    assert found_rows(outcome, feed) == expected.rows
    assert found_rejects(outcome) == expected.rejects
    assert outcome.stats.rows_duplicate == 0


def test_what_was_written_and_the_step_that_is_left_are_told(sample: Path, root: Path) -> None:
    found = run("receipts", sample, "--into", root)
    contract = root / "dags/contracts/receipts.odcs.yaml"
    assert found.exit_code == 0
    assert "3 records, csv" in found.stdout.splitlines()
    assert f"wrote {contract}" in found.stdout.splitlines()
    assert found.stdout.splitlines()[-1].startswith("bin/atvos contract check && bin/atvos try ")
    assert found.stdout.splitlines()[-1].endswith(f"receipts.odcs.yaml {sample}")
    assert CliRunner().invoke(app, ["contract", "check", str(contract)]).exit_code == 0


def test_a_dry_run_prints_the_contract_and_writes_nothing(sample: Path, root: Path) -> None:
    found = run("receipts", sample, "--into", root, "--dry-run")
    assert (found.exit_code, found.stdout.splitlines()[0]) == (0, "kind: DataContract")
    assert list(root.iterdir()) == []


def test_a_contract_that_is_there_stays_unless_forced(sample: Path, root: Path) -> None:
    contract = root / "dags/contracts/receipts.odcs.yaml"
    contract.parent.mkdir(parents=True)
    contract.write_text("mine", encoding="utf-8")
    refused = run("receipts", sample, "--into", root)
    assert (refused.exit_code, contract.read_text(encoding="utf-8")) == (2, "mine")
    assert f"{contract}: is there already; valid: another NAME, or --force" in refused.stderr
    assert run("receipts", sample, "--into", root, "--force").exit_code == 0
    assert contract.read_text(encoding="utf-8").startswith("kind: DataContract")


@pytest.mark.parametrize("name", ["Receipts", "1st", "fuel-receipts", "r" * 49, "../x", ""])
def test_an_invalid_name_is_refused_with_a_valid_form(name: str, sample: Path, root: Path) -> None:
    found = run(name, sample, "--into", root)
    assert (found.exit_code, list(root.iterdir())) == (2, [])
    assert f"NAME: found {name!r}; valid: " in found.stderr
    assert "like fuel_receipts" in found.stderr


def test_a_sample_that_cannot_be_read_is_refused(root: Path, tmp_path: Path) -> None:
    found = run("receipts", tmp_path / "nothing.csv", "--into", root)
    assert found.exit_code == 2
    assert f"{tmp_path / 'nothing.csv'}: No such file or directory; valid: " in found.stderr


def test_a_folder_that_is_not_there_is_refused(sample: Path, tmp_path: Path) -> None:
    found = run("receipts", sample, "--into", tmp_path / "nowhere")
    assert (found.exit_code, "valid: a folder that exists" in found.stderr) == (2, True)


def test_a_folder_that_takes_no_file_fails(sample: Path, root: Path) -> None:
    (root / "dags").write_text("no folder", encoding="utf-8")
    found = run("receipts", sample, "--into", root)
    assert (found.exit_code, str(root / "dags") in found.stderr) == (1, True)


def test_the_help_has_an_example() -> None:
    assert "atvos feed new fuel_receipts receipts.csv" in run("--help").stdout
