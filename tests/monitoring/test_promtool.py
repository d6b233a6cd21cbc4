"""Every alert fires when it should, and is silent when it should be."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from atvos.monitoring import written
from atvos.monitoring.rules import rules
from atvos.monitoring.timing import Timing
from tests.monitoring.programs import RULE_TESTS, RULES, alerting_rules, feeds, marts, run


def test_prometheus_reads_every_rule() -> None:
    code, output = run("promtool", "check", "rules", *RULES)

    assert code == 0, output


@pytest.mark.parametrize("file", RULE_TESTS, ids=lambda file: file.stem)
def test_rules_do_what_their_tests_say(file: Path) -> None:
    code, output = run("promtool", "test", "rules", file.name, folder=file.parent)

    assert code == 0, output


def test_every_alert_is_seen_firing_and_silent() -> None:
    seen: defaultdict[str, set[str]] = defaultdict(set)
    for file in RULE_TESTS:
        for case in yaml.safe_load(file.read_text())["tests"]:
            for check in case.get("alert_rule_test", ()):
                seen[check["alertname"]].add("firing" if check.get("exp_alerts") else "silent")
            for check in case.get("promql_expr_test", ()):
                for name in re.findall(r'ALERTS{alertname="(\w+)"', check["expr"]):
                    seen[name].add("firing" if check.get("exp_samples") else "silent")

    names = {rule["alert"] for rule in alerting_rules()}
    assert seen == {name: {"firing", "silent"} for name in names}


def test_a_rule_that_does_not_do_what_is_said_is_found_out(tmp_path: Path) -> None:
    for folder, copied in (("rules", RULES), ("tests", RULE_TESTS)):
        (tmp_path / folder).mkdir()
        for file in copied:
            text = file.read_text().replace("platform:reporting:bool == 0", "vector(0) == 1")
            (tmp_path / folder / file.name).write_text(text)

    code, output = run("promtool", "test", "rules", "platform.yml", folder=tmp_path / "tests")

    assert (code, "alertname: HeartbeatMissing" in output) == (1, True)


@pytest.mark.parametrize("scale", [1 / 30, 0.001])
def test_prometheus_reads_the_rules_of_a_drill(scale: float, tmp_path: Path) -> None:
    drill = Timing(scale=scale, slo_scale=scale, heartbeat=timedelta(seconds=2))
    for name, document in rules(feeds(), marts(), drill).items():
        (tmp_path / name).write_text(written.text(document))

    code, output = run("promtool", "check", "rules", *sorted(tmp_path.iterdir()))

    assert code == 0, output
