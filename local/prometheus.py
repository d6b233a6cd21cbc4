"""Prometheus' configuration for this machine, made from the one in monitoring/."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import yaml

from local.layout import PROMETHEUS_CONFIG
from local.ports import LOOPBACK, Ports
from local.services import ALL, Service

# A demo should not wait a quarter of a minute for a number.
_INTERVAL = "2s"


def write_configuration(
    folder: Path,
    ports: Ports,
    services: Collection[Service] = ALL,
    source: Path = PROMETHEUS_CONFIG,
) -> None:
    """Write ``prometheus.yml`` and its targets into `folder`.

    All is as in `source` but the intervals, and the targets, which are those of this machine
    that run. The rules are used where they are.
    """
    configuration = yaml.safe_load(source.read_text())
    configuration["global"] |= {"scrape_interval": _INTERVAL, "evaluation_interval": _INTERVAL}
    configuration["rule_files"] = [
        str(source.parent / name) for name in configuration["rule_files"]
    ]
    # Prometheus notices at once what is put into a folder that was there when it started.
    (folder / "targets" / "applications").mkdir(parents=True, exist_ok=True)
    for name, targets in _targets(ports, services).items():
        file = folder / "targets" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(yaml.safe_dump(targets))
    (folder / "prometheus.yml").write_text(yaml.safe_dump(configuration, sort_keys=False))


def _targets(ports: Ports, services: Collection[Service]) -> dict[str, list[dict[str, Any]]]:
    """The target files by name; without its service a file is empty."""

    def target(service: Service, port: int, **labels: str) -> list[dict[str, Any]]:
        if service not in services:
            return []
        return [{"targets": [f"{LOOPBACK}:{port}"], **({"labels": labels} if labels else {})}]

    airflow = {
        "targets": [f"http://{LOOPBACK}:{ports.airflow}/api/v2/monitor/health"],
        "labels": {
            "system": "airflow",
            "__param_module": "http_2xx",
            "__prober": f"{LOOPBACK}:{ports.blackbox}",
        },
    }
    is_probed = {Service.BLACKBOX, Service.API_SERVER} <= set(services)
    return {
        "statsd.yml": target(Service.STATSD, ports.statsd_http),
        "alertmanager.yml": target(Service.ALERTMANAGER, ports.alertmanager),
        "blackbox.yml": target(Service.BLACKBOX, ports.blackbox, system="monitoring"),
        "nodes/local.yml": target(Service.NODE, ports.node, system="airflow"),
        "probes/local.yml": [airflow] if is_probed else [],
    }
