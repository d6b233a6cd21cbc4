"""Prometheus' configuration for this machine, made from the one in monitoring/."""

from pathlib import Path

import yaml

from local.layout import PROMETHEUS_CONFIG
from local.ports import LOOPBACK, Ports

# A demo should not wait a quarter of a minute for a number.
_INTERVAL = "2s"


def write_configuration(folder: Path, ports: Ports, source: Path = PROMETHEUS_CONFIG) -> None:
    """Write ``prometheus.yml`` and its targets into `folder`.

    All is as in `source` but the intervals, and the targets, which are this
    machine's. The rules are used where they are.
    """
    configuration = yaml.safe_load(source.read_text())
    configuration["global"] |= {"scrape_interval": _INTERVAL, "evaluation_interval": _INTERVAL}
    configuration["rule_files"] = [
        str(source.parent / name) for name in configuration["rule_files"]
    ]
    targets = [{"targets": [f"{LOOPBACK}:{ports.statsd_http}"]}]

    (folder / "targets").mkdir(parents=True, exist_ok=True)
    (folder / "targets" / "statsd.yml").write_text(yaml.safe_dump(targets))
    (folder / "prometheus.yml").write_text(yaml.safe_dump(configuration, sort_keys=False))
