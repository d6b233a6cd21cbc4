"""Job configurations cap what a query may bill, say whose they are, and pass values apart."""

from dataclasses import replace
from datetime import date

from atvos import jobs, ops_tables
from atvos.alter import Live
from atvos.builds import Build
from atvos.contract import Reference
from atvos.jobs import Job
from atvos.schema import Field, TableSpec
from atvos.settings import load
from atvos.steps import IngestJobs, ModelJobs
from tests.atvos.examples import DAY, batch, model, positions, stats

LABELS = {"feed": "positions", "step": "publish"}
TABLE = TableSpec("staging.t", "T.", (Field("km", "NUMERIC(12, 3)"),))
SETTINGS = load({"ATVOS_PROJECT": "p", "ATVOS_MAXIMUM_BYTES_BILLED": "77"})
INGEST = IngestJobs(SETTINGS, positions())
READ = model(name="fct_read")
"""A model that another one reads."""


def made_by(job: Job) -> list[str]:
    """The tables and views that a job creates, in order."""
    lines = job.configuration["query"]["query"].splitlines()
    return [
        line.split("`")[1] for line in lines if line.startswith(("CREATE TABLE", "CREATE VIEW"))
    ]


def test_a_query_has_its_cap_and_labels_and_is_no_legacy_sql() -> None:
    assert jobs.query("SELECT 1", LABELS, 1 << 30) == {
        "query": {"query": "SELECT 1", "useLegacySql": False, "maximumBytesBilled": "1073741824"},
        "labels": LABELS,
    }


def test_a_query_with_parameters_names_them() -> None:
    found = jobs.query("SELECT @feed", LABELS, 1, [jobs.string_parameter("feed", "it's")])
    assert found["query"]["parameterMode"] == "NAMED"
    assert found["query"]["queryParameters"] == [
        {
            "name": "feed",
            "parameterType": {"type": "STRING"},
            "parameterValue": {"value": "it's"},
        }
    ]


def test_a_date_parameter_is_iso() -> None:
    found = jobs.date_parameter("first", date(2025, 6, 1))
    assert found["parameterType"] == {"type": "DATE"}
    assert found["parameterValue"] == {"value": "2025-06-01"}


def test_a_list_parameter_has_a_value_for_each_item() -> None:
    days = jobs.dates_parameter("days", [date(2025, 6, 1), date(2025, 6, 2)])
    assert days["parameterType"] == {"type": "ARRAY", "arrayType": {"type": "DATE"}}
    assert days["parameterValue"] == {
        "arrayValues": [{"value": "2025-06-01"}, {"value": "2025-06-02"}]
    }
    feeds = jobs.strings_parameter("feeds", ["a"])
    assert feeds["parameterType"] == {"type": "ARRAY", "arrayType": {"type": "STRING"}}
    assert feeds["parameterValue"] == {"arrayValues": [{"value": "a"}]}


def test_a_load_replaces_the_table_with_exactly_its_files() -> None:
    uris = ["gs://work/a.parquet", "gs://work/b.parquet"]
    assert jobs.load("p", TABLE, uris, "PARQUET", LABELS) == {
        "load": {
            "sourceUris": uris,
            "sourceFormat": "PARQUET",
            "schema": {"fields": TABLE.load_schema()},
            "destinationTable": {"projectId": "p", "datasetId": "staging", "tableId": "t"},
            "createDisposition": "CREATE_IF_NEEDED",
            "writeDisposition": "WRITE_TRUNCATE",
            "parquetOptions": {"enableListInference": True},
        },
        "labels": LABELS,
    }


def test_only_parquet_has_parquet_options() -> None:
    found = jobs.load("p", TABLE, ["gs://work/a"], "NEWLINE_DELIMITED_JSON", LABELS)
    assert "parquetOptions" not in found["load"]


def test_every_step_of_a_batch_is_capped_labelled_and_named_after_it() -> None:
    made = batch()
    found = stats(made.batch_id, rejects_uris=("gs://work/rejects/0.parquet",))
    steps = {
        "stage_rows": INGEST.stage_rows(made, found),
        "stage_rejects": INGEST.stage_rejects(made, found),
        "stage_objects": INGEST.stage_objects(made, found),
        "quarantine": INGEST.quarantine(made),
        "publish": INGEST.publish(made, found),
        "hold": INGEST.hold(made, "has_rows"),
    }
    for step, job in steps.items():
        assert job.job_id == f"atvos__positions__{step}__{made.batch_id}"
        labels = {"feed": "positions", "step": step, "environment": "local"}
        assert job.configuration["labels"] == labels
        if "query" in job.configuration:
            assert job.configuration["query"]["maximumBytesBilled"] == "77"


def test_what_has_no_files_is_staged_as_an_empty_table() -> None:
    made = batch()
    job = INGEST.stage_rejects(made, stats(made.batch_id, rejects_uris=()))
    ddl = job.configuration["query"]["query"]
    created = f"`staging.positions__{made.batch_id}__rejects`"
    assert ddl.startswith(f"CREATE TABLE IF NOT EXISTS {created}")


def test_the_days_of_a_model_are_a_parameter_of_its_query() -> None:
    build = Build("fct_positions", (DAY,), ("0a",), None)
    found = ModelJobs(SETTINGS, model(), (positions(),)).build(build)
    assert found.job_id == f"atvos__fct_positions__build__{build.build_id}"
    assert found.configuration["query"]["queryParameters"] == [
        jobs.dates_parameter("days", [DAY]),
        jobs.date_parameter("first_day", DAY),
        jobs.date_parameter("last_day", DAY),
    ]
    assert "2025-06-01" not in found.configuration["query"]["query"]


def test_a_model_prepares_the_tables_that_it_reads_and_the_one_that_it_writes() -> None:
    assert made_by(ModelJobs(SETTINGS, model(), (positions(), READ)).prepare("0a")) == [
        *(spec.table for spec in ops_tables.operations()),
        *("curated.positions", "models.fct_read_v1", "models.fct_positions_v1"),
        *("marts.fct_read", "marts.fct_positions"),
    ]


def test_a_view_that_is_there_goes_on_showing_what_it_shows() -> None:
    there: Live = {"marts.fct_read": {}, "marts.fct_positions": {}}
    script = ModelJobs(SETTINGS, model(), (READ,)).prepare("0a", there)
    assert not [name for name in made_by(script) if name.startswith("marts.")]


def test_a_model_without_partitions_has_no_parameters() -> None:
    build = Build("fct_positions", (), ("0a",), None)
    found = ModelJobs(SETTINGS, model(), (positions(),)).build(build)
    assert "queryParameters" not in found.configuration["query"]


def test_a_feed_prepares_what_its_rows_refer_to_and_where_they_wait() -> None:
    device = positions().columns[0]
    referring = replace(device, reference=Reference("vehicles", "device"))
    feed = replace(positions(), columns=(referring, *positions().columns[1:]))
    steps = IngestJobs(SETTINGS, feed, (positions(name="vehicles"),))
    assert made_by(steps.prepare("0a"))[-4:] == [
        *("curated.vehicles", "curated.positions", "quarantine.positions"),
        "quarantine.positions__pending",
    ]
