"""Prometheus' local configuration is the one of monitoring/, but faster and with local targets."""

from pathlib import Path

import yaml

from local.layout import PROMETHEUS_CONFIG
from local.ports import Ports
from local.prometheus import write_configuration
from local.services import Service


def test_only_intervals_targets_and_the_place_of_rules_differ(tmp_path: Path) -> None:
    write_configuration(tmp_path, Ports(statsd_http=29102))

    source = yaml.safe_load(PROMETHEUS_CONFIG.read_text())
    local = yaml.safe_load((tmp_path / "prometheus.yml").read_text())
    targets = yaml.safe_load((tmp_path / "targets" / "statsd.yml").read_text())
    assert local["global"] == {"scrape_interval": "2s", "evaluation_interval": "2s"}
    assert local["rule_files"] == [str(PROMETHEUS_CONFIG.parent / "rules" / "*.yml")]
    assert local["scrape_configs"] == source["scrape_configs"]
    assert targets == [{"targets": ["127.0.0.1:29102"]}]


def test_a_service_that_is_absent_is_no_target(tmp_path: Path) -> None:
    write_configuration(tmp_path, Ports(), {Service.STATSD, Service.BLACKBOX})

    def targets(name: str) -> list[object]:
        found: list[object] = yaml.safe_load((tmp_path / "targets" / name).read_text())
        return found

    assert len(targets("statsd.yml")) == 1
    assert targets("alertmanager.yml") == []
    assert targets("nodes/local.yml") == []
    assert targets("probes/local.yml") == []  # there is no Airflow to be probed


def test_every_folder_that_targets_are_put_into_is_there_to_be_watched(tmp_path: Path) -> None:
    write_configuration(tmp_path, Ports())

    configuration = yaml.safe_load((tmp_path / "prometheus.yml").read_text())
    files = [
        tmp_path / name
        for job in configuration["scrape_configs"]
        for discovery in job["file_sd_configs"]
        for name in discovery["files"]
    ]
    assert [file.parent for file in files if not file.parent.is_dir()] == []
