"""The Makefile's own promises."""

import re
import shutil
import subprocess
from pathlib import Path

from local.layout import REPOSITORY


def test_help_lists_every_target() -> None:
    targets = re.findall(r"^\.PHONY: (\S+)", (REPOSITORY / "Makefile").read_text(), re.MULTILINE)

    printed = _make(REPOSITORY, "help").stdout

    assert re.findall(r"^  (\S+) +\S", printed, re.MULTILINE) == targets


def test_install_says_that_python_is_missing(tmp_path: Path) -> None:
    shutil.copy(REPOSITORY / "Makefile", tmp_path)
    shutil.copytree(REPOSITORY / "requirements", tmp_path / "requirements")

    done = _make(tmp_path, "install", "PYTHON=python-that-is-not-there")

    assert done.returncode != 0
    assert "python-that-is-not-there is not on PATH. Install Python 3.11" in done.stderr


def _make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
