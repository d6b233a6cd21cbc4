"""The machine that monitors, as cloud-init makes it."""

import re
import shlex
from dataclasses import dataclass
from typing import Any

import yaml


@dataclass(frozen=True)
class Machine:
    """What cloud-init makes of the monitoring machine: files by path, and commands."""

    files: dict[str, str]
    commands: list[str]

    def unit(self, name: str) -> list[str]:
        """The words of the command that a container is started by."""
        text = self.files[f"/etc/systemd/system/{name}.service"]
        (command,) = re.findall(r"^ExecStart=(.*)$", text, re.MULTILINE)
        return shlex.split(command)


def machine(values: dict[str, Any]) -> Machine:
    """The machine of an environment's local values."""
    head, _, body = values["cloud_init"].partition("\n")
    assert head == "#cloud-config"
    document = yaml.safe_load(body)
    files = {file["path"]: file["content"] for file in document["write_files"]}
    return Machine(files, [*document["bootcmd"], *document["runcmd"]])
