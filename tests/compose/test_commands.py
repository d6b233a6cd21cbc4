"""The containers' own commands start the real programs of this machine, and these are well."""

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from local import tools
from local.ports import choose
from local.services import Service
from tests.compose.composition import on_this_machine, programs, services

READY_SECONDS = 60
FOUND = {
    "statsd-exporter": Service.STATSD,
    "prometheus": Service.PROMETHEUS,
    "alertmanager": Service.ALERTMANAGER,
    "blackbox-exporter": Service.BLACKBOX,
}
"""Services whose image has its program as entry point, and the program here."""
OWN = ("gcs", "bigquery", "alert-relay")
AIRFLOW = ("api-server", "scheduler", "dag-processor", "triggerer", "init")


@pytest.mark.parametrize("name", [*OWN, *FOUND])
def test_its_command_starts_the_real_program_and_its_health_check_is_answered(
    name: str, tmp_path: Path
) -> None:
    service = services()[name]
    found = {}
    if name in FOUND:
        program = tools.find(FOUND[name])
        if program is None:
            pytest.fail(f"not installed: {name}; run `make tools`", pytrace=False)
        found[name] = program
    text = " ".join(map(str, service["command"]))
    listens = re.findall(r"(?:^|[: ])(\d{4})(?= |$)", text)
    free = iter(vars_of(choose(preferred=None, needed=(), report=lambda _: None)))
    process = on_this_machine(
        service,
        programs(found),
        {port: next(free) for port in listens},
        tmp_path,
        entrypoint=name if name in FOUND else None,
    )
    log = tmp_path / "log"
    with log.open("wb") as output:
        running = subprocess.Popen(
            process.command, env=process.environment, cwd=tmp_path, stdout=output, stderr=output
        )
    try:
        wait(process.health, running, log)
    finally:
        running.terminate()
        running.wait(timeout=20)


def test_a_command_with_a_flag_that_is_none_is_noticed(tmp_path: Path) -> None:
    service = services()["blackbox-exporter"]
    broken = {**service, "command": [*service["command"], "--no.such-flag=1"]}
    program = tools.find(Service.BLACKBOX)
    assert program is not None
    process = on_this_machine(
        broken, {"blackbox-exporter": program}, {}, tmp_path, "blackbox-exporter"
    )
    log = tmp_path / "log"
    with log.open("wb") as output:
        running = subprocess.Popen(process.command, stdout=output, stderr=output)
    with pytest.raises(AssertionError, match="unknown long flag"):
        wait(process.health, running, log)


@pytest.mark.parametrize("name", AIRFLOW)
def test_airflows_command_line_takes_its_command(name: str) -> None:
    service = services()[name]
    commands = [service["command"]]
    if service["command"][:2] == ["bash", "-c"]:
        commands = [part.split() for part in service["command"][2].split("&&")]
    checks = service.get("healthcheck", {}).get("test", ["CMD"])[1:]
    commands += [checks] if checks[:1] == ["airflow"] else []
    airflow = [command[1:] for command in commands if command[0] == "airflow"]
    assert airflow
    assert [command for command in airflow if not is_taken(command)] == []


def test_a_command_that_airflow_does_not_take_is_noticed() -> None:
    assert not is_taken(["scheduler", "--skip-logs"])


def is_taken(command: list[str]) -> bool:
    """Whether Airflow's own parser takes the arguments."""
    code = (
        "import sys; from airflow.cli.cli_parser import get_parser; "
        "get_parser().parse_args(sys.argv[1:])"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, *command],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode == 0


def wait(url: str, running: subprocess.Popen[bytes], log: Path) -> None:
    """Return when the address answers well; AssertionError with the log's end where it does not."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        try:
            if requests.get(url, timeout=5).ok:
                return
        except requests.RequestException:
            pass
        assert running.poll() is None, log.read_text()[-2000:]
        time.sleep(0.2)
    pytest.fail(f"{url} does not answer:\n{log.read_text()[-2000:]}", pytrace=False)


def vars_of(ports: object) -> list[int]:
    """The free ports that were chosen."""
    return [getattr(ports, name) for name in type(ports).__dataclass_fields__]  # type: ignore[attr-defined]
