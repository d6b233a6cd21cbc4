"""Reads a folder of DAG files as Airflow's DAG processor would, in a process of its own.

    python -P dag_probe.py FOLDER ANSWER

writes a JSON object to the file ANSWER: ``dags`` (the file of each DAG id), ``tags`` (of each DAG
id) and ``errors`` (the traceback of each file that cannot be imported), files being relative to
FOLDER, and ``plugins`` (the error of each plugin that cannot be loaded).
"""

import json
import sys
from pathlib import Path

from airflow import plugins_manager
from airflow.dag_processing.dagbag import DagBag


def main(folder: Path, answer: Path) -> None:
    """Read the folder."""
    bag = DagBag(folder, safe_mode=True)
    found = {
        "dags": {name: _within(folder, dag.fileloc) for name, dag in bag.dags.items()},
        "tags": {name: sorted(dag.tags) for name, dag in bag.dags.items()},
        "errors": {_within(folder, file): text for file, text in bag.import_errors.items()},
        "plugins": {
            _within(folder.parent, file): text
            for file, text in plugins_manager.get_import_errors().items()
        },
    }
    answer.write_text(json.dumps(found), encoding="utf-8")


def _within(folder: Path, file: str) -> str:
    path = Path(file)
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else file


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]))
