"""The state file: what one process writes, another reads."""

import stat
from pathlib import Path

import pytest

from local.errors import StackError
from local.ports import Ports
from local.services import Service
from local.state import ProcessId, StackState

STATE = StackState(
    services=(Service.GCS, Service.BIGQUERY),
    ports=Ports(gcs=23023),
    socket=Path("/run/supervisor.sock"),
    environment={"GOOGLE_CLOUD_PROJECT": "atvoslocal"},
    absent={Service.STATSD: "not installed"},
    processes=(ProcessId(42, 1748736000.25),),
)


def test_a_written_state_is_read_as_it_was(tmp_path: Path) -> None:
    STATE.write(tmp_path)

    assert StackState.read(tmp_path) == STATE


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    STATE.write(tmp_path)

    assert stat.S_IMODE((tmp_path / "stack.json").stat().st_mode) == 0o600


def test_where_no_stack_was_left_there_is_none(tmp_path: Path) -> None:
    assert StackState.read(tmp_path) is None


def test_a_removed_state_is_gone(tmp_path: Path) -> None:
    STATE.write(tmp_path)
    StackState.remove(tmp_path)

    assert StackState.read(tmp_path) is None


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"services": ["elsewhere"]}'])
def test_a_file_that_is_no_state_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "stack.json").write_text(content)

    with pytest.raises(StackError, match=r"stack\.json is not the state of a stack"):
        StackState.read(tmp_path)
