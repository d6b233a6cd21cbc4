"""``atvos docs`` keeps the dictionary what contracts and models make it."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from atvos.cli import app

STALE, GONE, OWN = "marts/fct_ride.md", "marts/fct_gone.md", "curated/rides.md"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["docs", *map(str, arguments)])


@pytest.fixture
def small(repository: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small repository as the one that the command looks at."""
    monkeypatch.setenv("ATVOS_DAGS_DIR", str(repository))
    monkeypatch.setenv("ATVOS_SQL_DIR", str(repository / "sql"))
    return repository


@pytest.fixture
def built(small: Path) -> Path:
    """The small repository's dictionary, as it should be."""
    folder = small / "dictionary"
    assert run("build", "--folder", folder).exit_code == 0
    return folder


def test_the_dictionary_of_the_repository_is_up_to_date(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ATVOS_DAGS_DIR", "ATVOS_SQL_DIR"):
        monkeypatch.delenv(name, raising=False)
    found = run("check")
    assert (found.stderr, found.exit_code) == ("", 0)


def test_a_built_dictionary_is_up_to_date_and_built_again_does_not_change(built: Path) -> None:
    assert run("check", "--folder", built).stdout == "9 pages are up to date\n"
    assert run("build", "--folder", built).stdout == f"{built}: nothing changed\n"


def test_stale_missing_and_superfluous_files_are_named_with_what_mends_them(built: Path) -> None:
    (built / STALE).write_text("An older page.\n")
    (built / GONE).write_text("A table that is gone.\n")
    (built / OWN).unlink()
    found = run("check", "--folder", built)
    assert found.exit_code == 2
    assert found.stderr.splitlines() == [
        f"{built / OWN}: missing",
        f"{built / STALE}: stale",
        f"{built / GONE}: superfluous",
        "run `make docs`, and commit what it writes",
    ]


def test_build_mends_what_check_found_and_says_so(built: Path) -> None:
    (built / STALE).write_bytes(b"\xff is no text")
    (built / GONE).write_text("A table that is gone.\n")
    (built / OWN).unlink()
    found = run("build", "--folder", built)
    assert found.stdout.splitlines() == [
        f"{built / OWN}: missing",
        f"{built / STALE}: stale",
        f"{built / GONE}: superfluous",
    ]
    assert not (built / GONE).exists()
    assert run("check", "--folder", built).exit_code == 0


def test_a_contract_that_changed_makes_the_pages_that_show_it_stale(
    small: Path, built: Path
) -> None:
    contract = small / "contracts" / "rides.odcs.yaml"
    contract.write_text(contract.read_text().replace("The ride.", "Which ride it is."))
    found = run("check", "--folder", built)
    assert found.stderr.splitlines()[:-1] == [f"{built / OWN}: stale"]


def test_a_table_that_is_gone_loses_its_page(small: Path, built: Path) -> None:
    for file in (small / "sql" / "ops" / "landings").iterdir():
        file.unlink()
    found = run("build", "--folder", built)
    assert f"{built}/ops/landings.md: superfluous" in found.stdout.splitlines()
    assert not (built / "ops" / "landings.md").exists()


@pytest.mark.parametrize("command", ["build", "check"])
def test_a_query_that_cannot_be_traced_writes_nothing(
    command: str, small: Path, built: Path
) -> None:
    query = small / "sql" / "marts" / "fct_ride" / "query.sql"
    query.write_text(query.read_text().replace("r.km,", "r.kilometres AS km,"))
    before = (built / STALE).read_text()
    found = run(command, "--folder", built)
    assert found.exit_code == 2
    assert found.stderr == f"{query}: the query cannot be read: Unknown column: kilometres\n"
    assert (built / STALE).read_text() == before


def test_a_contract_that_is_refused_is_told(small: Path) -> None:
    contract = small / "contracts" / "rides.odcs.yaml"
    contract.write_text(contract.read_text().replace("value: 1}", "value: 9}", 1))
    found = run("check", "--folder", small)
    assert found.exit_code == 2
    assert "valid: 1 (paged), 2 or 3" in found.stderr
