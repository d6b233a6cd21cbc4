"""Insecure code is found where it runs, and what is said to be harmless says why."""

import re
from pathlib import Path

from local.layout import REPOSITORY
from local.security import insecure_code
from local.security.outcome import State

_REASON = re.compile(r"# nosec B\d+(, B\d+)*: \w+")


def test_what_runs_has_no_finding() -> None:
    outcome = insecure_code.check()

    assert (outcome.state, outcome.findings) == (State.FINE, ())
    assert outcome.text.endswith("lines of plugins, dags, beam_jobs, local, bench looked at")


def test_planted_code_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "plugins"
    folder.mkdir()
    (folder / "bad.py").write_text(
        "import pickle\nimport subprocess\n\n"
        "def load(text, data):\n"
        "    subprocess.run(text, shell=True)\n"
        "    return eval(text), pickle.loads(data)\n"
    )
    (folder / "unreadable.py").write_text("def (\n")

    outcome = insecure_code.check(tmp_path)

    assert outcome.state is State.FOUND
    told = "\n".join(outcome.findings)
    for test in ("B602 (high)", "B307 (medium)", "B301 (medium)", "unreadable.py: "):
        assert test in told


def test_every_exception_names_the_check_and_the_reason() -> None:
    lines = [
        line
        for folder in insecure_code.FOLDERS
        for file in sorted((REPOSITORY / folder).rglob("*.py"))
        for line in file.read_text(encoding="utf-8").splitlines()
        if "# nosec" in line and "`# nosec" not in line
    ]
    assert lines
    assert [line for line in lines if not _REASON.search(line)] == []
