"""Start bqemulator with the DuckDB extensions from its environment's wheels.

Run by the emulators' interpreter, not by Airflow's: ``python run_bigquery.py ARGUMENTS``.
bqemulator would download the extensions; put in place under this HOME, they are found.
"""

import os
import sys
from pathlib import Path


def install_extensions() -> None:
    """Install DuckDB's extensions below HOME, and load each once to see that it works."""
    # Only this script's interpreter has these packages.
    import duckdb  # noqa: PLC0415
    from duckdb_extensions import import_extension  # noqa: PLC0415

    with duckdb.connect() as connection:
        for name in ("spatial", "avro"):
            import_extension(name, con=connection)
            connection.execute(f"LOAD {name}")


if __name__ == "__main__":
    install_extensions()
    emulator = Path(sys.executable).with_name("bqemulator")
    os.execv(emulator, [str(emulator), *sys.argv[1:]])  # noqa: S606
