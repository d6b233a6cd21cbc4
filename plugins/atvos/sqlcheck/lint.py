"""Lints the models' queries with sqlfluff, by the repository's .sqlfluff."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

from atvos.sqlcheck.environment import REPOSITORY, ToolError
from atvos.sqlcheck.findings import Finding

CONFIG = REPOSITORY / ".sqlfluff"


def lint(files: Sequence[Path], python: Path) -> list[Finding]:
    """What the linter has against ``files``. ToolError where it breaks down."""
    if not files:
        return []
    command = ["lint", "--format", "json", "--nofail", "--disable-progress-bar"]
    run = subprocess.run(
        [python, "-I", "-m", "sqlfluff", *command, "--config", CONFIG, *files],
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        raise ToolError(f"sqlfluff broke down:\n{(run.stderr or run.stdout).strip()}")
    return [
        Finding(
            Path(report["filepath"]),
            f"{violation['start_line_no']}:{violation['start_line_pos']}:",
            f"{violation['description']} ({violation['code']} {violation['name']})",
        )
        for report in json.loads(run.stdout)
        for violation in report["violations"]
    ]
