"""Reads all DAGs with the Airflow of this interpreter, and runs one feed from landing to mart.

    python -m local.smoke RESULT

Run by ``local.matrix`` as a client of the emulators, with an Airflow home of its own. No
scheduler runs: ``dag.test`` runs the tasks of a DAG in this process. Writes what it saw to
RESULT, as JSON.
"""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import airflow

try:
    from airflow.dag_processing.dagbag import DagBag
except ImportError:  # before Airflow 3.2
    from airflow.models.dagbag import DagBag  # type: ignore[no-redef]

from atvos import jobs, settings
from atvos.clients import bigquery_client, storage_client

FEED, MART_GROUP, MART = "vehicles", "fleet", "marts.dim_vehicle"
HEADER = "deviceId,placa,tipo,frota,unidade,transportadora,assentos"
ROWS = ("smoke-1,ABC1D23,Onibus,F1,UAE,Sertran,40", "smoke-2,ABC1D24,Van,F2,UAT,Conlog,15")


def main() -> None:
    """Read and run; the exception of what fails is this process's."""
    subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], check=True)
    bag = DagBag()
    states = {}
    if not bag.import_errors:
        _land()
        for dag_id in (f"ingest__{FEED}", f"transform__{MART_GROUP}"):
            run = bag.dags[dag_id].test(logical_date=datetime.now(UTC))
            states[dag_id] = str(run.state)
    result = {
        "airflow": airflow.__version__,
        "import_errors": dict(bag.import_errors),
        "dags": sorted(bag.dags),
        "states": states,
        "landed_rows": len(ROWS),
        "mart_rows": _mart_rows() if states else 0,
    }
    Path(sys.argv[1]).write_text(json.dumps(result), encoding="utf-8")


def _land() -> None:
    chosen = settings.load()
    bucket = storage_client(chosen).bucket(chosen.landing_bucket)
    content = "\n".join([HEADER, *ROWS, ""])
    bucket.blob(f"{FEED}/smoke.csv").upload_from_string(content)


def _mart_rows() -> int:
    chosen = settings.load()
    query = jobs.query(f"SELECT COUNT(*) AS n FROM `{MART}`", {}, chosen.maximum_bytes_billed)
    return int(jobs.run(bigquery_client(chosen), query)[0]["n"])


if __name__ == "__main__":
    main()
