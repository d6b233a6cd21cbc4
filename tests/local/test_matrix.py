"""The DAGs run on the other Airflow too, and what would be wrong there is said."""

from dataclasses import replace

import pytest

from local import matrix
from local.errors import StackError
from local.matrix import Seen

GOOD = Seen("3.1.8", {}, ["ingest__a"], {"ingest__a": "success"}, 2, 2)


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_the_airflow_of_before_reads_every_dag_and_runs_a_feed_to_its_mart() -> None:
    lines: list[str] = []
    assert matrix.main(["3.1.8"], lines.append) == 0, lines
    assert [line for line in lines if line.endswith("DAGs, feed and mart built")] == lines


@pytest.mark.parametrize(
    ("seen", "problem"),
    [
        (replace(GOOD, airflow="3.1.9"), "this is Airflow 3.1.9"),
        (replace(GOOD, states={"ingest__a": "failed"}), "ingest__a: failed"),
        (replace(GOOD, mart_rows=1), "the mart has 1 rows, and 2 were landed"),
        (
            replace(GOOD, import_errors={"ingest.py": "ImportError: x\n"}, states={}, mart_rows=0),
            "ingest.py: ImportError: x",
        ),
    ],
)
def test_what_is_wrong_is_said(seen: Seen, problem: str) -> None:
    assert GOOD.problems("3.1.8") == []
    assert seen.problems("3.1.8") == [problem]


def test_dags_that_only_one_airflow_has_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {"3.3.1": replace(GOOD, airflow="3.3.1", dags=["ingest__a", "b"]), "3.1.8": GOOD}
    monkeypatch.setattr(matrix, "run", found.__getitem__)
    lines: list[str] = []
    assert matrix.main(["3.3.1", "3.1.8"], lines.append) == 1
    assert lines[-1] == "the DAGs are not the same on every Airflow"


def test_a_smoke_test_that_breaks_is_no_success(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_version: str) -> Seen:
        raise StackError("the smoke test ended with 1")

    monkeypatch.setattr(matrix, "run", broken)
    lines: list[str] = []
    assert matrix.main(["3.1.8"], lines.append) == 1
    assert lines == ["Airflow 3.1.8: the smoke test ended with 1"]


def test_a_version_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(matrix.ENVIRONMENTS, "3.0.0", "airflow-3.0")
    with pytest.raises(StackError, match=r"airflow-3\.0/bin/python is missing: run `make airf"):
        matrix.run("3.0.0")
