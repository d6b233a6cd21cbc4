"""Which files of the repository are deployed, and where in the bucket they land."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from atvos import settings

FOLDERS = ("dags", "plugins", "sql")
"""Folders of the repository that something is deployed of."""

PLACES = ("dags/", "plugins/")
"""What Composer hands to Airflow: nothing else lies there but what was deployed."""

RELEASE = f"dags/{settings.RELEASE}"
"""Says which commit is in the bucket; written by the deploy, never committed."""

NOT_OURS = frozenset({"dags/airflow_monitoring.py"})
"""Composer's own DAG file, from which it knows that an environment is well."""

# sql/<dataset>/<table>/tests/…
_TESTS_AT = 3


def destination(path: str) -> str | None:
    """The object that a file of the repository becomes; None where it stays at home.

    SQL lands below dags/: Composer's data/ does not reach every process that parses a DAG.
    """
    parts = PurePosixPath(path).parts
    if path == RELEASE or parts[0] not in FOLDERS or "__pycache__" in parts:
        return None
    if parts[0] != "sql":
        return path
    is_test = len(parts) > _TESTS_AT and parts[_TESTS_AT] == "tests"
    return None if is_test else f"dags/{path}"


def is_deployed(name: str) -> bool:
    """Whether an object of the bucket is one that deploys answer for.

    A name that ends with a slash is what consoles show as an empty folder.
    """
    return name.startswith(PLACES) and name not in NOT_OURS and not name.endswith("/")


def lay_out(checkout: Path, into: Path) -> dict[str, Path]:
    """Move the files of ``checkout`` to where they are in the bucket, below ``into``.

    Returns the files by object name, sorted.
    """
    placed = {}
    for file in sorted(checkout.rglob("*")):
        name = destination(file.relative_to(checkout).as_posix())
        if name is None or not file.is_file():
            continue
        placed[name] = into / name
        placed[name].parent.mkdir(parents=True, exist_ok=True)
        file.rename(placed[name])
    return dict(sorted(placed.items()))
