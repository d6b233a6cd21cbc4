"""What a commit has to pass before it is deployed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from atvos.deploy.errors import RefusedError

_LIMIT_SECONDS = 600
_PROBE = Path(__file__).with_name("dag_probe.py")
_SHOWN_LINES = 20


@dataclass(frozen=True, slots=True)
class Check:
    """A command of `atvos` that ends with 0 where all is well."""

    name: str
    arguments: tuple[str, ...]


CHECKS = (
    Check("contracts", ("contract", "check")),
    Check("data dictionary", ("docs", "check")),
    Check("SQL", ("sql", "check")),
)


@dataclass(frozen=True, slots=True)
class Dags:
    """What the DAG files define, by DAG id: object and tags. ``errors`` is by broken object."""

    files: Mapping[str, str]
    tags: Mapping[str, list[str]]
    errors: Mapping[str, str]


def run(check: Check, root: Path, variables: Mapping[str, str]) -> None:
    """Run a check of the repository at ``root``, with the environment's variables.

    RefusedError with what it said where it fails.
    """
    paths = (str(root / "plugins"), str(root))
    env = _environment(variables, PYTHONPATH=os.pathsep.join(paths))
    command = [sys.executable, "-P", "-m", "atvos", *check.arguments]
    code, said = _run(command, root, env)
    if code != 0:
        raise RefusedError(
            f"check failed: {check.name} (bin/atvos {' '.join(check.arguments)})\n{said}"
        )


def read_dags(folder: Path, work: Path, variables: Mapping[str, str]) -> Dags:
    """Import what lies in ``folder``, laid out like the bucket, in a process of its own.

    ``work`` is a folder for what is thrown away. RefusedError where it cannot be looked at.
    """
    answer = work / "dags.json"
    env = _environment(
        variables,
        PYTHONPATH=str(folder / "plugins"),
        PYTHONDONTWRITEBYTECODE="1",
        ATVOS_PARSE_CACHE=os.devnull,
        AIRFLOW_HOME=str(work / "airflow"),
        AIRFLOW__CORE__DAGS_FOLDER=str(folder / "dags"),
        AIRFLOW__CORE__PLUGINS_FOLDER=str(folder / "plugins"),
        AIRFLOW__CORE__LOAD_EXAMPLES="False",
    )
    command = [sys.executable, "-P", str(_PROBE), str(folder / "dags"), str(answer)]
    code, said = _run(command, work, env)
    if code != 0:
        raise RefusedError(f"check failed: the DAG files cannot be looked at\n{said}")
    found = json.loads(answer.read_text(encoding="utf-8"))
    return Dags(
        {name: f"dags/{file}" for name, file in found["dags"].items()},
        found["tags"],
        {f"dags/{file}": text for file, text in found["errors"].items()} | found["plugins"],
    )


def require_importable(dags: Dags, report: Callable[[str], None] | None = None) -> None:
    """RefusedError where a file cannot be imported; with ``report`` that is only told."""
    for file, text in dags.errors.items():
        problem = f"{file} cannot be imported\n{last_lines(text)}"
        if report is None:
            raise RefusedError(f"check failed: {problem}")
        report(problem)


def require_tag(dags: Dags, tag: str) -> None:
    """RefusedError where a DAG lacks the tag, by which Airflow tells that it has read it."""
    for dag_id, tags in dags.tags.items():
        if tag not in tags:
            raise RefusedError(
                f"check failed: {dags.files[dag_id]}: tags of DAG {dag_id}: found {tags}; valid: "
                f"{tag} among them (names.release_tag of the settings' commit)"
            )


def last_lines(text: str, count: int = _SHOWN_LINES) -> str:
    """The end of a text, indented."""
    lines = [line for line in text.rstrip().splitlines() if line.strip()]
    return "\n".join(f"  {line}" for line in lines[-count:])


def _environment(variables: Mapping[str, str], **more: str) -> dict[str, str]:
    """What the environment's processes get, on top of this machine's own."""
    foreign = ("ATVOS_", "AIRFLOW_", "BEAM_RUNNER")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return {**kept, **variables, **more}


def _run(command: list[str], folder: Path, env: Mapping[str, str]) -> tuple[int, str]:
    """The exit code of a command, and the end of what it said."""
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            timeout=_LIMIT_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return 1, f"  it did not end within {_LIMIT_SECONDS} s"
    return done.returncode, last_lines(done.stdout)
