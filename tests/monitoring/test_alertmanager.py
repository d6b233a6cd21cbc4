"""One cause makes one page, as a real Alertmanager has it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from atvos.monitoring.alertmanager import Receivers, alertmanager
from tests.monitoring.paging import Office, office
from tests.monitoring.programs import ALERTMANAGER, alerting_rules, feeds, marts, run

Labels = dict[str, str]


def alert(name: str, dataset: str | None = None, severity: str = "page", **more: str) -> Labels:
    """The labels of an alert as Prometheus sends it."""
    labels = {"alertname": name, "severity": severity, **more}
    table = {**feeds(), **marts()}[dataset] if dataset else None
    return labels | table.metric_labels if table else labels


@pytest.fixture
def on_call(tmp_path: Path) -> Iterator[Office]:
    """Whoever is told."""
    with office(tmp_path) as there:
        yield there


T, MART, REPORT = "telemetry_events", "fct_vehicle_day", "rpt_d1"
API = {"system": "api", "environment": "production"}
CASES: dict[str, tuple[str, list[Labels]]] = {
    "the source stops": (
        "SourceSilent",
        [
            alert("SourceSilent", T),
            alert("DatasetStale", T),
            alert("FreshnessBurnFast", T),
            alert("FreshnessBurnSlow", T, "ticket"),
            alert("DatasetStale", MART),
            alert("ReportMissing", REPORT),
        ],
    ),
    "the pipeline stops": (
        "PipelineStopped",
        [
            alert("PipelineStopped", T),
            alert("PipelineStopped", T, "ticket"),
            alert("DatasetStale", T),
            alert("DatasetStale", MART),
        ],
    ),
    "curate fails": (
        "StepFailing",
        [
            alert("StepFailing", T, step="curate"),
            alert("StepFailing", T, "ticket", step="curate"),
            alert("PipelineStopped", T),
            alert("DatasetStale", T),
            alert("DatasetStale", MART),
        ],
    ),
    "the audit fails": (
        "BatchHeld",
        [
            alert("BatchHeld", T),
            alert("BatchHeld", T, "ticket"),
            alert("StepFailing", T, step="audit"),
            alert("ValidRatioLow", T, "ticket"),
            alert("SourceSilent", T),
            alert("DatasetStale", MART),
        ],
    ),
    "the exporter is down": (
        "ExporterDown",
        [
            alert("ExporterDown", job="statsd"),
            alert("HeartbeatMissing"),
            alert("DatasetUnknown", T, "ticket"),
            alert("DatasetStale", T),
            alert("ReportMissing", REPORT),
        ],
    ),
    "the scheduler stops": (
        "HeartbeatMissing",
        [
            alert("HeartbeatMissing"),
            alert("DatasetStale", T),
            alert("PipelineStopped", "km_bulletins"),
            alert("DatasetStale", MART),
        ],
    ),
    "the D-1 report is late": (
        "ReportMissing",
        [
            alert("ReportMissing", REPORT),
            alert("StepFailing", REPORT, step="build"),
            alert("StepFailing", REPORT, "ticket", step="build"),
            alert("DatasetStale", REPORT),
        ],
    ),
    "an application answers 5xx": (
        "SystemErrors",
        [
            alert("SystemErrors", **API),
            alert("SystemDown", **API),
            alert("SystemSlow", **API),
        ],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_one_cause_makes_one_page_and_nothing_else(case: str, on_call: Office) -> None:
    page, firing = CASES[case]

    assert on_call.hear(*firing) == [("page", (page,))]


def test_a_ticket_keeps_no_page_quiet(on_call: Office) -> None:
    told = on_call.hear(alert("SourceSilent", "trips", "ticket"), alert("DatasetStale", REPORT))

    assert told == [("page", ("DatasetStale",)), ("ticket", ("SourceSilent",))]


def test_what_has_nothing_to_do_with_each_other_is_told_apart(on_call: Office) -> None:
    told = on_call.hear(
        alert("SourceSilent", T),
        alert("SourceSilent", "km_bulletins"),
        alert("ReconcileGap", "trips", "ticket", kind="missed"),
        alert("SchedulerSilent", severity="ticket"),
        alert("SystemDown", **API),
    )

    assert told == [
        ("page", ("SourceSilent",)),
        ("page", ("SourceSilent",)),
        ("page", ("SystemDown",)),
        ("ticket", ("ReconcileGap",)),
        ("ticket", ("SchedulerSilent",)),
    ]


def test_a_mart_behind_a_feed_that_pages_pages_for_its_own_failure(on_call: Office) -> None:
    told = on_call.hear(alert("SourceSilent", T), alert("StepFailing", MART, step="build"))

    assert told == [("page", ("SourceSilent",)), ("page", ("StepFailing",))]


def test_amtool_accepts_the_configuration() -> None:
    code, output = run("amtool", "check-config", ALERTMANAGER)

    assert code == 0, output


@pytest.mark.parametrize("labels", [("dataset=x", "tier=1"), ("system=api",), ()])
@pytest.mark.parametrize("severity", ["page", "ticket", "info"])
def test_an_alert_goes_where_its_severity_says(severity: str, labels: tuple[str, ...]) -> None:
    found = run(
        "amtool", "config", "routes", "test", f"--config.file={ALERTMANAGER}",
        f"severity={severity}", *labels,
    )  # fmt: skip

    assert (found[0], found[1].splitlines()[0]) == (0, severity)


def test_an_alert_without_a_severity_is_a_ticket() -> None:
    found = run("amtool", "config", "routes", "test", f"--config.file={ALERTMANAGER}", "a=b")

    assert (found[0], found[1].splitlines()[0]) == (0, "ticket")


def test_the_severities_of_the_rules_are_those_that_have_a_receiver() -> None:
    found = {severity for rule in alerting_rules() for severity in _severities(rule)}

    assert found == {"page", "ticket", "info"}


def test_other_receivers_change_nothing_but_addresses_and_times() -> None:
    production = alertmanager(feeds(), marts())
    local = alertmanager(feeds(), marts(), Receivers("http://127.0.0.1:1"))

    assert local["receivers"][0]["webhook_configs"][0]["url"] == "http://127.0.0.1:1/page"
    assert {k: v for k, v in local.items() if k != "receivers"} == {
        k: v for k, v in production.items() if k != "receivers"
    }


def test_no_two_alerts_keep_each_other_quiet() -> None:
    rules = yaml.safe_load(ALERTMANAGER.read_text())["inhibit_rules"]
    firing = [
        alert(rule["alert"], dataset, severity)
        for rule in alerting_rules()
        for severity in _severities(rule)
        for dataset in ((T, MART, REPORT) if "dataset" in str(rule["annotations"]) else (None,))
    ]
    quiet = {
        (a, b)
        for (a, source), (b, target) in itertools.permutations(enumerate(firing), 2)
        if any(_inhibits(rule, source, target) for rule in rules)
    }

    assert {(a, b) for a, b in quiet if (b, a) in quiet} == set()


def _severities(rule: Mapping[str, Any]) -> list[str]:
    """What the severity of a rule can be: itself, or what a template writes."""
    severity = rule["labels"]["severity"]
    return re.findall(r"}}(\w+){{", severity) or [severity]


def _inhibits(rule: Mapping[str, Any], source: Labels, target: Labels) -> bool:
    same = (source.get(label) == target.get(label) for label in rule.get("equal", ()))
    return (
        all(_matches(matcher, source) for matcher in rule["source_matchers"])
        and all(_matches(matcher, target) for matcher in rule["target_matchers"])
        and all(same)
    )


def _matches(matcher: str, labels: Labels) -> bool:
    found = re.fullmatch(r'(\w+)(=~|!=|=)"(.*)"', matcher)
    assert found is not None, matcher
    label, sign, value = found.groups()
    held = labels.get(label, "")
    if sign == "=~":
        return re.fullmatch(value, held) is not None
    return (held == value) is (sign == "=")
