"""Find Prometheus and what belongs to it, or install them where that is possible.

None of them is on PyPI. Without them the stack runs all the same, and says what it does without.
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


@dataclass(frozen=True, slots=True)
class Program:
    """A program by its names, Debian's first, and what the stack does ``without`` it.

    Either Debian has it as a ``package``, or Go builds it from a ``module``.
    """

    names: tuple[str, ...]
    without: str
    package: str | None = None
    module: str = ""


BROWSER = "chromium"
"""No service: the tests look at pages with it."""

ACTIONLINT = "actionlint"
"""No service: the tests judge the workflows of GitHub Actions with it."""

TESTS_ONLY = (BROWSER, ACTIONLINT)

PROGRAMS: Mapping[str, Program] = {
    Service.STATSD: Program(
        ("statsd_exporter",), "metrics are not collected", module=STATSD_EXPORTER
    ),
    Service.PROMETHEUS: Program(("prometheus",), "metrics are not collected", "prometheus"),
    Service.ALERTMANAGER: Program(
        ("prometheus-alertmanager", "alertmanager"),
        "alerts reach nobody",
        "prometheus-alertmanager",
    ),
    Service.BLACKBOX: Program(
        ("prometheus-blackbox-exporter", "blackbox_exporter"),
        "nothing is probed from outside",
        "prometheus-blackbox-exporter",
    ),
    Service.NODE: Program(
        ("prometheus-node-exporter", "node_exporter"),
        "this machine is not measured",
        "prometheus-node-exporter",
    ),
    BROWSER: Program(
        ("chromium", "google-chrome", "chromium-browser"), "no page is looked at", "chromium"
    ),
    ACTIONLINT: Program(
        ("actionlint",),
        "workflows are not judged",
        module="github.com/rhysd/actionlint/cmd/actionlint@v1.7.12",
    ),
}

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


def find(name: str, host: Host | None = None) -> Path | None:
    """Return the program of a service of FOUND, or of TESTS_ONLY; None if it is not installed."""
    host = host or Host()
    program = PROGRAMS[name]
    for command in program.names:
        if found := host.which(command):
            return Path(found)
    if program.package is not None:
        return None
    folders = [host.tools_bin, *_go_bin(host)]
    candidates = (folder / command for folder in folders for command in program.names)
    return next((path for path in candidates if os.access(path, os.X_OK)), None)


def ensure(name: str, report: Callable[[str], None], host: Host | None = None) -> None:
    """Install the program of that name unless it is there; report what came of it in a line.

    Never raises: a machine that cannot have the program only goes without it.
    """
    host = host or Host()
    if found := find(name, host):
        report(f"{name}: {found}")
        return
    program = PROGRAMS[name]
    try:
        if program.package is None:
            _build(name, program, host, report)
        else:
            _install_package(name, program.package, host, report)
    except CommandError as error:
        report(f"{name}: {program.without}: {error}")
        return
    found = find(name, host)
    report(f"{name}: {found or f'{program.without}: installed, but not found'}")


def _go_bin(host: Host) -> list[Path]:
    if not host.which("go"):
        return []
    try:
        lines = host.run(["go", "env", "GOBIN", "GOPATH"], {}).splitlines()
    except CommandError:
        return []
    gobin, gopath = (*lines, "", "")[:2]
    return [Path(gobin)] if gobin else [Path(gopath) / "bin"] if gopath else []


def _build(name: str, program: Program, host: Host, report: Callable[[str], None]) -> None:
    if not host.which("go"):
        raise CommandError(
            f"{program.names[0]} is not on PATH and Go, which would build {program.module}, "
            "is not installed"
        )
    report(f"{name}: building {program.module} (a minute or so)")
    host.run(["go", "install", program.module], {"GOBIN": str(host.tools_bin)})


def _install_package(name: str, package: str, host: Host, report: Callable[[str], None]) -> None:
    if not (host.is_root and host.which("apt-get")):
        raise CommandError(
            f"{PROGRAMS[name].names[-1]} is not on PATH; it is installed by itself only as "
            f"root with apt-get. Install Debian's package {package}, or the project's own build"
        )
    install = ["apt-get", "install", "-y", "--no-install-recommends", package]
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    report(f"{name}: installing Debian's package")
    with _service_kept_down(package, host):
        try:
            host.run(install, quiet)
        except CommandError:
            # A new machine has no package lists, an old one has outdated lists.
            host.run(["apt-get", "update"], quiet)
            host.run(install, quiet)


@contextmanager
def _service_kept_down(package: str, host: Host) -> Iterator[None]:
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
            host.run(["systemctl", "disable", package], {})
