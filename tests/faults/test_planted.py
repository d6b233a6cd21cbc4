"""The matrix finds what is wrong: planted bugs, and faults that never strike."""

from functools import partial

import pytest

from local.faults.cases import CASES, case
from local.faults.cases.case import Case
from local.faults.ground import Field, Ground
from local.faults.rules import Kind
from local.faults.run import run
from local.faults.runs import DONE

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


def _planted(field: Field, bug: str, known: str) -> None:
    """The known case, with a bug in every task."""
    field.ground.bigquery.strict.job_ids = False
    field.runner.plants = (f"tests.faults.planted:{bug}",)
    CASES[known].act(field)


def test_a_publish_that_does_not_look_at_the_ledger_is_told_of_as_doubled(ground: Ground) -> None:
    act = partial(_planted, bug="publish_without_looking", known="kill-after-publish")
    outcome = run(ground, Case("planted-blind", "", act))
    assert outcome.struck
    assert outcome.verdict.lost == []
    assert len(outcome.verdict.doubled) >= 14, outcome.lines()


def test_a_ledger_that_is_written_before_the_rows_is_told_of_as_lost(ground: Ground) -> None:
    act = partial(_planted, bug="ledger_before_rows", known="kill-every-publish")
    outcome = run(ground, Case("planted-early", "", act))
    assert outcome.struck
    assert outcome.verdict.doubled == []
    assert sum(item.startswith("row ") for item in outcome.verdict.lost) == 12, outcome.lines()


def _misses(field: Field) -> None:
    """Neither of the faults can strike: there is no such task, and no such request."""
    field.kill("publication", DONE)
    case.PUBLISH.rule(field, Kind.DROP, seconds=1)
    field.go()


def test_a_fault_that_does_not_strike_fails_its_case(ground: Ground) -> None:
    outcome = run(ground, Case("planted-miss", "", _misses))
    assert outcome.verdict.is_right
    assert outcome.problems == []
    assert not outcome.is_right
    assert "      the fault did not strike" in outcome.lines()


def test_a_case_without_a_fault_is_none(ground: Ground) -> None:
    outcome = run(ground, Case("planted-none", "", lambda field: field.go()))
    assert not outcome.struck
    assert not outcome.is_right
