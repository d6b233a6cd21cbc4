"""Finding and installing Prometheus and its like, on machines that are not this one."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from local.services import Service
from local.tools import STATSD_EXPORTER, CommandError, Host, ensure, find


class FakeHost:
    """A machine: the commands on its PATH, and what running one of them does."""

    def __init__(self, folder: Path, *commands: str, root: bool = False) -> None:
        """Have `commands` on PATH; `folder` stands for the machine's files."""
        self.commands = set(commands)
        self.ran: list[str] = []
        self.effects: dict[str, Callable[[], object]] = {}
        self.folder = folder
        self.host = Host(
            which=lambda name: f"/usr/bin/{name}" if name in self.commands else None,
            run=self._run,
            is_root=root,
            tools_bin=folder / "bin",
            service_policy=folder / "policy-rc.d",
        )

    def _run(self, command: Sequence[str], _environment: Mapping[str, str]) -> str:
        line = " ".join(command)
        self.ran.append(line)
        if line == "go env GOBIN GOPATH":
            return f"\n{self.folder / 'go'}\n"
        self.effects.get(line, lambda: None)()
        return ""

    def has(self, *path: str) -> Path:
        """Put a program at `path` in the machine's folder."""
        program = self.folder.joinpath(*path)
        program.parent.mkdir(parents=True, exist_ok=True)
        program.touch(mode=0o755)
        return program

    def fails(self, line: str, message: str) -> None:
        """Have the command `line` fail."""

        def fail() -> None:
            raise CommandError(message)

        self.effects[line] = fail


APT_INSTALL = "apt-get install -y --no-install-recommends prometheus"


def test_a_program_on_path_is_used(tmp_path: Path) -> None:
    machine = FakeHost(tmp_path, "statsd_exporter", "prometheus")

    assert find(Service.STATSD, machine.host) == Path("/usr/bin/statsd_exporter")
    assert find(Service.PROMETHEUS, machine.host) == Path("/usr/bin/prometheus")


@pytest.mark.parametrize("place", [("bin",), ("go", "bin")], ids=["ours", "go's"])
def test_a_built_exporter_is_used(tmp_path: Path, place: tuple[str, ...]) -> None:
    machine = FakeHost(tmp_path, "go")
    built = machine.has(*place, "statsd_exporter")

    assert find(Service.STATSD, machine.host) == built


def test_what_is_there_is_not_installed_again(tmp_path: Path, lines: list[str]) -> None:
    machine = FakeHost(tmp_path, "prometheus", "apt-get", root=True)

    ensure(Service.PROMETHEUS, lines.append, machine.host)

    assert (machine.ran, lines) == ([], ["prometheus: /usr/bin/prometheus"])


def test_the_exporter_is_built_with_go(tmp_path: Path, lines: list[str]) -> None:
    machine = FakeHost(tmp_path, "go")
    machine.effects[f"go install {STATSD_EXPORTER}"] = lambda: machine.has("bin", "statsd_exporter")

    ensure(Service.STATSD, lines.append, machine.host)

    assert lines[-1] == f"statsd: {tmp_path / 'bin' / 'statsd_exporter'}"


def test_without_go_one_line_says_that_metrics_are_not_collected(
    tmp_path: Path, lines: list[str]
) -> None:
    ensure(Service.STATSD, lines.append, FakeHost(tmp_path).host)

    (line,) = lines
    assert line == (
        "statsd: metrics are not collected: statsd_exporter is not on PATH and Go, "
        f"which would build {STATSD_EXPORTER}, is not installed"
    )


def test_a_build_that_fails_is_told_and_not_raised(tmp_path: Path, lines: list[str]) -> None:
    machine = FakeHost(tmp_path, "go")
    machine.fails(f"go install {STATSD_EXPORTER}", "no route to host")

    ensure(Service.STATSD, lines.append, machine.host)

    assert lines[-1] == "statsd: metrics are not collected: no route to host"


def test_prometheus_is_installed_with_apt_and_its_service_kept_down(
    tmp_path: Path, lines: list[str]
) -> None:
    machine = FakeHost(tmp_path, "apt-get", "systemctl", root=True)
    policies: list[str] = []

    def install() -> None:
        policies.append((tmp_path / "policy-rc.d").read_text())
        machine.commands.add("prometheus")

    machine.effects[APT_INSTALL] = install

    ensure(Service.PROMETHEUS, lines.append, machine.host)

    assert policies == ["#!/bin/sh\nexit 101\n"]
    assert not (tmp_path / "policy-rc.d").exists()
    assert machine.ran == [APT_INSTALL, "systemctl disable prometheus"]
    assert lines[-1] == "prometheus: /usr/bin/prometheus"


def test_a_policy_of_the_machine_is_left_alone(tmp_path: Path, lines: list[str]) -> None:
    machine = FakeHost(tmp_path, "apt-get", root=True)
    (tmp_path / "policy-rc.d").write_text("#!/bin/sh\nexit 0\n")

    ensure(Service.PROMETHEUS, lines.append, machine.host)

    assert (tmp_path / "policy-rc.d").read_text() == "#!/bin/sh\nexit 0\n"


def test_outdated_package_lists_are_updated_once(tmp_path: Path, lines: list[str]) -> None:
    machine = FakeHost(tmp_path, "apt-get", root=True)
    machine.fails(APT_INSTALL, "E: Unable to locate package prometheus")

    ensure(Service.PROMETHEUS, lines.append, machine.host)

    assert machine.ran == [APT_INSTALL, "apt-get update", APT_INSTALL]
    assert lines[-1] == (
        "prometheus: metrics are not collected: E: Unable to locate package prometheus"
    )


@pytest.mark.parametrize(
    ("service", "package"),
    [
        (Service.ALERTMANAGER, "prometheus-alertmanager"),
        (Service.BLACKBOX, "prometheus-blackbox-exporter"),
        (Service.NODE, "prometheus-node-exporter"),
    ],
)
def test_what_belongs_to_prometheus_is_a_package_of_its_own(
    tmp_path: Path, lines: list[str], service: Service, package: str
) -> None:
    machine = FakeHost(tmp_path, "apt-get", "systemctl", root=True)
    install = f"apt-get install -y --no-install-recommends {package}"
    machine.effects[install] = lambda: machine.commands.add(package)

    ensure(service, lines.append, machine.host)

    assert machine.ran == [install, f"systemctl disable {package}"]
    assert lines[-1] == f"{service}: /usr/bin/{package}"


def test_a_program_under_its_own_name_is_used_too(tmp_path: Path) -> None:
    machine = FakeHost(tmp_path, "alertmanager")
    assert find(Service.ALERTMANAGER, machine.host) == Path("/usr/bin/alertmanager")


@pytest.mark.parametrize(
    ("commands", "root"), [(["apt-get"], False), ([], True)], ids=["not root", "no apt-get"]
)
def test_where_prometheus_cannot_be_installed_one_line_says_so(
    tmp_path: Path, lines: list[str], commands: list[str], root: bool
) -> None:
    machine = FakeHost(tmp_path, *commands, root=root)

    ensure(Service.PROMETHEUS, lines.append, machine.host)

    assert machine.ran == []
    assert len(lines) == 1
    assert lines[0].startswith("prometheus: metrics are not collected: ")
