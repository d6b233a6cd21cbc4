"""The DAGs have the tasks, the order, the assets and the schedules that the design gives them."""

from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG, Asset, AssetAny

from atvos import names, settings
from atvos.audit_operators import AuditOperator
from atvos.contract import contract_files
from atvos.curate_operators import CurateLocallyOperator, CurateOnDataflowOperator
from atvos.dags import transform
from atvos.events.sensors import WokenObjectsSensor
from atvos.operators import BigQueryOnceOperator
from atvos.plan_operators import PlanReplayOperator
from atvos.report_operators import (
    ReconcileOperator,
    RegisterOperator,
    ReportBatchOperator,
    ReportOperator,
)
from atvos.retention_operators import RetentionOperator
from atvos.sensors import NewObjectsSensor
from local.layout import CONTRACTS
from tests.atvos.examples import model, positions
from tests.contract.editing import edited, written
from tests.dags.conftest import Load

INGEST = {
    "prepare": ["sense"],
    "sense": ["curate"],
    "curate": ["stage_objects", "stage_rejects", "stage_rows"],
    "stage_rows": ["audit"],
    "stage_rejects": ["quarantine"],
    "stage_objects": ["audit", "quarantine"],
    "quarantine": ["publish"],
    "audit": ["publish"],
    "publish": ["report"],
    "report": [],
}
MODEL = {
    "plan": ["prepare"],
    "prepare": ["build"],
    "build": ["audit"],
    "audit": ["publish"],
    "publish": ["report"],
    "report": [],
}
FEEDS = [file.name.removesuffix(".odcs.yaml") for file in contract_files([CONTRACTS])]
COST = ["fct_fleet_month_cost", "fct_km_divergence", "rpt_d1"]
FLEET = ["dim_unit", "dim_vehicle", "fct_vehicle_day"]
TIDES = Path(__file__).parents[1] / "contracts_real" / "tides_vehicle_locations.odcs.yaml"
DATAFLOW = {
    "BEAM_RUNNER": "DataflowRunner",
    "ATVOS_DATAFLOW_TEMPLATE": "gs://templates/curate.json",
    "ATVOS_DATAFLOW_SERVICE_ACCOUNT": "curate@atvos.iam.gserviceaccount.com",
    "ATVOS_DATAFLOW_TEMP_LOCATION": "gs://work/tmp",
    "ATVOS_DATAFLOW_SUBNETWORK": "regions/r/subnetworks/s",
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
        "report": ReportBatchOperator,
        **dict.fromkeys(once, BigQueryOnceOperator),
    }


@pytest.mark.parametrize("feed", FEEDS)
def test_only_publish_tells_of_the_curated_table(feed: str, dags: dict[str, DAG]) -> None:
    assert outlets(dags[names.ingest_dag(feed)]) == {
        "publish": [f"atvos://bigquery/curated/{feed}"]
    }


@pytest.mark.parametrize(
    ("dag_id", "models"), [("transform__cost", COST), ("transform__fleet", FLEET)]
)
def test_a_transform_dag_has_a_group_of_tasks_for_each_model(
    dag_id: str, models: list[str], dags: dict[str, DAG]
) -> None:
    assert shape(dags[dag_id]) == {
        f"{model}.{task}": [f"{model}.{other}" for other in after]
        for model in models
        for task, after in MODEL.items()
    }


def asset_uris(dag: DAG) -> list[str]:
    """The tables whose change makes the DAG run: one, or any of several."""
    condition = dag.timetable.asset_condition
    if isinstance(condition, Asset):
        return [condition.uri]
    assert isinstance(condition, AssetAny)
    return sorted(asset.uri for asset in condition.objects if isinstance(asset, Asset))


def test_a_transform_dag_runs_when_a_table_from_outside_its_group_changed(
    dags: dict[str, DAG],
) -> None:
    assert asset_uris(dags["transform__cost"]) == [
        "atvos://bigquery/curated/contract_measurements",
        "atvos://bigquery/curated/km_bulletins",
        "atvos://bigquery/curated/trips",
        "atvos://bigquery/marts/fct_vehicle_day",
    ]
    assert asset_uris(dags["transform__fleet"]) == [
        "atvos://bigquery/curated/telemetry_events",
        "atvos://bigquery/curated/vehicles",
    ]


def test_models_of_a_group_that_read_each_other_run_one_after_the_other() -> None:
    first = model("SELECT * FROM curated.positions WHERE seen_date IN UNNEST(@days)", name="a")
    second = model("SELECT * FROM marts.a WHERE seen_date IN UNNEST(@days)", name="b")
    made = transform(
        settings.load({}),
        "fleet",
        [second, first],
        {"positions": positions()},
        {"a": first, "b": second},
    )
    assert shape(made)["a.report"] == ["b.plan"]
    assert asset_uris(made) == ["atvos://bigquery/curated/positions"]
    assert made.get_task("b.plan").trigger_rule == "none_failed"


def test_only_publish_tells_of_the_mart(dags: dict[str, DAG]) -> None:
    assert outlets(dags["transform__fleet"]) == {
        f"{model}.publish": [f"atvos://bigquery/marts/{model}"] for model in FLEET
    }


