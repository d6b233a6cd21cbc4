"""What must hold of docker-compose.yaml: every rule gives a line for what breaks it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from airflow.configuration import conf

from atvos.settings import VARIABLES
from local.layout import REPOSITORY
from tests.compose.composition import VARIABLE, mounts

_EXACT = re.compile(r"[\w./-]+:v?\d+(\.\d+)*([.-]\w+)*")
_OWN_PORT = re.compile(r"127\.0\.0\.1:\d+:\d+(/udp)?")
_UNBOUND = {"init"}
"""Services that end by themselves."""
_NO_CAPABILITIES_NEEDED_BY = {"postgres"}
"""The image's entry point changes owners and the user before it serves."""


def images(services: dict[str, Any]) -> Iterator[str]:
    """Images have an exact tag."""
    for name, service in services.items():
        if not _EXACT.fullmatch(service["image"]) or service["image"].endswith(":latest"):
            yield f"{name}: image {service['image']} is not pinned"


def ports(services: dict[str, Any]) -> Iterator[str]:
    """Nothing listens beyond this machine."""
    for name, service in services.items():
        for port in service.get("ports", []):
            if not _OWN_PORT.fullmatch(port):
                yield f"{name}: port {port} is not bound to 127.0.0.1"


def paths(services: dict[str, Any], root: Path = REPOSITORY) -> Iterator[str]:
    """What is mounted is there, and is not written to."""
    for name, service in services.items():
        for mount in mounts(service):
            if mount.is_path and not (root / mount.source).exists():
                yield f"{name}: {mount.source} is not there"
            if mount.is_path and not mount.is_read_only:
                yield f"{name}: {mount.source} can be written to"


def health(services: dict[str, Any]) -> Iterator[str]:
    """Whether a service is well can be seen, and what it needs is waited for."""
    for name, service in services.items():
        if name not in _UNBOUND and "healthcheck" not in service:
            yield f"{name}: no healthcheck"
        for needed, how in service.get("depends_on", {}).items():
            ends = "service_completed_successfully" if needed in _UNBOUND else "service_healthy"
            if needed not in services:
                yield f"{name}: depends on {needed}, which is not there"
            elif how["condition"] != ends:
                yield f"{name}: waits for {needed} until {how['condition']}"


def limits(services: dict[str, Any]) -> Iterator[str]:
    """No service takes the machine for itself, or more rights than it needs."""
    for name, service in services.items():
        found = service.get("deploy", {}).get("resources", {}).get("limits", {})
        if set(found) != {"cpus", "memory"}:
            yield f"{name}: no limit of cpus and memory"
        if service.get("security_opt") != ["no-new-privileges:true"]:
            yield f"{name}: may gain privileges"
        if service.get("cap_drop") != ["ALL"] and name not in _NO_CAPABILITIES_NEEDED_BY:
            yield f"{name}: has capabilities"
        if service.get("privileged") or service.get("network_mode") == "host":
            yield f"{name}: is not contained"


def secrets(services: dict[str, Any], known: set[str]) -> Iterator[str]:
    """Secrets come from .env, which has all of them; nothing has a default."""
    used = set()
    for name, service in services.items():
        for variable, value in service.get("environment", {}).items():
            used |= set(VARIABLE.findall(str(value)))
            secret = re.search(r"PASSWORD|SECRET|FERNET|_KEY$", variable)
            if secret and "${" not in str(value):
                yield f"{name}: {variable} stands in the file"
            for text in re.findall(r"\$\{\w+[^}]*\}", str(value)):
                if not re.fullmatch(r"\$\{\w+:\?run make compose-env\}", text):
                    yield f"{name}: {variable} has a default or no message: {text}"
    for variable in sorted(used ^ known):
        yield f"{variable}: only in {'docker-compose.yaml' if variable in used else '.env'}"


def variables(services: dict[str, Any]) -> Iterator[str]:
    """Airflow and the platform read what is set."""
    for name, service in services.items():
        for variable in service.get("environment", {}):
            if variable.startswith("ATVOS_") and variable not in VARIABLES:
                yield f"{name}: nothing reads {variable}"
            if variable.startswith("AIRFLOW__"):
                section, option = variable.removeprefix("AIRFLOW__").lower().split("__")
                known = conf.configuration_description.get(section, {}).get("options", {})
                if option not in known:
                    yield f"{name}: Airflow has no option {variable}"


def names(services: dict[str, Any]) -> Iterator[str]:
    """Hosts in the environment are services, on ports where these listen."""
    for name, service in services.items():
        for variable, value in service.get("environment", {}).items():
            for host, port in re.findall(r"(?:://|@)([a-z][a-z-]+):(\d+)", str(value)):
                if host not in services:
                    yield f"{name}: {variable} names {host}, which is no service"
                elif port not in listening(services[host]):
                    yield f"{name}: {variable} asks {host} on {port}"


def listening(service: dict[str, Any]) -> set[str]:
    """The ports that a service says it listens on, in its command, health check or variables."""
    texts = [
        *map(str, service.get("command", [])),
        *map(str, service.get("healthcheck", {}).get("test", [])),
    ]
    found = {port for text in texts for port in re.findall(r"(?:^|:)(\d{4,5})(?=/|$)", text)}
    # Images that listen where they always do.
    image = service["image"].partition(":")[0]
    return found | {"postgres": {"5432"}}.get(image, set())
