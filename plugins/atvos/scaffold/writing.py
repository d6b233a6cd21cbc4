"""Puts a scaffolded feed into the repository."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from atvos.scaffold.propose import Scaffold

_NAME = re.compile(r"[a-z][a-z0-9_]{0,47}")


def name_problems(name: str) -> Iterator[str]:
    """Why no feed can have the name."""
    if not _NAME.fullmatch(name):
        yield (
            f"NAME: found {name!r}; valid: up to 48 lower-case letters, digits and underscores "
            "that begin with a letter, like fuel_receipts"
        )


def write_problems(proposed: Scaffold, root: Path, force: bool) -> Iterator[str]:
    """Why the files cannot be written below ``root``; ``force`` replaces those that are there."""
    if not root.is_dir():
        yield f"--into: found {root}; valid: a folder that exists"
    for file in proposed.files:
        if not force and (root / file).exists():
            yield f"{root / file}: is there already; valid: another NAME, or --force to replace it"


def write(proposed: Scaffold, root: Path) -> list[Path]:
    """Write the files below ``root``, and give their paths. OSError where that fails."""
    for file, content in proposed.files.items():
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_bytes(content)
    return [root / file for file in proposed.files]


def next_step(contract: Path, samples: Sequence[Path]) -> str:
    """What is left to do, as a sentence and the commands to run."""
    here = Path(os.path.relpath(contract))
    shown = here if not str(here).startswith("..") else contract
    files = shlex.join([str(shown), *map(str, samples)])
    return (
        f"edit the lines marked `inferred` and `edit` in {shown}, then:\n"
        f"bin/atvos contract check && bin/atvos try {files}"
    )