def test_the_heartbeat_registers_and_tells_of_every_table(dags: dict[str, DAG]) -> None:
    heartbeat = dags["heartbeat"]
    register, report = heartbeat.get_task("register"), heartbeat.get_task("report")
    assert isinstance(register, RegisterOperator)
    assert isinstance(report, ReportOperator)
    assert shape(heartbeat) == {"register": ["report"], "report": []}
    assert (report.heartbeat, report.trigger_rule) == (True, "all_done")
    told = {*FEEDS, *COST, *FLEET, "fct_occurrence", "fct_service_hour"}
    assert {*report.feeds, *report.models} == {*told, "freshness"}
    assert {table.name for table in register.tables} == told
    assert [view.view_name for view in register.views] == ["ops.freshness"]


def test_bucket_ledger_and_tables_are_compared_every_hour(dags: dict[str, DAG]) -> None:
    compare = dags["reconcile"].get_task("compare")
    assert isinstance(compare, ReconcileOperator)
    assert sorted(compare.feeds) == FEEDS
    assert str(dags["reconcile"].schedule) == "17 * * * *"


def test_what_has_had_its_time_is_removed_every_night(dags: dict[str, DAG]) -> None:
    remove = dags["retention"].get_task("remove")
    assert isinstance(remove, RetentionOperator)
    assert (sorted(remove.feeds), set(COST) <= set(remove.models)) == (FEEDS, True)
    assert str(dags["retention"].schedule) == "45 4 * * *"


def test_every_task_on_a_table_is_measured_under_the_names_of_that_table(
    dags: dict[str, DAG],
) -> None:
    found = {
        (dag.dag_id, task.task_id): [
            callback.__self__._labels["dataset"]
            for name in ("on_success_callback", "on_retry_callback", "on_failure_callback")
            for callback in getattr(task, name)
        ]
        for dag in dags.values()
        for task in dag.tasks
    }
    for (dag_id, task_id), datasets in found.items():
        kind, _, feed = dag_id.partition("__")
        if kind in ("backup", "heartbeat", "reconcile", "retention"):
            assert datasets == []
        else:
            own = task_id.partition(".")[0] if kind == "transform" else feed
            assert datasets == [own] * 3, (dag_id, task_id)


def test_waiting_rows_are_looked_at_when_their_reference_changes_and_every_quarter_of_an_hour(
    dags: dict[str, DAG],
) -> None:
    replay = dags["replay__telemetry_events"]
    assert shape(replay) == {
        "prepare": ["plan"],
        "plan": ["publish"],
        "publish": ["report"],
        "report": [],
    }
    assert isinstance(replay.get_task("plan"), PlanReplayOperator)
    assert asset_uris(replay) == ["atvos://bigquery/curated/vehicles"]
    schedule: Any = replay.schedule
    assert schedule.timetable.expression == "*/15 * * * *"
    assert outlets(replay) == {"publish": ["atvos://bigquery/curated/telemetry_events"]}


def test_an_ingest_dag_starts_anew_as_soon_as_it_has_ended(dags: dict[str, DAG]) -> None:
    schedules: list[object] = [dags[names.ingest_dag(feed)].schedule for feed in FEEDS]
    assert schedules == ["@continuous"] * len(FEEDS)


def test_tags_say_what_a_dag_is_and_how_urgent(dags: dict[str, DAG]) -> None:
    assert {dag_id: dag.tags for dag_id, dag in dags.items()} == {
        "ingest__app_logs": {"ingest", "tier-3"},
        "ingest__contract_measurements": {"ingest", "tier-1"},
        "ingest__km_bulletins": {"ingest", "tier-1"},
        "ingest__occurrences": {"ingest", "tier-3"},
        "ingest__telemetry_events": {"ingest", "tier-1"},
        "ingest__trips": {"ingest", "tier-2"},
        "ingest__vehicles": {"ingest", "tier-2"},
        "transform__cost": {"transform"},
        "transform__fleet": {"transform"},
        "transform__occurrence": {"transform"},
        "transform__service": {"transform"},
        "heartbeat": {"operate"},
        "backup": {"operate"},
        "reconcile": {"operate"},
        "replay__telemetry_events": {"operate"},
        "retention": {"operate"},
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


def test_every_dag_says_of_which_commit_it_was_read(load: Load) -> None:
    commit = "0f1e2d3c4b5a69788796a5b4c3d2e1f0a1b2c3d4"
    deployed, _ = load(ATVOS_COMMIT=commit)
    assert {id_ for id_, dag in deployed.items() if "release-0f1e2d3c4b5a" not in dag.tags} == set()
    here, _ = load()
    assert [tag for dag in here.values() for tag in dag.tags if tag.startswith("release")] == []


def test_where_there_are_subscriptions_messages_wake_a_run(load: Load) -> None:
    found, errors = load(ATVOS_EVENT_SUBSCRIPTION="landing-{feed}")
    assert errors == {}
    sense = found["ingest__trips"].get_task("sense")
    assert isinstance(sense, WokenObjectsSensor)
    assert sense.subscription == "landing-trips"
    assert shape(found["ingest__trips"]) == INGEST
