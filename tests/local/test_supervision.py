"""Supervisor's configuration, and its socket."""

import configparser
from pathlib import Path

from local.supervision import Program, Supervisor, render, socket_path


def test_a_program_is_rendered_with_its_command_log_and_variables(tmp_path: Path) -> None:
    program = Program(
        name="bigquery",
        command=("/opt/my programs/bq", "--port", "9050", "--format=%s"),
        log=Path("/state/logs/bigquery.log"),
        environment={"HOME": "/state/bigquery"},
    )

    rendered = configparser.RawConfigParser()
    rendered.read_string(render([program], socket=Path("/s"), state_dir=Path("/state")))

    section = rendered["program:bigquery"]
    assert section["command"] == "'/opt/my programs/bq' --port 9050 --format=%%s"
    assert section["environment"] == 'HOME="/state/bigquery"'
    assert section["stdout_logfile"] == "/state/logs/bigquery.log"
    assert section["autorestart"] == "false"
    assert rendered["unix_http_server"]["file"] == "/s"


def test_the_socket_is_in_the_state_directory() -> None:
    assert socket_path(Path("/state")) == Path("/state/supervisor.sock")


def test_a_socket_below_a_long_path_moves_to_a_short_one() -> None:
    long = Path("/") / ("x" * 120)

    moved = socket_path(long)

    assert len(bytes(moved)) < 90
    assert moved != socket_path(long / "other")


def test_nothing_answers_where_no_supervisor_runs(tmp_path: Path) -> None:
    nobody = Supervisor(tmp_path / "supervisor.sock")

    assert (nobody.pid(), nobody.states()) == (None, {})
