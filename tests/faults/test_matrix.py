"""A part of the matrix: whatever breaks, everything is there in the end, and once."""

import pytest

from local.faults.cases import CASES
from local.faults.ground import Ground
from local.faults.run import run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


@pytest.mark.parametrize(
    "name",
    [
        "kill-after-publish",
        "orphan-beam-rows",
        "503-list",
        "dropped-publish",
        "bigquery-killed-at-publish",
        "deleted-at-claim",
        "job-runs-and-fails-publish",
        "two-runs-one-batch-no-job-ids",
    ],
)
def test_a_fault_loses_nothing_and_doubles_nothing(ground: Ground, name: str) -> None:
    outcome = run(ground, CASES[name])
    assert outcome.is_right, "\n".join(outcome.lines())


def test_the_matrix_has_a_case_for_every_step_and_every_answer() -> None:
    assert len(CASES) >= 40
    steps = ("sense", "curate", "stage-rows", "audit", "publish", "report")
    assert {f"kill-{place}-{step}" for place in ("started", "done") for step in steps} <= set(CASES)
    answers = ("500", "503", "429", "refused", "hangs", "dropped")
    assert {f"{answer}-publish" for answer in answers} <= set(CASES)
