"""A drill is right where exactly the expected alert pages and the cause is named."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from local.drill import systems
from local.drill.run import Outcome, report
from local.drill.scenarios import SCENARIOS
from local.watched import RULES, rule_names

RIGHT = Outcome("the source stops", "SourceSilent", 40.0, ["SourceSilent"], "no new object", True)


@pytest.mark.parametrize(
    ("outcome", "is_right"),
    [
        (RIGHT, True),
        (replace(RIGHT, pages=[]), False),
        (replace(RIGHT, pages=["DatasetStale"]), False),
        (replace(RIGHT, pages=["DatasetStale", "SourceSilent"]), False),
        (replace(RIGHT, names_the_cause=False), False),
    ],
)
def test_only_the_expected_page_with_its_cause_is_right(outcome: Outcome, is_right: bool) -> None:
    assert outcome.is_right == is_right


def test_one_wrong_scenario_fails_the_drill(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = replace(RIGHT, pages=[], seconds=None)
    assert report([RIGHT], tmp_path / "drill.json") == 0
    assert report([RIGHT, wrong], tmp_path / "drill.json") == 1
    printed = capsys.readouterr().out
    assert "1 of 2 as they should be" in printed
    assert "nobody was paged" in printed


def test_the_seven_scenarios_ask_for_alerts_that_there_are() -> None:
    expected = {scenario.alert for scenario in SCENARIOS}
    assert len(SCENARIOS) == len(expected) == 7
    assert expected <= set(rule_names(RULES.glob("*.yml")))


def test_the_rules_of_systems_go_at_the_drills_pace() -> None:
    text = json.dumps(systems.rules(1 / 20))
    assert "[15000ms]" in text
    assert "[5m]" not in text
