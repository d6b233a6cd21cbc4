"""Runs the smoke test on every Airflow that the DAGs must run on: `make airflow-matrix`."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from local.environment import process_environment
from local.errors import StackError
from local.layout import PLUGINS, REPOSITORY
from local.services import EMULATORS
from local.stack import Stack, say

ENVIRONMENTS = {"3.3.1": "airflow", "3.1.8": "airflow-3.1"}
"""The folder below .venv/ of each version of Airflow."""

_LIMIT_SECONDS = 400
_SHOWN_LINES = 25


@dataclass(frozen=True, slots=True)
class Seen:
    """What one Airflow made of the DAGs: see ``local.smoke``."""

    airflow: str
    import_errors: dict[str, str]
    dags: list[str]
    states: dict[str, str]
    landed_rows: int
    mart_rows: int

    def problems(self, version: str) -> list[str]:
        """A line for everything that is not as it should be."""
        found = [f"{file}: {error.strip()}" for file, error in self.import_errors.items()]
        if self.airflow != version:
            found.append(f"this is Airflow {self.airflow}")
        found += [f"{dag}: {state}" for dag, state in self.states.items() if state != "success"]
        if not self.import_errors and self.mart_rows != self.landed_rows:
            found.append(f"the mart has {self.mart_rows} rows, and {self.landed_rows} were landed")
        return found


def run(version: str) -> Seen:
    """Smoke-test one Airflow on emulators of its own. StackError where the test breaks."""
    python = REPOSITORY / ".venv" / ENVIRONMENTS[version] / "bin" / "python"
    if not python.exists():
        raise StackError(f"{python} is missing: run `make airflow-matrix`")
    with (
        tempfile.TemporaryDirectory(prefix="atvos-smoke-") as folder,
        Stack(Path(folder) / "stack", EMULATORS, report=lambda _: None) as stack,
    ):
        return _smoke(python, Path(folder), stack.environment())


def main(versions: list[str], report: Callable[[str], None] = say) -> int:
    """Smoke-test these versions, a line for each; 0 where all is well and all read the same."""
    seen: dict[str, Seen] = {}
    is_well = True
    for version in versions:
        try:
            seen[version] = run(version)
        except StackError as error:
            report(f"Airflow {version}: {error}")
            is_well = False
            continue
        problems = seen[version].problems(version)
        is_well = is_well and not problems
        dags = len(seen[version].dags)
        report(f"Airflow {version}: {'; '.join(problems) or f'{dags} DAGs, feed and mart built'}")
    if len({tuple(found.dags) for found in seen.values()}) > 1:
        report("the DAGs are not the same on every Airflow")
        is_well = False
    return 0 if is_well else 1


def _smoke(python: Path, folder: Path, client: dict[str, str]) -> Seen:
    result = folder / "result.json"
    environment = {
        **process_environment(client),
        "PATH": os.pathsep.join([str(python.parent), os.environ.get("PATH", "")]),
        "PYTHONPATH": f"{PLUGINS}{os.pathsep}{REPOSITORY}",
        "AIRFLOW_HOME": str(folder / "airflow"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{folder / 'airflow' / 'airflow.db'}",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(folder / "airflow" / "logs"),
        "ATVOS_PARSE_CACHE": str(folder / "cache"),
        "PYTHONWARNINGS": "ignore",
    }
    try:
        done = subprocess.run(
            [str(python), "-m", "local.smoke", str(result)],
            cwd=REPOSITORY,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_LIMIT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise StackError(f"the smoke test did not end within {_LIMIT_SECONDS} s") from None
    if done.returncode or not result.exists():
        last = "\n".join(done.stdout.splitlines()[-_SHOWN_LINES:])
        raise StackError(f"the smoke test ended with {done.returncode}:\n{last}")
    return Seen(**json.loads(result.read_text(encoding="utf-8")))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or list(ENVIRONMENTS)))
