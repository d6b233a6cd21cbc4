"""What the platform generates keeps to the rules, and would be caught if it did not."""

from pathlib import Path
from typing import Any

import pytest

from atvos.sqlcheck import rules
from atvos.sqlcheck.inventory import Inventory, Kind, Statement
from atvos.sqlcheck.submissions import Submission
from tests.sqlcheck.fixtures import collected

FILE = Path("example.odcs.yaml")
ALL_PARTITIONS = "scan of all partitions of curated.readings"
CONFIGURATION: dict[str, Any] = {
    "query": {"query": "SELECT 1", "maximumBytesBilled": "1000"},
    "labels": {"feed": "readings", "step": "publish"},
}


@pytest.fixture(scope="module")
def inventory() -> Inventory:
    return collected()


def judged(inventory: Inventory, sql: str) -> list[str]:
    statement = Statement(Kind.STEP, FILE, "publish", sql)
    return [str(f) for f in rules.check_statement(statement, inventory.tables)]


def submitted(**changes: Any) -> list[str]:
    configuration = CONFIGURATION | changes
    return [str(f) for f in rules.check_job(Submission(FILE, "publish", configuration))]


def test_the_small_repository_keeps_to_the_rules(inventory: Inventory) -> None:
    assert rules.check(inventory) == []


def test_a_generated_statement_that_reads_all_partitions_is_shown(inventory: Inventory) -> None:
    script = "SELECT ';';\nDELETE FROM `curated.readings` WHERE device = 'a'"
    (found,) = judged(inventory, script)
    message = "found no filter on read_date; valid: read_date compared with constants or parameters"
    assert found.splitlines() == [
        f"example.odcs.yaml: publish, line 2, column 13: {ALL_PARTITIONS}: {message}",
        "    DELETE FROM `curated.readings` WHERE device = 'a'",
        "                ^",
    ]


def test_one_bound_is_enough_for_what_is_no_model(inventory: Inventory) -> None:
    assert judged(inventory, "SELECT 1 FROM `ops.object_ledger` WHERE landed_date > @a") == []


def test_only_models_must_name_their_columns(inventory: Inventory) -> None:
    sql = "SELECT * FROM curated.readings WHERE read_date = @day"
    assert judged(inventory, sql) == []


def test_sql_that_cannot_be_parsed_is_a_finding(inventory: Inventory) -> None:
    (found,) = judged(inventory, "SELECT FROM WHERE )")
    assert found.startswith("example.odcs.yaml: publish, line 1, column 1: found SQL that cannot")


def test_a_job_with_limit_and_labels_is_in_order() -> None:
    assert submitted() == []


@pytest.mark.parametrize("limit", [None, "", "0", "-1", "much"])
def test_a_query_without_a_cost_limit_is_refused(limit: str | None) -> None:
    query = {"query": "SELECT 1"} | ({"maximumBytesBilled": limit} if limit is not None else {})
    found = f"maximumBytesBilled: found {limit or ''!r}; valid: a number of bytes above 0"
    assert submitted(query=query) == [f"example.odcs.yaml: publish: {found}"]


def test_a_load_job_has_no_cost_limit() -> None:
    load = {"load": {}, "labels": CONFIGURATION["labels"]}
    assert list(rules.check_job(Submission(FILE, "stage_rows", load))) == []


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        ({}, "{}"),
        ({"step": "Publish"}, "'step=Publish'"),
        ({"step": "publish", "9": "a"}, "'9=a'"),
        ({"step": "publish", "feed": "a" * 64}, f"'feed={'a' * 64}'"),
    ],
)
def test_a_job_without_labels_that_bigquery_takes_is_refused(
    labels: dict[str, str], found: str
) -> None:
    (problem,) = submitted(labels=labels)
    assert problem.startswith(f"example.odcs.yaml: publish: labels: found {found}; valid: ")
