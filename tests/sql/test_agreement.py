"""Google's own evaluator and the emulator give the same rows for every test folder.

``test_models.py`` holds the emulator to the rows of ``expect.yaml``, and this the reference
implementation of GoogleSQL. Where they part, one of them is not BigQuery.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from atvos.schema import Field
from atvos.sqlcheck.environment import ToolError
from tests.atvos.examples import SQL
from tests.sql.cases import Case, case_folders, read_case
from tests.sql.evaluating import Outcome, ask, described, evaluate, without_trailing_zeros
from tests.sql.running import MODELS, TABLES, in_order
from tests.sql.values import Row

FOLDERS = case_folders(SQL)
STEPS: Mapping[type, Any] = {
    bool: 1,
    int: 1,
    str: "x",
    Decimal: Decimal("0.01"),
    date: timedelta(days=1),
    datetime: timedelta(microseconds=1),
}
"""What makes the least difference to a value."""


def case_in(folder: Path) -> Case:
    """The case in a test folder."""
    return read_case(folder, MODELS[folder.parents[1].name], TABLES)


def comparable(rows: list[Row] | None) -> list[Row]:
    """The rows in one order and one form."""
    return in_order(without_trailing_zeros(rows or []))


def tampered(rows: list[Row]) -> list[list[Row]]:
    """The rows with one value of the first changed, each in its turn, without it, and with two."""
    first, *others = rows
    changed = [
        {**first, name: 0 if value is None else value + STEPS[type(value)]}
        for name, value in first.items()
    ]
    return [*([row, *others] for row in changed), others, [first, *rows]]


@pytest.fixture(scope="module")
def outcomes() -> Mapping[Path, Outcome]:
    """What the evaluator makes of every case."""
    cases = [(MODELS[folder.parents[1].name], case_in(folder)) for folder in FOLDERS]
    return dict(zip(FOLDERS, evaluate(cases), strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda case: f"{case.parents[1].name}-{case.name}")
def test_google_s_evaluator_gives_the_rows_that_a_case_expects(
    outcomes: Mapping[Path, Outcome], folder: Path
) -> None:
    found = outcomes[folder]
    assert found.error is None
    assert comparable(case_in(folder).expected) == comparable(found.rows)


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_an_expectation_that_differs_in_one_value_or_row_is_found_out(
    outcomes: Mapping[Path, Outcome], name: str
) -> None:
    folders = [folder for folder in FOLDERS if folder.parents[1].name == name]
    expected = {folder: case_in(folder).expected for folder in folders}
    others = [(f, other) for f, rows in expected.items() if rows for other in tampered(rows)]
    assert len(others) > len(MODELS[name].columns)
    assert [f for f, other in others if comparable(other) == comparable(outcomes[f].rows)] == []


COLUMNS = [
    described(field)
    for field in (
        Field("km", "NUMERIC(38, 9)"),
        Field("share", "FLOAT64"),
        Field("seats", "INT64"),
        Field("plate", "STRING"),
        Field("faltante", "BOOL"),
        Field("dia", "DATE"),
        Field("seen_at", "TIMESTAMP"),
        Field(
            "stops",
            "STRUCT",
            repeated=True,
            fields=(Field("km", "NUMERIC"), Field("left_at", "TIMESTAMP")),
        ),
    )
]
FULL = {
    "km": "-99999999999999999999999999999.999999999",
    "share": 0.1,
    "seats": 2**63 - 1,
    "plate": "",
    "faltante": False,
    "dia": "1969-12-31",
    "seen_at": "1969-12-31T23:59:59.999999+00:00",
    "stops": [
        {"km": "0.000000128", "left_at": "2025-06-01T03:00:00+00:00"},
        {"km": "-0.000000129", "left_at": None},
    ],
}
EMPTY = dict.fromkeys(FULL) | {"stops": []}


def answers(*texts: str, rows: list[Row]) -> list[dict[str, Any]]:
    """What the worker says to queries of `curated.seen`, with some parameters."""
    days = described(Field("days", "DATE", repeated=True)) | {"value": ["2025-06-01", "2025-06-02"]}
    queries = [{"sql": sql, "rows": {"curated.seen": rows}, "parameters": [days]} for sql in texts]
    return ask({"curated.seen": COLUMNS}, queries)


def test_values_come_back_as_they_went_in() -> None:
    found = answers("SELECT * FROM `curated.seen`", rows=[FULL, EMPTY, {}])
    expected = [{"rows": [FULL, EMPTY, EMPTY | {"stops": None}]}]
    assert expected == found


def test_parameters_and_days_are_bigquery_s() -> None:
    midnight = "TIMESTAMP_TRUNC(TIMESTAMP '2025-06-01 02:00:00+00', DAY)"
    found = answers(f"SELECT @days AS days, {midnight} AS midnight", rows=[])
    days = ["2025-06-01", "2025-06-02"]
    expected = [{"rows": [{"days": days, "midnight": "2025-06-01T00:00:00+00:00"}]}]
    assert expected == found


def test_a_query_that_cannot_be_run_leaves_the_others_their_answers() -> None:
    texts = ("SELECT kn FROM `curated.seen`", "SELECT 1 / seats AS s FROM `curated.seen`")
    found = answers(*texts, "SELECT COUNT(*) AS n FROM `curated.seen`", rows=[{"seats": 0}])
    expected = [
        {"error": "Unrecognized name: kn"},
        {"error": "division by zero: 1 / 0"},
        {"rows": [{"n": 1}]},
    ]
    assert expected == found


@pytest.mark.parametrize(
    ("type_", "message"),
    [
        ("KILOMETRE", "TYPE_KILOMETRE"),
        ("NUMERIC", "NUMERIC: found 1.0000000001; valid: at most 9 decimals, like 0.5"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused_with_its_reason(type_: str, message: str) -> None:
    rows = {"curated.seen": [{"km": "1.0000000001"}]}
    query = {"sql": "SELECT 1", "rows": rows, "parameters": []}
    with pytest.raises(ToolError) as refused:
        ask({"curated.seen": [described(Field("km", type_))]}, [query])
    assert message in str(refused.value)
