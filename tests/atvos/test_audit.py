"""The audit tells apart what holds, what does not, and what could not be looked at."""

from dataclasses import replace

import pytest

from atvos.audit import expectation, is_query, run_checks
from atvos.contract import Check, Operator, Severity
from atvos.quality import CheckResult, CheckState
from local.client import Client
from tests.atvos.desk import query
from tests.atvos.examples import check, positions

STAGED = "staging.audited"
ROWS = f"""
CREATE SCHEMA IF NOT EXISTS staging;
CREATE OR REPLACE TABLE {STAGED} AS
SELECT
  IF(n = 2, 'd1', CONCAT('d', CAST(n AS STRING))) AS device,
  TIMESTAMP '2025-06-01 08:00:00+00' AS seen_at,
  IF(n > 6, NULL, IF(n = 1, 'x{{1}}', 'y')) AS trip,
  DATE '2025-06-01' AS seen_date,
  IF(n < 4, NULL, CAST(n AS NUMERIC)) AS km
FROM UNNEST(GENERATE_ARRAY(1, 10)) AS n
"""
"""Ten rows: device d1 twice, four trips null and one that is no y, three km null."""

ZERO, MOST, BETWEEN = Operator.MUST_BE, Operator.LESS_OR_EQUAL, Operator.BETWEEN


def nulls(name: str, column: str, operator: Operator, *bounds: float, **how: object) -> Check:
    return check("nullValues", operator, *bounds, name=name, columns=(column,), **how)


def duplicates(name: str, *columns: str, **how: object) -> Check:
    return check("duplicateValues", ZERO, 0, name=name, columns=columns, **how)


def invalid(name: str, operator: Operator, *bounds: float, **how: object) -> Check:
    return check("invalidValues", operator, *bounds, name=name, columns=("trip",), **how)


def sql(name: str, query: str, **how: object) -> Check:
    return check("sql", ZERO, 0, name=name, query=query, **how)


CHECKS = (
    nulls("device_is_known", "device", ZERO, 0),
    nulls("km_is_known", "km", ZERO, 0),
    nulls("km_is_known:30", "km", MOST, 30, percent=True),
    nulls("km_is_known:29", "km", MOST, 29, percent=True),
    duplicates("seen_once", "seen_at", "km"),
    duplicates("device_once", "device"),
    duplicates("pair_once", "device", "seen_at"),
    invalid("trip_is_y", ZERO, 0, valid_values=("y",)),
    invalid("trip_is_y:10", MOST, 10, valid_values=("y",), percent=True),
    invalid("trip_is_a_letter", BETWEEN, 2, 4, pattern="^[a-z]{1}$"),
    check("rowCount", BETWEEN, 1, 10, name="ten_rows"),
    check("rowCount", Operator.GREATER, 10, name="more_rows"),
    sql("no_x1", "SELECT COUNT(*) FROM ${table} AS t WHERE t.trip = 'x{1}'"),
    sql("no_odometer", "SELECT COUNT(*) FROM ${table} WHERE odometer < 0"),
    sql("no_x1_warning", "SELECT COUNT(*) FROM ${table} t", severity=Severity.WARNING),
    nulls("no_such_column", "carrier", ZERO, 0, severity=Severity.WARNING),
)


@pytest.fixture(scope="module")
def results(client: Client) -> list[CheckResult]:
    """What one audit says of every check above."""
    query(client.bigquery, ROWS)
    return run_checks(client.bigquery, replace(positions(), checks=CHECKS), STAGED)


def one(results: list[CheckResult], name: str) -> CheckResult:
    return {result.name: result for result in results}[name]


def test_every_check_has_one_result_in_the_contracts_order(results: list[CheckResult]) -> None:
    assert [result.name for result in results] == [found.name for found in CHECKS]


@pytest.mark.parametrize(
    "name",
    [
        *("device_is_known", "km_is_known:30", "seen_once", "trip_is_y:10", "ten_rows"),
    ],
)
def test_a_check_that_holds_has_passed(results: list[CheckResult], name: str) -> None:
    found = one(results, name)
    assert (found.state, found.blocks) == (CheckState.PASSED, False)


@pytest.mark.parametrize(
    ("name", "observed", "expected"),
    [
        ("km_is_known", "3 of 10 rows", "nullValues mustBe 0"),
        ("km_is_known:29", "30.0", "nullValues mustBeLessOrEqualTo 29 %"),
        ("device_once", "2 of 10 rows", "duplicateValues mustBe 0"),
        ("pair_once", "2 of 10 rows", "duplicateValues mustBe 0"),
        ("trip_is_y", "1", "invalidValues mustBe 0"),
        ("trip_is_a_letter", "1", "invalidValues mustBeBetween 2 and 4"),
        ("more_rows", "10", "rowCount mustBeGreaterThan 10"),
        ("no_x1", "1.0", "sql mustBe 0"),
    ],
)
def test_a_check_that_does_not_hold_has_failed_with_the_number_it_measured(
    results: list[CheckResult], name: str, observed: str, expected: str
) -> None:
    found = one(results, name)
    assert (found.state, found.observed, found.expected) == (
        CheckState.FAILED,
        observed,
        expected,
    )
    assert found.blocks


@pytest.mark.parametrize("name", ["no_odometer", "no_such_column"])
def test_a_check_that_could_not_be_looked_at_is_errored_and_says_why(
    results: list[CheckResult], name: str
) -> None:
    found = one(results, name)
    missing = {"no_odometer": "odometer", "no_such_column": "carrier"}[name]
    assert (found.state, missing in found.observed) == (CheckState.ERRORED, True)


def test_an_error_blocks_unless_the_check_is_a_warning(results: list[CheckResult]) -> None:
    assert one(results, "no_odometer").blocks
    assert not one(results, "no_such_column").blocks


def test_a_failed_warning_is_reported_and_does_not_block(results: list[CheckResult]) -> None:
    found = one(results, "no_x1_warning")
    assert (found.state, found.severity, found.blocks) == (
        CheckState.FAILED,
        Severity.WARNING,
        False,
    )


def test_a_message_names_the_columns(results: list[CheckResult]) -> None:
    assert "pair_once (device, seen_at): observed 2 of 10 rows" in str(one(results, "pair_once"))


def test_a_table_without_checks_has_no_results(client: Client) -> None:
    assert run_checks(client.bigquery, replace(positions(), checks=()), STAGED) == []


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        (CHECKS[0], "ExpectColumnValuesToNotBeNull"),
        (duplicates("d", "device"), "ExpectColumnValuesToBeUnique"),
        (duplicates("d", "device", "km"), "ExpectCompoundColumnsToBeUnique"),
        (CHECKS[2], "UnexpectedRowsExpectation"),
        (CHECKS[7], "UnexpectedRowsExpectation"),
        (CHECKS[10], "UnexpectedRowsExpectation"),
    ],
)
def test_an_expectation_of_great_expectations_is_used_where_it_means_the_same(
    found: Check, kind: str
) -> None:
    assert type(expectation(found)).__name__ == kind
    assert is_query(found) == (kind == "UnexpectedRowsExpectation")


@pytest.mark.parametrize(
    ("severity", "gx"), [(Severity.ERROR, "critical"), (Severity.WARNING, "warning")]
)
def test_an_expectation_carries_the_checks_name_and_severity(severity: Severity, gx: str) -> None:
    made = expectation(replace(CHECKS[0], severity=severity))
    assert (made.meta, made.severity) == ({"check": "device_is_known"}, gx)
