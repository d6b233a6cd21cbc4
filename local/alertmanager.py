"""Alertmanager's configuration for this machine, made from the one in monitoring/."""

from pathlib import Path
from typing import Any

import yaml

from local.layout import ALERTMANAGER_CONFIG
from local.ports import LOOPBACK, Ports

# A demo should not wait half a minute to be told.
_WAITS = {"group_wait": "1s", "group_interval": "5s"}


def write_configuration(folder: Path, ports: Ports, source: Path = ALERTMANAGER_CONFIG) -> None:
    """Write ``alertmanager.yml`` into `folder`.

    All is as in `source` but how long notifications are collected, and where they go: to the
    relay of this machine.
    """
    configuration: dict[str, Any] = yaml.safe_load(source.read_text(encoding="utf-8"))
    configuration["route"] |= _WAITS
    for receiver in configuration["receivers"]:
        for hook in receiver["webhook_configs"]:
            path = hook["url"].rpartition("/")[2]
            hook["url"] = f"http://{LOOPBACK}:{ports.alert_relay}/{path}"
    folder.mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump(configuration, sort_keys=False)
    (folder / "alertmanager.yml").write_text(text, encoding="utf-8")
