"""Parses one DAG file in this process, and prints what that cost and what it gave.

    python -m bench.worker FILE [--airflow MODULE...] [--package MODULE]

Airflow and its modules are imported before anything is measured, and kept from the garbage
collector, as they are when Airflow's DAG processor forks. The package is what the file needs
besides: its import counts, and is told apart.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import importlib.util
import json
import logging
import time
from pathlib import Path
from typing import Any

from airflow.sdk import DAG, Asset, BaseOperator


def main() -> None:
    """Print the measurement as one line of JSON."""
    parser = argparse.ArgumentParser(prog="bench.worker")
    parser.add_argument("file", type=Path)
    parser.add_argument("--airflow", nargs="*", default=())
    parser.add_argument("--package")
    given = parser.parse_args()
    logging.disable()
    for module in given.airflow:
        importlib.import_module(module)
    _warm_up()
    gc.collect()
    gc.freeze()
    # This process's own time: what else the machine does is not counted.
    began = time.process_time()
    if given.package is not None:
        importlib.import_module(given.package)
    imported = time.process_time()
    found = _globals_of(given.file)
    ended = time.process_time()
    dags = [thing for thing in found.values() if isinstance(thing, DAG)]
    shapes = {json.dumps(_shape(dag), sort_keys=True) for dag in dags}
    print(
        json.dumps(
            {
                "import_seconds": imported - began,
                "seconds": ended - began,
                "dags": len({dag.dag_id for dag in dags}),
                "shapes": [json.loads(shape) for shape in sorted(shapes)],
            }
        )
    )


def _warm_up() -> None:
    """Make a DAG: Airflow imports some of itself only then."""
    with DAG("warm_up", schedule="@continuous", max_active_runs=1):
        BaseOperator(task_id="task", outlets=[Asset("bench://warm/up")])


def _globals_of(file: Path) -> dict[str, Any]:
    """The names in the module after it ran. Airflow's bagging, alike for all, is left out."""
    spec = importlib.util.spec_from_file_location(f"bench_{file.stem}", file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} is no Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return vars(module)


def _shape(dag: DAG) -> dict[str, list[str]]:
    return {task.task_id: sorted(task.downstream_task_ids) for task in dag.tasks}


if __name__ == "__main__":
    main()
