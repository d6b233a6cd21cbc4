"""`python -m local.security` says a line a check, and its exit code tells."""

from pathlib import Path

import pytest

from local.security import __main__ as command
from local.security import outcome, packages, programs
from local.security.accepted import AcceptedError
from local.security.outcome import Outcome, State

FINE = Outcome("a", State.FINE, "2 files looked at")
FOUND = Outcome("b", State.FOUND, "2 files looked at", ("x.py:1: bad",))
NOT_LOOKED = Outcome("c", State.NOT_LOOKED, "no network")

BAD_WORKFLOW = """\
name: bad
on: pull_request_target
jobs:
  bad:
    runs-on: ubuntu-24.04
    steps:
      - run: echo ${{ github.event.pull_request.title }}
"""


def test_a_check_is_a_line_and_a_finding_another() -> None:
    assert list(command.lines(FINE)) == ["ok   a: fine; 2 files looked at"]
    assert list(command.lines(FOUND)) == ["FAIL b: found; 2 files looked at", "     x.py:1: bad"]


def test_a_finding_fails_and_what_was_not_looked_at_fails_where_all_is_asked_for() -> None:
    assert command.exit_code([FINE, NOT_LOOKED], strict=False) == 0
    assert command.exit_code([FINE, NOT_LOOKED], strict=True) == 1
    assert command.exit_code([FINE, FOUND], strict=False) == 1
    assert command.exit_code([FINE], strict=True) == 0


def test_one_check_can_be_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(packages, "check", lambda osv_url: osv_url or NOT_LOOKED)

    assert command.main(["--only", "packages"]) == 0
    assert command.main(["--only", "packages", "--all"]) == 1
    assert capsys.readouterr().out == "??   c: not looked at; no network\n" * 2


def test_a_list_of_accepted_vulnerabilities_that_cannot_be_read_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(osv_url: str | None) -> Outcome:
        raise AcceptedError("accepted.yaml: found 1")

    monkeypatch.setattr(packages, "check", refuse)

    assert command.main(["--only", "packages"]) == 2
    assert capsys.readouterr().err == "accepted.yaml: found 1\n"


def test_without_a_program_nothing_is_said_to_be_fine(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(outcome, "PROGRAMS", tmp_path)

    for check in command.checks().values():
        found = check() if check.__name__ != "<lambda>" else packages.check()
        if found.name != "values in SQL":  # it needs no program
            assert found.state is State.NOT_LOOKED
            assert found.text.endswith("run `make checks`")


def test_a_planted_workflow_and_image_are_found(tmp_path: Path) -> None:
    workflows = tmp_path / ".github" / "workflows"
    workflows.mkdir(parents=True)
    (workflows / "bad.yml").write_text(BAD_WORKFLOW)
    image = tmp_path / "beam_jobs" / "curate"
    image.mkdir(parents=True)
    (image / "Dockerfile").write_text("FROM debian:latest\n")

    assert "template-injection" in "\n".join(programs.check_workflows(tmp_path).findings)
    assert "DL3007" in "\n".join(programs.check_images(tmp_path).findings)
    assert programs.check_workflows().state is State.FINE
    assert programs.check_images().state is State.FINE
