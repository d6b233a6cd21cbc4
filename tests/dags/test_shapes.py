"""The DAGs have the tasks, the order, the assets and the schedules that the design gives them."""

from pathlib import Path

import pytest
from airflow.sdk import DAG, Asset, AssetAny

from atvos import names
from atvos.operators import (
    AuditOperator,
    BigQueryOnceOperator,
    CurateLocallyOperator,
    CurateOnDataflowOperator,
    ReportOperator,
)
from atvos.sensors import NewObjectsSensor
from tests.contract.editing import edited, written
from tests.dags.conftest import Load

INGEST = {
    "prepare": ["sense"],
    "sense": ["curate"],
    "curate": ["stage_objects", "stage_rejects", "stage_rows"],
    "stage_rows": ["audit"],
    "stage_rejects": ["quarantine"],
    "stage_objects": ["quarantine"],
    "quarantine": ["audit"],
    "audit": ["publish"],
    "publish": ["report"],
    "report": [],
}
MODEL = {
    "prepare": ["plan"],
    "plan": ["build"],
    "build": ["audit"],
    "audit": ["publish"],
    "publish": ["report"],
    "report": [],
}
FEEDS = ["telemetry_events", "vehicles"]
TIDES = Path(__file__).parents[1] / "contracts_real" / "tides_vehicle_locations.odcs.yaml"
DATAFLOW = {
    "BEAM_RUNNER": "DataflowRunner",
    "ATVOS_DATAFLOW_TEMPLATE": "gs://templates/curate.json",
    "ATVOS_DATAFLOW_SERVICE_ACCOUNT": "curate@atvos.iam.gserviceaccount.com",
    "ATVOS_DATAFLOW_TEMP_LOCATION": "gs://work/tmp",
}


def shape(dag: DAG) -> dict[str, list[str]]:
    """The tasks that come after each task."""
    return {task.task_id: sorted(task.downstream_task_ids) for task in dag.tasks}


def outlets(dag: DAG) -> dict[str, list[str]]:
    """The URIs of the assets that tasks tell of."""
    return {
        task.task_id: [asset.uri for asset in task.outlets if isinstance(asset, Asset)]
        for task in dag.tasks
        if task.outlets
    }


@pytest.mark.parametrize("feed", FEEDS)
def test_an_ingest_dag_goes_from_sense_to_report(feed: str, dags: dict[str, DAG]) -> None:
    assert shape(dags[names.ingest_dag(feed)]) == INGEST


@pytest.mark.parametrize("feed", FEEDS)
def test_the_tasks_of_an_ingest_dag_are_few_thin_classes(feed: str, dags: dict[str, DAG]) -> None:
    once = ("prepare", "stage_rows", "stage_rejects", "stage_objects", "quarantine", "publish")
    assert {task.task_id: type(task) for task in dags[names.ingest_dag(feed)].tasks} == {
        "sense": NewObjectsSensor,
        "curate": CurateLocallyOperator,
        "audit": AuditOperator,
        "report": ReportOperator,
        **dict.fromkeys(once, BigQueryOnceOperator),
    }


@pytest.mark.parametrize("feed", FEEDS)
def test_only_publish_tells_of_the_curated_table(feed: str, dags: dict[str, DAG]) -> None:
    assert outlets(dags[names.ingest_dag(feed)]) == {
        "publish": [f"atvos://bigquery/curated/{feed}"]
    }


def test_a_transform_dag_has_a_group_of_tasks_for_each_model(dags: dict[str, DAG]) -> None:
    model = "fct_vehicle_day"
    assert shape(dags["transform__fleet"]) == {
        f"{model}.{task}": [f"{model}.{other}" for other in after] for task, after in MODEL.items()
    }


def test_a_transform_dag_runs_when_any_of_its_sources_changed(dags: dict[str, DAG]) -> None:
    condition = dags["transform__fleet"].timetable.asset_condition
    assert isinstance(condition, AssetAny)
    assert sorted(a.uri for a in condition.objects if isinstance(a, Asset)) == sorted(
        uri for feed in FEEDS for uri in outlets(dags[names.ingest_dag(feed)])["publish"]
    )


def test_only_publish_tells_of_the_mart(dags: dict[str, DAG]) -> None:
    assert outlets(dags["transform__fleet"]) == {
        "fct_vehicle_day.publish": ["atvos://bigquery/marts/fct_vehicle_day"]
    }


def test_the_heartbeat_tells_of_every_table(dags: dict[str, DAG]) -> None:
    (report,) = dags["heartbeat"].tasks
    assert isinstance(report, ReportOperator)
    assert report.heartbeat
    assert {table.name for table in report.tables} == {*FEEDS, "fct_vehicle_day"}


def test_an_ingest_dag_starts_anew_as_soon_as_it_has_ended(dags: dict[str, DAG]) -> None:
    schedules: list[object] = [dags[names.ingest_dag(feed)].schedule for feed in FEEDS]
    assert schedules == ["@continuous", "@continuous"]


def test_tags_say_what_a_dag_is_and_how_urgent(dags: dict[str, DAG]) -> None:
    assert {dag_id: dag.tags for dag_id, dag in dags.items()} == {
        "ingest__telemetry_events": {"ingest", "tier-1"},
        "ingest__vehicles": {"ingest", "tier-2"},
        "transform__fleet": {"transform"},
        "heartbeat": {"operate"},
    }


def test_a_contract_that_is_tried_runs_when_it_is_told_to(load: Load, tmp_path: Path) -> None:
    written(edited({}, TIDES), tmp_path, TIDES.name)
    dags, errors = load(ATVOS_EXTRA_CONTRACTS_DIR=str(tmp_path))
    tried = dags["ingest__tides_vehicle_locations"]
    assert errors == {}
    found: dict[str, object] = {"schedule": tried.schedule, "tags": tried.tags}
    assert found == {"schedule": None, "tags": {"ingest", "tier-3", "try"}}


def test_a_contract_that_breaks_a_rule_is_an_import_error_that_names_file_and_attribute(
    load: Load, tmp_path: Path
) -> None:
    file = written(edited({"customProperties/tier/value": 9}, TIDES), tmp_path, TIDES.name)
    dags, errors = load(ATVOS_EXTRA_CONTRACTS_DIR=str(tmp_path))
    assert "ingest__tides_vehicle_locations" not in dags
    assert all(word in errors["ingest.py"] for word in (str(file), "tier", "found 9"))


def test_on_dataflow_the_job_keeps_the_name_that_it_is_given(load: Load) -> None:
    dags, errors = load(**DATAFLOW)
    curate = dags["ingest__vehicles"].get_task("curate")
    assert errors == {}
    assert isinstance(curate, CurateOnDataflowOperator)
    assert (curate.append_job_name, curate.deferrable) == (False, True)
    assert names.dataflow_job("vehicles", "0f1e") == "curate-vehicles-0f1e"


@pytest.mark.parametrize("missing", [name for name in DATAFLOW if name != "BEAM_RUNNER"])
def test_a_setting_that_dataflow_lacks_is_an_import_error_that_names_it(
    missing: str, load: Load
) -> None:
    dags, errors = load(**{**DATAFLOW, missing: ""})
    assert dags == {}
    assert set(errors) == {"ingest.py", "operate.py", "transform.py"}
    assert all(f"environment variable {missing} is not set" in e for e in errors.values())
