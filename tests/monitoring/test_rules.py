"""Rules follow contracts and models, and can be sped up as a whole."""

from __future__ import annotations

import re
from datetime import time, timedelta
from typing import Any

import pytest
import yaml

from atvos.contract import Layer
from atvos.monitoring import lineage
from atvos.monitoring.registry import REGISTRY
from atvos.monitoring.rules import alerts, rules
from atvos.monitoring.timing import Timing, duration
from tests.monitoring.programs import RULES, alerting_rules, feeds, marts

WATCHED = {name for name, t in {**feeds(), **marts()}.items() if t.layer is not Layer.OPS}


def all_rules(timing: Timing | None = None) -> list[dict[str, Any]]:
    documents = rules(feeds(), marts(), timing or Timing()).values()
    return [rule for d in documents for group in d["groups"] for rule in group["rules"]]


def recorded(name: str, timing: Timing | None = None) -> dict[str, str]:
    """The expressions of the rules that record ``name``, by dataset."""
    return {
        rule.get("labels", {}).get("dataset", ""): rule["expr"]
        for rule in all_rules(timing)
        if rule.get("record") == name
    }


@pytest.mark.parametrize("name", ["dataset:expected:info", "dataset:slo_active:bool"])
def test_every_dataset_that_is_measured_is_expected(name: str) -> None:
    assert recorded(name).keys() == WATCHED


def test_only_a_calendar_limits_when_a_promise_holds() -> None:
    limited = {n for n, expr in recorded("dataset:slo_active:bool").items() if expr != "vector(1)"}

    assert limited == {"contract_measurements", "occurrences", "fct_occurrence"}


def test_every_deadline_has_a_rule() -> None:
    assert recorded("dataset:due_since:timestamp_seconds").keys() == {
        "rpt_d1",
        "fct_fleet_month_cost",
    }


def test_a_mart_is_dated_by_what_its_builds_are_dated_by() -> None:
    tables = lineage.watched(feeds(), marts())

    assert lineage.sources(tables["rpt_d1"], tables) == (
        "fct_vehicle_day",
        "telemetry_events",
        "trips",
    )
    assert lineage.readers("telemetry_events", tables) == (
        "fct_fleet_month_cost",
        "fct_km_divergence",
        "fct_vehicle_day",
        "rpt_d1",
    )


def test_a_mart_waits_for_sources_that_page_as_loudly_alone() -> None:
    assert recorded("dataset:upstream_fresh:bool")["rpt_d1"] == (
        'min(dataset:fresh:bool{dataset=~"fct_vehicle_day|telemetry_events"})'
    )


def test_rules_read_only_metrics_that_are_published() -> None:
    known = {series for metric in REGISTRY for series in metric.series} | {"up"}
    names = {
        name
        for rule in all_rules()
        for name in re.findall(
            r"(?<![\w:])((?:dataset|airflow|heartbeat)_\w+)(?![\w:])", rule["expr"]
        )
    }

    assert names - known == set()


def test_rules_read_only_what_is_recorded() -> None:
    made = {rule["record"] for rule in all_rules() if "record" in rule}
    read = {
        name
        for rule in all_rules()
        for name in re.findall(r"\b(?:platform|dataset|dataset_step):\w+:\w+", rule["expr"])
    }

    assert read - made == set()


def test_what_is_recorded_by_hand_and_by_code_has_one_name_each() -> None:
    documents = [yaml.safe_load(file.read_text()) for file in RULES]
    groups = [group["name"] for document in documents for group in document["groups"]]

    assert len(groups) == len(set(groups))


def test_a_drill_is_as_many_times_faster_everywhere() -> None:
    waits = {rule["alert"]: rule["for"] for rule in all_rules(Timing(scale=0.1)) if "for" in rule}
    wanted = {a.name: duration(a.wait / 10) for a in alerts() if a.wait}

    assert waits == wanted
    assert waits["DatasetStale"] == "2m30s"


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("platform:settled:bool", "[1m30s]"),
        ("platform:reporting:bool", "< bool 25)"),
        ("dataset:slo:seconds", ") * 0.5\n"),
        ("dataset:stale:ratio1h", "[6m]"),
        ("dataset:slo_attainment:ratio30d", "[30d]"),
        ("dataset_step:last_ended:timestamp_seconds", "[1h] offset 10s)"),
    ],
)
def test_a_drill_scales_windows_thresholds_and_promises(name: str, part: str) -> None:
    drill = Timing(scale=0.1, slo_scale=0.5, heartbeat=timedelta(seconds=10))

    assert part in recorded(name, drill)[""]


def test_a_drill_sets_the_hour_of_a_deadline() -> None:
    name = "dataset:due_since:timestamp_seconds"
    drill = recorded(name, Timing(alert_at={"rpt_d1": time(0, 1)}))

    assert drill["rpt_d1"] == "vector(time() - 60 - ((time() - 10800) - 60) % 86400)"
    assert drill["fct_fleet_month_cost"] == recorded(name)["fct_fleet_month_cost"]


def test_nobody_is_woken_but_for_what_users_feel() -> None:
    pages = {r["alert"] for r in alerting_rules() if "page" in r["labels"]["severity"]}

    assert pages == {
        *("DatasetStale", "FreshnessBurnFast", "SourceSilent", "PipelineStopped", "StepFailing"),
        *("BatchHeld", "ReportMissing", "MonthClosingLate", "ExporterDown", "HeartbeatMissing"),
        *("SystemDown", "SystemSlow", "SystemErrors", "CertificateExpires", "PowerBiBehind"),
    }
