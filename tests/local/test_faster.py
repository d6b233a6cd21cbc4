"""The faster rules are the same rules."""

import yaml

from local.faster import faster_configuration, faster_rules
from local.layout import PROMETHEUS_CONFIG
from tests.systems.conftest import RULES


def test_what_is_as_fast_as_before_is_as_before() -> None:
    rules = yaml.safe_load(RULES.read_text())
    same = faster_rules(rules, 1)["groups"][0]["rules"]

    assert [rule | {"expr": "", "for": ""} for rule in same] == [
        rule | {"expr": "", "for": ""} for rule in rules["groups"][0]["rules"]
    ]


def test_ranges_and_waiting_are_divided_and_bounds_are_not() -> None:
    rule = {"alert": "Slow", "expr": "rate(seconds_sum[5m]) > 0.5", "for": "2m"}

    faster = faster_rules({"groups": [{"name": "one", "rules": [rule]}]}, 50)

    assert faster == {
        "groups": [
            {
                "name": "one",
                "rules": [
                    {"alert": "Slow", "expr": "rate(seconds_sum[6000ms]) > 0.5", "for": "2400ms"}
                ],
            }
        ]
    }


def test_a_probe_may_take_as_long_as_its_interval() -> None:
    faster = faster_configuration(yaml.safe_load(PROMETHEUS_CONFIG.read_text()), 50)

    assert faster["global"] == {"scrape_interval": "300ms", "evaluation_interval": "300ms"}
    (probes,) = (scrape for scrape in faster["scrape_configs"] if scrape["job_name"] == "probes")
    assert (probes["scrape_interval"], probes["scrape_timeout"]) == ("1200ms", "1200ms")
