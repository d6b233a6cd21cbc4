"""docker-compose.yaml as it is read, and how its commands run on this machine."""

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from local.layout import EMULATORS_BIN, REPOSITORY

FILE = REPOSITORY / "docker-compose.yaml"
VARIABLE = re.compile(r"\$\{(\w+)[^}]*\}")


def document(file: Path = FILE) -> dict[str, Any]:
    """The file, with its anchors resolved."""
    found: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return found


def services(file: Path = FILE) -> dict[str, dict[str, Any]]:
    """The services by name."""
    found: dict[str, dict[str, Any]] = document(file)["services"]
    return found


@dataclass(frozen=True)
class Mount:
    """A volume: a path of the repository, or a named one, and where it is in the container."""

    source: str
    target: str
    is_read_only: bool

    @property
    def is_path(self) -> bool:
        """Whether it is of the repository."""
        return self.source.startswith("./")


def mounts(service: dict[str, Any]) -> list[Mount]:
    """The volumes of a service."""
    found = []
    for text in service.get("volumes", []):
        source, target, *mode = text.split(":")
        found.append(Mount(source, target, mode == ["ro"]))
    return found


@dataclass(frozen=True)
class Process:
    """A service's command for this machine, its environment, and where it tells that it is well."""

    command: list[str]
    environment: dict[str, str]
    health: str


def on_this_machine(
    service: dict[str, Any],
    programs: dict[str, Path],
    ports: dict[str, int],
    folder: Path,
    entrypoint: str | None = None,
) -> Process:
    """The service's own command, with this machine's paths and ports in place of the container's.

    ``entrypoint`` is the image's program, where the command is only its arguments. ``ports`` has,
    by the container's port, a free one.
    """
    command = [*([entrypoint] if entrypoint else []), *service["command"]]
    places = {mount.target: _here(mount, folder) for mount in mounts(service)}
    places["/opt/emulators"] = str(REPOSITORY / "local")
    variables = {n: _moved(str(v), places, {}) for n, v in service.get("environment", {}).items()}
    url = next(part for part in service["healthcheck"]["test"] if part.startswith("http://"))
    return Process(
        [str(programs.get(command[0], command[0]))]
        + [_moved(part, places, ports) for part in command[1:]],
        {**os.environ, **variables},
        _moved(url, {}, ports),
    )


def programs(found: dict[str, Path]) -> dict[str, Path]:
    """The programs that commands begin with; ``found`` are those that are on no lock."""
    names = ("python", "gcp-storage-emulator")
    return {**found, **{name: EMULATORS_BIN / name for name in names}}


def _here(mount: Mount, folder: Path) -> str:
    if not mount.is_path:
        place = folder / mount.source
        place.mkdir(exist_ok=True)
        return str(place)
    # Files that are mounted beside each other are looked for beside each other.
    source, target = REPOSITORY / mount.source, folder / mount.target.lstrip("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    else:
        shutil.copy(source, target)
    return str(target)


def _moved(text: str, places: dict[str, str], ports: dict[str, int]) -> str:
    for target in sorted(places, key=len, reverse=True):
        text = re.sub(rf"(^|=){re.escape(target)}(?=/|$)", rf"\g<1>{places[target]}", text)
    for port, free in ports.items():
        text = re.sub(rf"(^|:){port}(?=/|$)", rf"\g<1>{free}", text)
    return text.replace("0.0.0.0", "127.0.0.1")
