"""Whatever is run or sent again changes nothing that was published."""

from typing import Any

import pytest
from google.cloud import bigquery

from atvos import names
from local.client import Client
from local.sample import ObjectAnswer, SampleObject, build
from local.waiting import wait
from tests.e2e.conftest import Landed
from tests.e2e.rerun import (
    LIMIT_SECONDS,
    Snapshot,
    published_run,
    rows,
    run_again,
    settle,
    snapshot,
)
from tests.e2e.telling import explained

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

INGEST = "ingest__telemetry_events"
CURATED = names.curated_table("telemetry_events")


@pytest.fixture
def before(client: Client, landed: Landed) -> Snapshot:
    """Every table before anything is run again."""
    with explained(client):
        settle(client)
        return snapshot(client)


@pytest.mark.parametrize("task_id", [None, "sense", "curate", "stage_rows", "publish"])
def test_an_ingest_run_or_a_task_of_it_that_runs_again_changes_nothing(
    client: Client, before: Snapshot, task_id: str | None
) -> None:
    with explained(client):
        state = run_again(client, INGEST, published_run(client, INGEST), task_id)
        settle(client)
    assert state == "success"
    assert snapshot(client) == before


def test_a_transform_run_that_runs_again_changes_nothing(client: Client, before: Snapshot) -> None:
    dag_id = "transform__fleet"
    with explained(client):
        run_id = published_run(client, dag_id, "fct_vehicle_day.publish")
        state = run_again(client, dag_id, run_id)
        settle(client)
    assert state == "success"
    assert snapshot(client) == before


@pytest.fixture(scope="module")
def sent_again(client: Client, landed: Landed) -> tuple[SampleObject, ObjectAnswer]:
    """An object with good and bad rows that is sent under another name, and under its own."""
    objects, answer = build(landed.settings)
    expected = max(
        (o for o in answer.objects if o.feed == "telemetry_events"), key=lambda o: o.read
    )
    return next(o for o in objects if o.name == expected.name), expected


def test_content_that_is_sent_again_is_all_duplicate_and_changes_no_row(
    client: Client, before: Snapshot, sent_again: tuple[SampleObject, ObjectAnswer]
) -> None:
    item, expected = sent_again
    copy = item.name.replace("part-", "copy-")
    client.upload(copy, item.content)
    client.upload(item.name, item.content)

    def progress() -> tuple[bool, str]:
        found = len(_ledger(client, item.name)), len(_ledger(client, copy))
        return found == (2, 1), f"{found} ledger rows of the object and its copy"

    with explained(client):
        wait(progress, LIMIT_SECONDS)
        settle(client)
    again = {
        "rows_read": expected.read,
        "rows_valid": 0,
        "rows_rejected": expected.rejected,
        "rows_duplicate": expected.valid + expected.duplicate + expected.pending,
    }
    first = {
        "rows_read": expected.read,
        "rows_valid": expected.valid,
        "rows_rejected": expected.rejected,
        "rows_duplicate": expected.duplicate,
    }
    assert _ledger(client, item.name) == [first, again]
    assert _ledger(client, copy) == [again]
    mart = names.model_table("fct_vehicle_day", "1.0.0")
    assert {table: rows(client, table) for table in (CURATED, mart)} == {
        table: before[table] for table in (CURATED, mart)
    }


def _ledger(client: Client, name: str) -> list[dict[str, Any]]:
    """The counts of every generation of an object, the oldest first."""
    return client.rows(
        "SELECT rows_read, rows_valid, rows_rejected, rows_duplicate "
        f"FROM `{names.OBJECT_LEDGER}` WHERE object = @name ORDER BY generation",
        bigquery.ScalarQueryParameter("name", "STRING", name),
    )
