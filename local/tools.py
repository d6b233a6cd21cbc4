"""Find statsd_exporter and Prometheus, or install them where that is possible.

Neither is on PyPI. Without them the stack runs all the same, and says that
metrics are not collected.
"""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from local.layout import TOOLS_BIN
from local.services import Service

STATSD_EXPORTER = "github.com/prometheus/statsd_exporter@v0.30.0"
_INSTALL_LIMIT_SECONDS = 300

Run = Callable[[Sequence[str], Mapping[str, str]], str]


class CommandError(Exception):
    """A command could not be run or failed; the message is its last line."""


def run(command: Sequence[str], extra_environment: Mapping[str, str]) -> str:
    """Run `command` to its end and return what it printed, or raise CommandError."""
    try:
        done = subprocess.run(
            command,
            env={**os.environ, **extra_environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_INSTALL_LIMIT_SECONDS,
            check=True,
        )
    except subprocess.CalledProcessError as error:
        lines = (error.stderr or error.stdout or "").strip().splitlines()
        raise CommandError(lines[-1] if lines else f"exit code {error.returncode}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CommandError(str(error)) from error
    return done.stdout


@dataclass(frozen=True, slots=True)
class Host:
    """What this module asks of the machine, so that a test can answer for another one."""

    which: Callable[[str], str | None] = shutil.which
    run: Run = run
    is_root: bool = field(default_factory=lambda: os.geteuid() == 0)
    tools_bin: Path = TOOLS_BIN
    # Debian's maintainer scripts ask this file before they start a service.
    service_policy: Path = Path("/usr/sbin/policy-rc.d")


def find(service: Service, host: Host | None = None) -> Path | None:
    """Return the program of `service` (statsd or prometheus), or None if it is not installed."""
    host = host or Host()
    if service is Service.PROMETHEUS:
        found = host.which("prometheus")
        return Path(found) if found else None
    if found := host.which("statsd_exporter"):
        return Path(found)
    folders = [host.tools_bin, *_go_bin(host)]
    candidates = (folder / "statsd_exporter" for folder in folders)
    return next((path for path in candidates if os.access(path, os.X_OK)), None)


def ensure(service: Service, report: Callable[[str], None], host: Host | None = None) -> None:
    """Install the program of `service` unless it is there; report what came of it in a line.

    Never raises: a machine that cannot have the program only goes without metrics.
    """
    host = host or Host()
    if found := find(service, host):
        report(f"{service}: {found}")
        return
    install = _install_prometheus if service is Service.PROMETHEUS else _install_statsd_exporter
    try:
        install(host, report)
    except CommandError as error:
        report(f"{service}: metrics are not collected: {error}")
        return
    found = find(service, host)
    report(f"{service}: {found or 'metrics are not collected: installed, but not found'}")


def _go_bin(host: Host) -> list[Path]:
    if not host.which("go"):
        return []
    try:
        lines = host.run(["go", "env", "GOBIN", "GOPATH"], {}).splitlines()
    except CommandError:
        return []
    gobin, gopath = (*lines, "", "")[:2]
    return [Path(gobin)] if gobin else [Path(gopath) / "bin"] if gopath else []


def _install_statsd_exporter(host: Host, report: Callable[[str], None]) -> None:
    if not host.which("go"):
        raise CommandError(
            f"statsd_exporter is not on PATH and Go, which would build {STATSD_EXPORTER}, "
            "is not installed"
        )
    report(f"statsd: building {STATSD_EXPORTER} (a minute or so)")
    host.run(["go", "install", STATSD_EXPORTER], {"GOBIN": str(host.tools_bin)})


def _install_prometheus(host: Host, report: Callable[[str], None]) -> None:
    if not (host.is_root and host.which("apt-get")):
        raise CommandError(
            "prometheus is not on PATH; it is installed by itself only as root with apt-get. "
            "Install it from https://prometheus.io/download"
        )
    install = ["apt-get", "install", "-y", "--no-install-recommends", "prometheus"]
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    report("prometheus: installing Debian's package")
    with _services_kept_down(host):
        try:
            host.run(install, quiet)
        except CommandError:
            # A new machine has no package lists, an old one has outdated lists.
            host.run(["apt-get", "update"], quiet)
            host.run(install, quiet)


@contextmanager
def _services_kept_down(host: Host) -> Iterator[None]:
    """Let a package be installed without its service running now or after a restart."""
    policy = host.service_policy
    ours = not policy.exists()
    if ours:
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
    try:
        yield
    finally:
        if ours:
            policy.unlink()
    if host.which("systemctl"):
        with suppress(CommandError):  # without a running systemd there is nothing to disable
            host.run(["systemctl", "disable", "prometheus"], {})
