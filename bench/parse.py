"""What parsing costs: our DAG file beside bare Airflow objects and dag-factory.

    python -m bench.parse [--counts 1 100 300] [--repetitions 5] [--json FILE]

Every measurement is a process of its own; the contenders take turns, so that what else the
machine does meets all of them. Every contender must have made the same DAGs.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

from bench import inputs
from bench.report import Row, table, verdict
from local.layout import DAGS, DEFAULT_STATE_DIR, PLUGINS, REPOSITORY

COUNTS = (1, 100, 300)
REPETITIONS = 5
LIMIT_SECONDS = 180
BENCH_PYTHON = REPOSITORY / ".venv" / "bench" / "bin" / "python"
HERE = Path(__file__).resolve().parent
Measurement = dict[str, Any]
"""What the worker prints."""


class BenchError(Exception):
    """A contender did not run, or made other DAGs than it should."""


_PROVIDERS = (
    "airflow.providers.google.cloud.operators.bigquery",
    "airflow.providers.google.cloud.sensors.gcs",
    "airflow.providers.standard.operators.empty",
)


@dataclass(frozen=True, slots=True)
class Contender:
    """A DAG file, the package that it imports besides Airflow, and who has that package."""

    name: str
    file: Path
    package: str | None = None
    airflow: tuple[str, ...] = _PROVIDERS
    """Modules of Airflow that the file needs: their import is not counted."""
    python: Path = Path(sys.executable)


BARE = Contender("bare Airflow", HERE / "bare.py")
OURS = Contender(
    "ours",
    DAGS / "ingest.py",
    "atvos.dags",
    (*_PROVIDERS, "airflow.providers.google.cloud.operators.dataflow"),
)
FIRST = replace(OURS, name="ours, empty cache")
FACTORY = Contender("dag-factory", HERE / "dag_factory.py", "dagfactory", python=BENCH_PYTHON)
# The order counts: ours reads the cache that the one before it has filled.
CONTENDERS = (BARE, FIRST, OURS, FACTORY)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, write the JSON file and print the table."""
    parser = argparse.ArgumentParser(prog="bench.parse", description=__doc__)
    parser.add_argument("--counts", type=int, nargs="+", default=COUNTS)
    parser.add_argument("--repetitions", type=int, default=REPETITIONS)
    parser.add_argument("--json", type=Path, default=DEFAULT_STATE_DIR / "bench_parse.json")
    given = parser.parse_args(arguments)
    rows = [row for count in given.counts for row in measure(count, given.repetitions, CONTENDERS)]
    given.json.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps([asdict(row) for row in rows], indent=2) + "\n"
    given.json.write_text(text, encoding="utf-8")
    print(f"processor seconds beyond importing Airflow, median of {given.repetitions}\n")
    print(table(rows))
    print("", *verdict(rows, OURS.name, FACTORY.name), f"written to {given.json}", sep="\n")


def measure(count: int, repetitions: int, contenders: Sequence[Contender]) -> list[Row]:
    """A row for each contender with ``count`` DAGs."""
    found: dict[str, list[Measurement]] = {c.name: [] for c in contenders}
    errors: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        inputs.write_contracts(folder / "dags" / "contracts", count)
        inputs.write_dag_factory(folder / "dag_factory", count)
        for repetition in range(repetitions):
            environment = _environment(folder, count, folder / f"cache_{repetition}")
            for contender in contenders:
                if contender.name in errors:
                    continue
                try:
                    found[contender.name].append(_run(contender, environment, count))
                except BenchError as error:
                    errors[contender.name] = str(error)
    _require_one_shape(found)
    bare = _median(found[BARE.name], "seconds")
    return [
        Row(count, name, error=errors[name])
        if name in errors
        else Row(
            count,
            name,
            seconds := _median(measurements, "seconds"),
            _median(measurements, "import_seconds"),
            seconds / bare,
        )
        for name, measurements in found.items()
    ]


def _environment(folder: Path, count: int, cache: Path) -> dict[str, str]:
    """Nothing of the caller's but what a process needs."""
    inherited = {name: os.environ[name] for name in ("HOME", "LANG", "PATH") if name in os.environ}
    return {
        **inherited,
        "AIRFLOW_HOME": str(folder / "airflow"),
        "PYTHONPATH": os.pathsep.join([str(REPOSITORY), str(PLUGINS)]),
        "PYTHONWARNINGS": "ignore",
        "ATVOS_DAGS_DIR": str(folder / "dags"),
        "ATVOS_PARSE_CACHE": str(cache),
        "BENCH_DAGS": str(count),
        "BENCH_DAG_FACTORY": str(folder / "dag_factory"),
    }


def _run(contender: Contender, environment: Mapping[str, str], count: int) -> Measurement:
    """One measurement, in a new process. BenchError where it fails or makes too few DAGs."""
    if not contender.python.exists():
        raise BenchError("not installed: `make bench-parse` installs it")
    command = [contender.python, "-m", "bench.worker", contender.file]
    package = ["--package", contender.package] if contender.package else []
    done = subprocess.run(
        [*map(str, command), *package, "--airflow", *contender.airflow],
        cwd=REPOSITORY,
        env=dict(environment),
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise BenchError(" ".join(done.stderr.strip().splitlines()[-1:]) or "died")
    # Airflow logs to standard output while it is imported.
    measurement: Measurement = json.loads(done.stdout.splitlines()[-1])
    if measurement["dags"] != count:
        raise BenchError(f"made {measurement['dags']} DAGs of {count}")
    return measurement


def _require_one_shape(found: Mapping[str, list[Measurement]]) -> None:
    shapes = {
        name: {json.dumps(shape, sort_keys=True) for run in runs for shape in run["shapes"]}
        for name, runs in found.items()
        if runs
    }
    if len(set().union(*shapes.values())) != 1:
        raise BenchError(f"the contenders made different DAGs: {shapes}")


def _median(measurements: list[Measurement], name: str) -> float:
    return float(median(measurement[name] for measurement in measurements))


if __name__ == "__main__":
    main()
