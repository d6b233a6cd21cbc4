"""The query of a check returns the measured number where the check does not hold, else nothing."""

from typing import Any

import pytest

from atvos.audit import violation_query
from atvos.contract import Check, Operator
from local.client import Client
from tests.atvos.desk import query
from tests.atvos.examples import check

ROWS = """(
  SELECT 'a' AS device, 1 AS km, 'x{1}' AS note UNION ALL
  SELECT 'a', 2, 'y' UNION ALL
  SELECT 'a', NULL, 'y' UNION ALL
  SELECT 'b', NULL, "it's"
)"""
"""Four rows: two of km are null, two of device are too many, one of note is no letter."""

HALF_NULL: dict[str, Any] = {"columns": ("km",)}
ONE_TOO_MANY: dict[str, Any] = {"columns": ("note",)}
TWO_TOO_MANY: dict[str, Any] = {"columns": ("device",)}
NO_LETTER: dict[str, Any] = {"columns": ("note",), "pattern": r"^[a-z]('s)?$|^it\'s$"}
NOT_Y: dict[str, Any] = {"columns": ("note",), "valid_values": ("y", "it's")}
NOT_2: dict[str, Any] = {"columns": ("km",), "valid_values": ("2",)}
SHARE: dict[str, Any] = {"percent": True}
SUM: dict[str, Any] = {"query": "SELECT SUM(km) FROM ${table}"}

MEASURED = {
    "rowCount": ("rowCount", {}, 4),
    "nullValues": ("nullValues", HALF_NULL, 2),
    "nullValues of any column": ("nullValues", {"columns": ("km", "device")}, 2),
    "nullValues percent": ("nullValues", HALF_NULL | SHARE, 50),
    "duplicateValues": ("duplicateValues", TWO_TOO_MANY, 2),
    "duplicateValues of two columns": ("duplicateValues", {"columns": ("device", "note")}, 1),
    "duplicateValues percent": ("duplicateValues", ONE_TOO_MANY | SHARE, 25),
    "invalidValues of a pattern": ("invalidValues", NO_LETTER, 1),
    "invalidValues of a pattern percent": ("invalidValues", NO_LETTER | SHARE, 25),
    "invalidValues of a list": ("invalidValues", NOT_Y, 1),
    "invalidValues of numbers": ("invalidValues", NOT_2, 1),
    "sql": ("sql", SUM, 3),
}
"""A metric of the rows above, how it is asked for, and its number."""


def bounds(operator: Operator, number: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Bounds that ``number`` keeps, and bounds that it breaks, as close as can be."""
    below, above = number - 0.5, number + 0.5
    return {
        Operator.MUST_BE: ((number,), (above,)),
        Operator.MUST_NOT_BE: ((above,), (number,)),
        Operator.GREATER: ((below,), (number,)),
        Operator.GREATER_OR_EQUAL: ((number,), (above,)),
        Operator.LESS: ((above,), (number,)),
        Operator.LESS_OR_EQUAL: ((number,), (below,)),
        Operator.BETWEEN: ((number, above), (above, above + 1)),
    }[operator]


def violations(client: Client, found: Check, rows: str = ROWS) -> list[float]:
    """The numbers that the check's query returns for these rows."""
    answer = query(client.bigquery, violation_query(found).format(batch=rows))
    return [float(row["measured"]) for row in answer]


@pytest.mark.parametrize("operator", list(Operator))
@pytest.mark.parametrize("name", MEASURED)
def test_every_metric_is_compared_by_every_operator(
    client: Client, name: str, operator: Operator
) -> None:
    metric, how, number = MEASURED[name]
    kept, broken = bounds(operator, number)
    assert violations(client, check(metric, operator, *kept, **how)) == []
    assert violations(client, check(metric, operator, *broken, **how)) == [number]


@pytest.mark.parametrize("metric", ["nullValues", "duplicateValues", "invalidValues"])
@pytest.mark.parametrize("percent", [True, False])
def test_no_rows_have_nothing_wrong(client: Client, metric: str, percent: bool) -> None:
    how = {"columns": ("note",), "percent": percent}
    how |= {"valid_values": ("y",)} if metric == "invalidValues" else {}
    empty = f"(SELECT * FROM {ROWS} WHERE FALSE)"
    assert violations(client, check(metric, Operator.MUST_BE, 0, **how), empty) == []


def test_a_query_that_measures_null_does_not_hold(client: Client) -> None:
    found = check("sql", Operator.MUST_BE, 0, query="SELECT MAX(km) FROM ${table} WHERE km > 9")
    answer = query(client.bigquery, violation_query(found).format(batch=ROWS))
    assert answer == [{"measured": None}]


@pytest.mark.parametrize(
    ("own", "number"),
    [
        ("SELECT COUNT(*) FROM ${table} t WHERE t.km > 1", 1),
        ("SELECT COUNT(*) FROM ${table} AS t JOIN ${table} AS u ON t.km = u.km", 2),
        ("SELECT COUNT(*) FROM ${table} WHERE note = 'x{1}'", 1),
        (r"SELECT COUNT(*) FROM ${table} WHERE REGEXP_CONTAINS(note, r'^[a-z]{1}$')", 2),
        ("SELECT COUNT(*) FROM ${table} -- all of {them}\n;", 4),
        ("SELECT 0.1 + COUNT(*) FROM ${table}", 4.1),
    ],
    ids=["alias", "self join", "braces", "regular expression", "comment", "fraction"],
)
def test_a_contracts_own_query_is_taken_as_it_is(client: Client, own: str, number: float) -> None:
    assert violations(client, check("sql", Operator.LESS, 0, query=own)) == [number]


@pytest.mark.parametrize(
    ("bound", "written"), [(0, "0"), (5.0, "5"), (1_234_567.5, "1234567.5"), (1e-7, "1e-07")]
)
def test_a_bound_is_written_to_its_last_digit(bound: float, written: str) -> None:
    query = violation_query(check("rowCount", Operator.LESS, bound))
    assert f"measured < {written}," in query
