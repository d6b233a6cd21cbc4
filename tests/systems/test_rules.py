"""The rules and the configuration of the systems' monitoring, as promtool judges them."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from atvos.monitoring import runbooks
from atvos.monitoring.runbooks import Language
from local.layout import PROMETHEUS_CONFIG, REPOSITORY
from tests.systems.conftest import BLACKBOX_CONFIG, RULES, tool

CASES = RULES.parents[1] / "tests" / "systems.yml"
RUNBOOKS = REPOSITORY / "docs" / "runbooks"
TARGETS = RULES.parents[1] / "targets"
ENVIRONMENTS = {"production", "staging"}


def test_every_alert_fires_and_stays_silent_as_its_cases_say() -> None:
    assert _complaints("promtool", "test", "rules", str(CASES)) == ""


def test_every_alert_has_a_case_in_which_it_fires_and_one_in_which_it_does_not() -> None:
    alerts = {rule["alert"] for rule in _rules() if "alert" in rule}
    cases = [
        case
        for test in yaml.safe_load(CASES.read_text())["tests"]
        for case in test["alert_rule_test"]
    ]

    assert {case["alertname"] for case in cases if case.get("exp_alerts")} == alerts
    assert {case["alertname"] for case in cases if not case.get("exp_alerts")} == alerts


@pytest.mark.parametrize("language", list(runbooks.Language))
def test_every_alert_leads_to_its_runbook_which_has_the_usual_headings(
    language: runbooks.Language,
) -> None:
    annotation = {Language.PORTUGUESE: "runbook_url", Language.ENGLISH: "runbook_url_en"}[language]
    for alert in (rule for rule in _rules() if "alert" in rule):
        assert alert["annotations"][annotation] == runbooks.url(alert["alert"], language)
        page = RUNBOOKS / language / runbooks.file_name(alert["alert"])
        headings = [line[3:] for line in page.read_text().splitlines() if line.startswith("## ")]
        assert tuple(headings) == runbooks.HEADINGS[language]


def test_prometheus_takes_the_configuration_with_its_rules_and_targets() -> None:
    assert _complaints("promtool", "check", "config", str(PROMETHEUS_CONFIG)) == ""


def test_the_blackbox_exporter_takes_its_modules() -> None:
    options = ("--config.check", f"--config.file={BLACKBOX_CONFIG}")
    assert _complaints("prometheus-blackbox-exporter", *options) == ""


def test_every_environment_has_a_file_of_each_kind() -> None:
    kinds = {"applications", "nodes", "probes"}
    assert {file.name for file in TARGETS.iterdir() if file.is_dir()} == kinds
    for kind in kinds:
        assert {file.stem for file in (TARGETS / kind).iterdir()} == ENVIRONMENTS


def test_every_probe_names_its_system_its_prober_and_a_module_that_exists() -> None:
    modules = yaml.safe_load(BLACKBOX_CONFIG.read_text())["modules"]
    for group in _groups(TARGETS / "probes"):
        assert set(group["labels"]) == {"system", "__param_module", "__prober"}
        assert group["labels"]["__param_module"] in modules


def test_every_other_target_names_its_system() -> None:
    groups = [*_groups(TARGETS / "applications"), *_groups(TARGETS / "nodes")]
    assert [set(group["labels"]) for group in groups] == [{"system"}] * len(groups)


def _rules() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load(RULES.read_text())["groups"]
    return list(group["rules"])


def _groups(folder: Path) -> list[dict[str, dict[str, str]]]:
    return [group for file in folder.iterdir() for group in yaml.safe_load(file.read_text())]


def _complaints(name: str, *arguments: str) -> str:
    """What a program prints when it refuses something; nothing when it does not."""
    done = subprocess.run(
        [tool(name), *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    return done.stdout + done.stderr if done.returncode else ""
