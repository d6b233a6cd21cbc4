"""Every feed's files become what their ``expect.yaml`` says; ``cases`` tells how it is written."""

from pathlib import Path

import pytest

from atvos.contract import load_feed
from tests.feeds.cases import (
    EXPECT,
    KEY,
    curated,
    feed_folders,
    found_rejects,
    found_rows,
    read_expected,
)
from tests.sql.values import CaseError

FOLDER = Path(__file__).parent
CONTRACTS = FOLDER.parents[1] / "dags" / "contracts"


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATVOS_PII_KEY", KEY)


@pytest.mark.parametrize("folder", feed_folders(FOLDER), ids=lambda folder: folder.name)
def test_the_curate_job_makes_of_a_feeds_files_what_is_expected(
    folder: Path, tmp_path: Path
) -> None:
    feed = load_feed(CONTRACTS / f"{folder.name}.odcs.yaml")
    expected = read_expected(folder / EXPECT, feed)
    outcome = curated(folder, feed, expected.now, tmp_path)
    assert found_rows(outcome, feed) == expected.rows
    assert found_rejects(outcome) == expected.rejects
    assert outcome.stats.rows_duplicate == expected.duplicates


def test_every_contract_has_a_test() -> None:
    tested = {folder.name for folder in feed_folders(FOLDER)}
    assert {file.name.removesuffix(".odcs.yaml") for file in CONTRACTS.iterdir()} - tested == set()


def test_a_misspelt_part_of_what_is_expected_is_refused(tmp_path: Path) -> None:
    feed = load_feed(CONTRACTS / "vehicles.odcs.yaml")
    file = tmp_path / EXPECT
    file.write_text("rows: []\nreject: []\n", encoding="utf-8")
    with pytest.raises(CaseError, match="valid: a mapping of duplicates, now, rejects, rows"):
        read_expected(file, feed)


def test_a_row_with_an_unknown_column_is_refused(tmp_path: Path) -> None:
    feed = load_feed(CONTRACTS / "vehicles.odcs.yaml")
    file = tmp_path / EXPECT
    file.write_text("rows: [{plate: AAA1234}]\n", encoding="utf-8")
    with pytest.raises(CaseError, match="no column plate; valid: "):
        read_expected(file, feed)
