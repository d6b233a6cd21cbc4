"""Secrets are found in files, unless a person has said that one is none, and why."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from local.security import secrets_scan
from local.security.outcome import State

# Put together here, so that it stands in no file.
PLANTED = "AKIA" + "IOSFODNN7EXAMPL3"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a secret in a file that git does not have yet."""
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True, timeout=60)
    (tmp_path / ".gitignore").write_text("ignored.py\n")
    for name in ("bad.py", "ignored.py"):
        (tmp_path / name).write_text(f'key = "{PLANTED}"\n')
    return tmp_path


def entries(root: Path) -> Any:
    """The baseline's entries of the file with the secret."""
    return json.loads((root / ".secrets.baseline").read_text())["results"]["bad.py"]


def judge(root: Path, **judgement: Any) -> None:
    """Write a person's judgement into the baseline."""
    found = [entry | judgement for entry in entries(root)]
    (root / ".secrets.baseline").write_text(json.dumps({"results": {"bad.py": found}}))


@pytest.mark.slow
def test_no_file_has_a_secret_that_nobody_has_looked_at() -> None:
    outcome = secrets_scan.check()

    assert (outcome.state, outcome.findings) == (State.FINE, ())


def test_a_planted_secret_is_found_in_what_git_would_add(repository: Path) -> None:
    outcome = secrets_scan.check(repository)

    assert outcome.state is State.FOUND
    assert {finding.partition(":")[0] for finding in outcome.findings} == {"bad.py"}
    assert "AWS Access Key" in outcome.findings[0]


def test_what_a_person_has_not_judged_stays_a_finding(repository: Path) -> None:
    assert secrets_scan.write_baseline(repository) == ["bad.py"]

    outcome = secrets_scan.check(repository)

    assert outcome.state is State.FOUND
    assert "nobody has said that it is no secret, and why" in outcome.findings[0]


@pytest.mark.parametrize("judgement", [{"is_secret": True, "why": "x"}, {"is_secret": False}])
def test_half_a_judgement_is_none(repository: Path, judgement: dict[str, Any]) -> None:
    secrets_scan.write_baseline(repository)
    judge(repository, **judgement)

    assert secrets_scan.check(repository).state is State.FOUND


def test_what_a_person_has_judged_is_none_and_the_judgement_stays(repository: Path) -> None:
    secrets_scan.write_baseline(repository)
    judge(repository, is_secret=False, why="an example of AWS")
    assert secrets_scan.check(repository).state is State.FINE

    assert secrets_scan.write_baseline(repository) == []
    assert [entry["why"] for entry in entries(repository)] == ["an example of AWS"]


def test_a_judgement_on_what_is_gone_is_to_be_taken_out(repository: Path) -> None:
    secrets_scan.write_baseline(repository)
    judge(repository, is_secret=False, why="an example of AWS")
    (repository / "bad.py").write_text("key = None\n")

    outcome = secrets_scan.check(repository)

    assert outcome.state is State.FOUND
    assert all("is there no more" in finding for finding in outcome.findings)


def test_every_judgement_in_the_baseline_says_why() -> None:
    judged = [entry for found in secrets_scan.baseline().values() for entry in found]

    assert judged
    assert [e for e in judged if e["is_secret"] is not False or len(e["why"]) < 10] == []
