"""Every table of the platform: what is in it, how it is cut, how long it is kept."""

import dataclasses

import pytest

from atvos import names, ops_tables, settings, tables
from atvos.contract import LoadMode
from atvos.schema import TableSpec
from tests.atvos.examples import model, positions

SETTINGS = settings.load({})
POSITIONS = ["device", "seen_at", "trip", "seen_date", "km"]
LINEAGE = ["source_object", "source_generation", "source_position"]
REJECTS = ["source_bucket", *LINEAGE, "reasons", "detail", "line", "line_encoding"]
COUNTS = [
    *("bucket", "object", "generation", "size", "crc32c", "landed_at", "rows_read", "rows_valid"),
    *("rows_rejected", "rows_duplicate", "reasons", "event_dates", "last_event_at"),
]
ALL = [
    tables.curated(positions()),
    tables.quarantine(positions()),
    *ops_tables.operations(),
    tables.model(model()),
    tables.pending(positions()),
    tables.rows_staging(positions(), "0a"),
    tables.rejects_staging("positions", "0a"),
    tables.objects_staging("positions", "0a"),
]


def columns(spec: TableSpec) -> list[str]:
    return [column.name for column in spec.fields]


def required(spec: TableSpec) -> set[str]:
    return {column.name for column in spec.fields if column.required}


def layout(spec: TableSpec) -> tuple[str, str | None, tuple[str, ...], int | None]:
    return (spec.table, spec.partition, spec.cluster, spec.partition_expiration_days)


def test_curated_has_the_contract_and_where_each_row_is_from() -> None:
    spec = tables.curated(positions())
    assert columns(spec) == [*POSITIONS, *LINEAGE, "batch_id", "published_at"]
    assert required(spec) == {"device", "seen_at", "seen_date", "batch_id", "published_at"}
    assert layout(spec) == ("curated.positions", "seen_date", ("device",), 60)
    assert spec.labels == {"layer": "curated", "tier": "1", "contract": "1-2-0"}


def test_a_snapshot_has_no_partitions_and_never_expires() -> None:
    spec = tables.curated(positions(LoadMode.REPLACE_SNAPSHOT))
    assert layout(spec) == ("curated.positions", None, ("device",), None)


def test_quarantine_keeps_rejects_by_landing_day_for_a_year() -> None:
    spec = tables.quarantine(positions())
    assert columns(spec) == ["landed_date", "batch_id", *REJECTS, "quarantined_at"]
    assert layout(spec) == ("quarantine.positions", "landed_date", ("source_object",), 365)


def test_the_object_ledger_has_a_row_per_object_and_is_kept_for_ever() -> None:
    spec = ops_tables.object_ledger()
    state = ["rows_pending", "batch_id", "state", "detail", "recorded_at"]
    assert columns(spec) == ["feed", "landed_date", *COUNTS, *state]
    assert layout(spec) == ("ops.object_ledger", "landed_date", ("feed", "batch_id"), None)


def test_the_model_ledger_says_which_changes_a_model_took_in() -> None:
    spec = ops_tables.model_ledger()
    head = ["built_date", "model", "table_name", "change_id", "build_id"]
    assert columns(spec) == [*head, "days", "last_event_at", "built_at"]
    assert layout(spec) == ("ops.model_ledger", "built_date", ("model",), None)


def test_schema_changes_says_which_version_altered_which_column() -> None:
    spec = ops_tables.schema_changes()
    assert columns(spec) == [
        *("table_name", "column_name", "change", "contract_version", "changed_at")
    ]
    assert layout(spec) == ("ops.schema_changes", None, (), None)


def test_table_changes_says_which_partitions_are_new() -> None:
    spec = ops_tables.table_changes()
    head = ["changed_date", "table_name", "change_id", "kind"]
    assert columns(spec) == [*head, "days", "changed_at"]
    assert layout(spec) == ("ops.table_changes", "changed_date", ("table_name",), None)


def test_a_models_table_has_the_columns_of_its_contract_alone_and_a_major_version() -> None:
    spec = tables.model(model(version="3.1.4"))
    assert columns(spec) == POSITIONS
    assert layout(spec) == ("models.fct_positions_v3", "seen_date", ("device",), 60)


def test_rows_wait_in_quarantine_as_they_would_stand_in_the_table() -> None:
    spec = tables.pending(positions())
    waiting = ["batch_id", "landed_date", "pending_since"]
    assert columns(spec) == [*POSITIONS, *LINEAGE, *waiting]
    assert layout(spec) == ("quarantine.positions__pending", "seen_date", ("device",), 365)


def test_staging_has_what_the_curate_job_writes() -> None:
    rows, rejects, objects = ALL[-3:]
    assert (rows.table, columns(rows)) == ("staging.positions__0a", [*POSITIONS, *LINEAGE])
    assert (rejects.table, columns(rejects)) == ("staging.positions__0a__rejects", REJECTS)
    assert (objects.table, columns(objects)) == ("staging.positions__0a__objects", COUNTS)


@pytest.mark.parametrize("spec", ALL, ids=lambda spec: spec.table)
def test_a_table_says_what_it_is_for_and_is_cut_by_a_column_it_has(spec: TableSpec) -> None:
    assert spec.description
    named = {*spec.cluster, *filter(None, [spec.partition])}
    assert named <= set(columns(spec))
    assert len(set(columns(spec))) == len(spec.fields)


def test_preparing_creates_datasets_before_tables_and_only_what_is_missing() -> None:
    lines = tables.prepare_script(ALL, SETTINGS).splitlines()
    creations = [line for line in lines if line.startswith("CREATE")]
    assert [line.split("`")[1] for line in creations] == [
        *names.DATASETS,
        *(spec.table for spec in ALL),
    ]
    assert all(" IF NOT EXISTS " in line for line in creations)


def test_only_staging_forgets_its_tables() -> None:
    lines = tables.prepare_script([], SETTINGS).splitlines()
    assert [line.split("`")[1] for line in lines if "expiration" in line] == ["staging"]
    assert lines[0] == (
        "CREATE SCHEMA IF NOT EXISTS `staging` "
        "OPTIONS(location='southamerica-east1', default_table_expiration_days=7);"
    )


def test_in_a_sandbox_every_table_goes_by_itself() -> None:
    sandbox = dataclasses.replace(SETTINGS, dataset_expiration_days=14)
    lines = tables.prepare_script([], sandbox).splitlines()
    assert [line.rpartition("=")[2] for line in lines] == ["7);", *["14);"] * 5]
