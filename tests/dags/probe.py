"""Reads DAG folders as Airflow's DAG processor would, in a fresh process, and tells what it saw.

    python -m tests.dags.probe FOLDER...

prints a JSON object: a report by folder, and what bare DAGs of the same shape cost.
"""

import json
import logging
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from unittest import mock

# Imported before anything is measured: what every DAG of the platform needs of the providers.
import airflow.providers.google.cloud.hooks.gcs
import airflow.providers.google.cloud.operators.bigquery
import airflow.providers.google.cloud.operators.dataflow  # noqa: F401
from airflow.dag_processing.dagbag import DagBag
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG
from airflow.serialization.serialized_objects import DagSerialization

NETWORK_EVENTS = frozenset(
    {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}
)
LOOK_UPS = ("_get_connection", "_get_variable", "_get_variable_keys")
REPETITIONS = 3


class ForbiddenAtParseError(Exception):
    """A DAG file did something that only a task may do."""


@dataclass(frozen=True)
class Report:
    """What came of a folder. Files are named without their folder, ``seconds`` is the fastest."""

    dags: dict[str, dict[str, list[str]]]
    """The ids of the tasks after each task, by DAG."""
    files: dict[str, list[str]]
    errors: dict[str, str]
    serialized: dict[str, Any]
    seconds: float


def main(folders: list[str]) -> None:
    """Print the reports."""
    logging.disable()
    parsing = _forbid()
    reports = {folder: _read(Path(folder), parsing) for folder in folders}
    shapes = [shape for report in reports.values() for shape in report.dags.values()]
    json.dump(
        {
            "reports": {folder: asdict(report) for folder, report in reports.items()},
            "bare_seconds": _fastest(lambda: _build_bare(shapes)),
        },
        sys.stdout,
    )


def _forbid() -> Callable[[bool], None]:
    """Make network and look-ups an error; returns the switch, which is off."""
    parsing = False

    def switch(on: bool) -> None:
        nonlocal parsing
        parsing = on

    def audit(event: str, arguments: tuple[Any, ...]) -> None:
        # Addresses of the machine itself count, too: on Composer a database would listen there.
        if parsing and event in NETWORK_EVENTS:
            raise ForbiddenAtParseError(f"{event} {arguments}")

    def look_up(name: str) -> Callable[..., None]:
        def refuse(*arguments: Any, **_: Any) -> None:
            raise ForbiddenAtParseError(f"{name} {arguments}")

        return refuse

    sys.addaudithook(audit)
    for name in LOOK_UPS:
        mock.patch(f"airflow.sdk.execution_time.context.{name}", look_up(name)).start()
    return switch


def _read(folder: Path, parsing: Callable[[bool], None]) -> Report:
    def bag() -> Any:
        parsing(True)
        try:
            return DagBag(folder, safe_mode=True)
        finally:
            parsing(False)

    found = bag()
    files: dict[str, list[str]] = {}
    for dag_id, dag in found.dags.items():
        files.setdefault(Path(dag.fileloc).name, []).append(dag_id)
    return Report(
        dags={
            dag_id: {t.task_id: sorted(t.downstream_task_ids) for t in dag.tasks}
            for dag_id, dag in sorted(found.dags.items())
        },
        files={file: sorted(dag_ids) for file, dag_ids in sorted(files.items())},
        errors={Path(file).name: error for file, error in sorted(found.import_errors.items())},
        serialized={
            dag_id: DagSerialization.to_dict(dag) for dag_id, dag in sorted(found.dags.items())
        },
        seconds=_fastest(bag),
    )


def _build_bare(shapes: list[dict[str, list[str]]]) -> None:
    for place, shape in enumerate(shapes):
        with DAG(f"bare_{place}", schedule=None):
            tasks = {name: EmptyOperator(task_id=name.replace(".", "-")) for name in shape}
        for name, after in shape.items():
            tasks[name] >> [tasks[other] for other in after]


def _fastest(run: Callable[[], object]) -> float:
    """The least of several times (s): what else the machine does only ever adds."""
    times = []
    for _ in range(REPETITIONS):
        began = time.perf_counter()
        run()
        times.append(time.perf_counter() - began)
    return min(times)


if __name__ == "__main__":
    main(sys.argv[1:])
