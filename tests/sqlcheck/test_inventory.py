"""Nothing that the platform sends to BigQuery is left out of the check."""

import pytest

from atvos.schema import Field
from atvos.sqlcheck.inventory import Inventory, Kind
from atvos.steps import IngestJobs, ModelJobs
from tests.sqlcheck.fixtures import REPOSITORY, collected

CONTRACT = REPOSITORY / "contracts" / "readings.odcs.yaml"
QUERY = REPOSITORY / "sql" / "marts" / "day_km" / "query.sql"


@pytest.fixture(scope="module")
def inventory() -> Inventory:
    return collected()


@pytest.mark.parametrize(
    ("steps", "owner", "others"),
    # No row of this contract waits for a replay; a backfill or backup is no step of a run.
    [(IngestJobs, CONTRACT, {"replay"}), (ModelJobs, QUERY, {"backfill", "backup"})],
)
def test_every_step_is_in_the_inventory(
    inventory: Inventory, steps: type[object], owner: object, others: set[str]
) -> None:
    methods = {name for name, member in vars(steps).items() if callable(member)}
    public = {name for name in methods if not name.startswith("_")}
    found = {job.configuration["labels"]["step"] for job in inventory.jobs if job.owner == owner}
    assert found == public ^ others


def test_a_partitioned_feed_is_published_in_both_merge_modes(inventory: Inventory) -> None:
    titles = [s.title for s in inventory.statements if s.title.startswith("publish (")]
    assert titles[:4] == [
        "publish (append_first)",
        "publish (append_first, no valid rows)",
        "publish (upsert_latest)",
        "publish (upsert_latest, no valid rows)",
    ]


def test_every_check_has_its_violation_query(inventory: Inventory) -> None:
    titles = [s.title for s in inventory.statements if s.kind is Kind.CHECK and s.owner == CONTRACT]
    assert "check distance_is_known" in titles


def test_the_ledgers_queries_have_the_parameters_of_their_jobs(inventory: Inventory) -> None:
    found = {s.title: s.parameters for s in inventory.statements if s.kind is Kind.LEDGER}
    assert list(found) == [
        *("known_objects", "is_built", "new_changes", "last_published", "lock_of"),
        *("waiting_since", "last_built", "taken_in"),
        *("registered", "update", "views", "view_made"),
        *("lock", "unlock", "started", "ended"),
        *("batches", "totals", "reasons", "audits", "gaps", "rows"),
        *("record_audit", "held", "release", "entries", "record"),
        *("rivals", "withdraw", "open", "unpublished", "ended builds", "overdue"),
        *("samples", "rejected", "rejected lines", "claimed", "left over", "take out"),
    ]
    assert found["new_changes"] == (
        Field("table", "STRING"),
        Field("since", "DATE"),
        Field("sources", "STRING", repeated=True),
    )


def test_a_models_query_stands_in_its_file_and_has_its_contracts_columns(
    inventory: Inventory,
) -> None:
    (query,) = (s for s in inventory.statements if s.kind is Kind.MODEL)
    assert (query.owner, query.first_line) == (QUERY, 1)
    assert [column.name for column in query.columns or ()] == ["device", "read_date", "km"]


def test_a_table_that_is_staged_is_known(inventory: Inventory) -> None:
    staged = sorted(name.rpartition("__")[2] for name in inventory.tables if "readings__" in name)
    assert staged[-2:] == ["objects", "rejects"]
