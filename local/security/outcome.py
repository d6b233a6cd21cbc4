"""What a check came to, and how it runs a program."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from local.layout import REPOSITORY

PROGRAMS = REPOSITORY / ".venv" / "checks" / "bin"
"""Where `make checks` installs the programs of requirements/checks.lock."""

LIMIT_SECONDS = 600


class State(StrEnum):
    """``NOT_LOOKED`` is no verdict: what the check needs was not at hand."""

    FINE = "fine"
    FOUND = "found"
    NOT_LOOKED = "not looked at"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The verdict of one check: a line that says what was looked at, and a line a finding."""

    name: str
    state: State
    text: str
    findings: tuple[str, ...] = ()


def judged(name: str, text: str, findings: Sequence[str]) -> Outcome:
    """An outcome that is fine where nothing was found."""
    return Outcome(name, State.FOUND if findings else State.FINE, text, tuple(findings))


def program(name: str) -> Path | None:
    """A program of the checks' environment, None where it is not installed."""
    found = PROGRAMS / name
    return found if found.exists() else None


def not_installed(name: str, what: str) -> Outcome:
    """The outcome of a check whose program is not there."""
    return Outcome(name, State.NOT_LOOKED, f"{what} is not installed; run `make checks`")


def run(command: Sequence[str | Path], root: Path = REPOSITORY) -> subprocess.CompletedProcess[str]:
    """The command in the repository's root; it may fail. TimeoutExpired after ten minutes."""
    return subprocess.run(
        list(map(str, command)),
        cwd=root,
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )


def tracked(root: Path = REPOSITORY) -> list[str]:
    """The files that git has or would add, below ``root`` and relative to it."""
    listed = run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], root)
    listed.check_returncode()
    names = sorted(set(filter(None, listed.stdout.split("\0"))))
    return [name for name in names if (root / name).is_file()]
