"""Insecure Python, as bandit knows it: findings of medium severity and up.

B608 (SQL that is put together from strings) is left to ``sql_values``, which looks closer: BigQuery
takes no parameters for names of tables and columns. What else is false says so where it stands,
with `# nosec B…` and the reason.
"""

from __future__ import annotations

import json
from pathlib import Path

from local.layout import REPOSITORY
from local.security.outcome import Outcome, State, judged, not_installed, program, run

NAME = "insecure code"
FOLDERS = ("plugins", "dags", "beam_jobs", "local", "bench")
_LEFT_TO_SQL_VALUES = "B608"


def check(root: Path = REPOSITORY) -> Outcome:
    """Judges what runs; tests do not."""
    bandit = program("bandit")
    if bandit is None:
        return not_installed(NAME, "bandit")
    folders = [folder for folder in FOLDERS if (root / folder).is_dir()]
    options = ["--severity-level", "medium", "--skip", _LEFT_TO_SQL_VALUES, "--format", "json"]
    done = run([bandit, "--quiet", "--recursive", *folders, *options], root)
    try:
        report = json.loads(done.stdout)
    except ValueError:
        return Outcome(NAME, State.FOUND, "bandit failed", (done.stderr.strip(),))
    findings = [
        f"{found['filename']}:{found['line_number']}: {found['test_id']} "
        f"({found['issue_severity'].lower()}): {found['issue_text']}"
        for found in report["results"]
    ]
    findings += [f"{error['filename']}: {error['reason']}" for error in report["errors"]]
    lines = report["metrics"]["_totals"]["loc"]
    return judged(NAME, f"{lines} lines of {', '.join(folders)} looked at", findings)
