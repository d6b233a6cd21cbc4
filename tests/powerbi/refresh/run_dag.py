"""Runs the DAG ``refresh__power_bi`` once, in an Airflow home of its own; prints its states."""

import json
import subprocess
import sys

from airflow.dag_processing.dagbag import DagBag

from local.layout import DAGS


def main() -> None:
    """Migrate, run, and print the state of each task instance as the last line."""
    subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], check=True)
    dag = DagBag(DAGS / "operate.py").dags["refresh__power_bi"]
    run = dag.test()
    states = {f"{ti.task_id}[{ti.map_index}]": ti.state for ti in run.get_task_instances()}
    print(json.dumps({"run": run.state, "tasks": states}))


if __name__ == "__main__":
    main()
