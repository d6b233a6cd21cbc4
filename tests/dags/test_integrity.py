"""Every DAG file yields its DAGs and no others, and is cheap, silent and constant when parsed."""

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from airflow._shared.module_loading import find_path_from_directory
from airflow.dag_processing.dagbag import DagBag
from airflow.serialization.serialized_objects import DagSerialization

from atvos import names
from atvos.contract import contract_files
from local.layout import DAGS, PLUGINS
from tests.dags.conftest import BROKEN, Reading

PARSE_BUDGET = 40
"""How many times longer the DAG files may take than bare DAGs of the same shape; it is 4 to 8."""

FEEDS = [file.name.removesuffix(".odcs.yaml") for file in contract_files([DAGS / "contracts"])]
DAG_IDS = {
    "ingest.py": sorted(map(names.ingest_dag, FEEDS)),
    "operate.py": ["backup", "heartbeat", "reconcile", "replay__telemetry_events", "retention"],
    "transform.py": [
        *("transform__cost", "transform__fleet", "transform__occurrence", "transform__service"),
    ],
}


def python_files(folder: Path) -> set[str]:
    """The DAG files of a folder. An empty or absent folder is no evidence of anything."""
    files = {file.name for file in folder.glob("*.py")}
    assert files, f"no DAG file in {folder}"
    return files


def discovered(folder: Path) -> set[str]:
    """What Airflow takes for DAG files, below the folder and by its own rules."""
    return {
        Path(stat.file).name for stat in DagBag(folder, safe_mode=True).dagbag_stats if stat.dag_num
    }


def importable(folder: Path) -> list[str]:
    """What Airflow would import as plugins from a folder."""
    found: Iterable[str] = find_path_from_directory(str(folder), ".airflowignore", "glob")
    return sorted(Path(path).name for path in found if path.endswith(".py"))


def differing(first: Reading, second: Reading, folder: Path) -> list[str]:
    """The DAGs that are not the same in both readings."""
    one, other = (reading["reports"][str(folder)]["serialized"] for reading in (first, second))
    return [dag_id for dag_id in sorted(one | other) if one.get(dag_id) != other.get(dag_id)]


def cost(report: dict[str, Any], reading: Reading) -> float:
    """How many times longer a folder takes than bare DAGs."""
    ratio: float = report["seconds"] / reading["bare_seconds"]
    return ratio


def test_every_file_yields_exactly_its_dags(ours: dict[str, Any]) -> None:
    assert ours["errors"] == {}
    assert ours["files"] == DAG_IDS


def test_every_file_is_in_the_table(ours: dict[str, Any]) -> None:
    assert python_files(DAGS) == set(DAG_IDS)


def test_a_file_that_is_not_in_the_table_is_noticed(broken: dict[str, Any]) -> None:
    assert "careless.py" in set(broken["files"]) - set(DAG_IDS)


def test_a_folder_that_does_not_exist_proves_nothing(tmp_path: Path) -> None:
    nowhere = tmp_path / "dag"
    assert DagBag(nowhere).import_errors == {}  # why the folder has to be looked at
    with pytest.raises(AssertionError, match="no DAG file"):
        python_files(nowhere)


def test_a_file_without_the_words_of_safe_mode_is_skipped_in_silence(
    broken: dict[str, Any],
) -> None:
    assert "goes_unnoticed.py" in python_files(BROKEN)
    assert "goes_unnoticed.py" not in broken["files"] | broken["errors"]


def test_nothing_is_asked_of_network_variables_or_connections(ours: dict[str, Any]) -> None:
    assert ours["errors"] == {}


@pytest.mark.parametrize(
    ("file", "deed"),
    [
        ("opens_a_socket.py", "socket.getaddrinfo ('127.0.0.1'"),
        ("looks_up_a_variable.py", "_get_variable ('x'"),
        ("looks_up_a_connection.py", "_get_connection ('google_cloud_default'"),
    ],
)
def test_a_file_that_asks_something_is_caught(file: str, deed: str, broken: dict[str, Any]) -> None:
    assert f"ForbiddenAtParseError: {deed}" in broken["errors"][file]


def test_two_processes_read_the_same_dags(readings: list[Reading]) -> None:
    first, second = readings
    assert differing(first, second, DAGS) == []


def test_a_file_that_reads_the_clock_is_caught(readings: list[Reading]) -> None:
    first, second = readings
    assert differing(first, second, BROKEN) == ["reads_the_clock"]


def test_the_files_are_read_within_the_budget(
    ours: dict[str, Any], readings: list[Reading]
) -> None:
    assert cost(ours, readings[0]) < PARSE_BUDGET


def test_a_file_that_sleeps_breaks_the_budget(
    broken: dict[str, Any], readings: list[Reading]
) -> None:
    assert cost(broken, readings[0]) > PARSE_BUDGET


def test_serialized_dags_come_back_with_their_tasks_and_order(ours: dict[str, Any]) -> None:
    restored = {
        dag_id: DagSerialization.from_dict(document)
        for dag_id, document in ours["serialized"].items()
    }
    assert {
        dag_id: {task.task_id: sorted(task.downstream_task_ids) for task in dag.tasks}
        for dag_id, dag in restored.items()
    } == ours["dags"]


SNEAKY = "from airflow.sdk import DAG\nwith DAG('sneaky', schedule=None):\n    pass\n"


@pytest.mark.parametrize("folder", ["contracts", "sql"])
def test_python_among_contracts_and_sql_is_no_dag_file(folder: str, tmp_path: Path) -> None:
    (tmp_path / folder).mkdir()
    (tmp_path / folder / "sneaky.py").write_text(SNEAKY, encoding="utf-8")
    assert discovered(tmp_path) == {"sneaky.py"}  # without the list of what is ignored
    shutil.copy(DAGS / ".airflowignore", tmp_path)
    assert discovered(tmp_path) == set()


def test_only_the_plugin_is_imported_as_one_and_not_the_package() -> None:
    assert importable(PLUGINS) == ["atvos_plugin.py"]


def test_without_the_list_the_package_would_be_imported_as_plugins(tmp_path: Path) -> None:
    shutil.copytree(PLUGINS / "atvos", tmp_path / "atvos", ignore=shutil.ignore_patterns("__py*"))
    assert "operators.py" in importable(tmp_path)
