"""``python -m local.faults``: what is chosen, and what is told."""

import pytest
from typer.testing import CliRunner

from local.faults.__main__ import app
from local.faults.cases import CASES
from local.faults.cases.scheduler import SCHEDULED
from local.faults.report import Report, summary
from local.faults.run import chosen
from local.faults.verdict import Verdict

RIGHT = Verdict([], [], [])


def test_list_names_every_case_and_runs_none() -> None:
    printed = CliRunner().invoke(app, ["--list"])
    assert printed.exit_code == 0
    assert [line.split()[0] for line in printed.output.splitlines()] == [*CASES, *SCHEDULED]


def test_a_name_that_no_case_has_is_refused() -> None:
    printed = CliRunner().invoke(app, ["kill-nobody"])
    assert printed.exit_code == 2
    assert "no case is named 'kill-nobody'" in printed.output


def test_cases_are_chosen_by_name_and_by_glob() -> None:
    known = ["kill-one", "kill-two", "drop-one"]
    assert chosen([], known) == known
    assert chosen(["drop-one", "*-two"], known) == ["kill-two", "drop-one"]


@pytest.mark.parametrize(
    ("verdict", "struck", "code"),
    [
        (RIGHT, True, 0),
        (RIGHT, False, 1),
        (Verdict(["row m"], [], []), True, 1),
        (Verdict([], ["row m"], []), True, 1),
        (Verdict([], [], ["row m: found 1"]), True, 1),
    ],
)
def test_the_exit_code_says_whether_all_is_there_once(
    verdict: Verdict, struck: bool, code: int
) -> None:
    told: list[str] = []
    assert summary([Report("one", "", verdict, struck, 1.0)], 60, told.append) == code
    assert f"{len(verdict.lost)} lost, {len(verdict.doubled)} doubled" in told[0]


def test_no_case_at_all_is_not_right() -> None:
    assert summary([], 1, lambda _: None) == 1


def test_a_line_tells_of_what_is_lost() -> None:
    verdict = Verdict(["row m"], [], ["counts"])
    lines = Report("one", "a title", verdict, False, 1.0, ["it broke"]).lines()
    assert lines[0].startswith("WRONG one")
    assert "lost 1 doubled 0" in lines[0]
    assert [line.strip() for line in lines[1:]] == [
        *("the fault did not strike", "lost row m", "counts", "it broke"),
    ]
