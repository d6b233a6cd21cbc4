"""How the analyzer's answers become findings, and what happens when it cannot answer."""

from pathlib import Path

import pytest

from atvos.schema import Field, TableSpec
from atvos.sqlcheck import analyzer, environment
from atvos.sqlcheck.analyzer import Analysis, analyze
from atvos.sqlcheck.environment import ToolError
from atvos.sqlcheck.inventory import Inventory, Kind, Statement

FILE = Path("example.odcs.yaml")
STOPS = Field(
    "stops",
    "STRUCT",
    repeated=True,
    fields=(Field("name", "STRING"), Field("km", "FLOAT64"), Field("at", "TIMESTAMP")),
)
TRIPS = TableSpec(
    "curated.trips", "", (Field("id", "STRING"), Field("km", "NUMERIC(12, 3)"), STOPS)
)
SCRIPT = """\
BEGIN TRANSACTION;
-- a semicolon; in a comment
DELETE FROM `curated.trips` WHERE id = 'a;b';
DELETE FROM `curated.trips` WHERE idd = 'é';
UPDATE `curated.trips` SET km = 'far' WHERE TRUE;
COMMIT TRANSACTION;"""
NESTED = "SELECT t.id, t.stops FROM curated.trips AS t, t.stops AS s WHERE s.km > @least"


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    statements = (
        Statement(Kind.STEP, FILE, "publish", SCRIPT),
        Statement(Kind.CHECK, FILE, "check a", "SELECT 1 FORM curated.trips t"),
        Statement(
            Kind.MODEL,
            FILE,
            "query",
            NESTED,
            parameters=(Field("least", "FLOAT64"),),
            columns=(Field("id", "STRING"), STOPS),
            first_line=1,
        ),
        Statement(Kind.STEP, FILE, "legacy", "SELECT CAST(1 AS INT32)"),
    )
    return analyze(Inventory({TRIPS.table: TRIPS}, statements, ()), environment.python())


def test_each_statement_of_a_script_is_judged_by_itself(analysis: Analysis) -> None:
    found = [(f.place, f.message) for f in analysis.findings if " publish, " in f.place]
    misspelt = "Unrecognized name: idd; Did you mean id?"
    mistyped = "Value of type STRING cannot be assigned to km, which has type NUMERIC"
    assert found == [
        (" publish, line 4, column 35:", f"statement 3 (DELETE): {misspelt}"),
        (" publish, line 5, column 33:", f"statement 4 (UPDATE): {mistyped}"),
    ]


def test_what_cannot_be_parsed_is_shown_where_it_stands(analysis: Analysis) -> None:
    (found,) = (str(f) for f in analysis.findings if " check a, " in str(f))
    message = 'Syntax error: Expected ";" or end of input but got identifier "curated"'
    assert found.splitlines() == [
        f"example.odcs.yaml: check a, line 1, column 15: {message}",
        "    SELECT 1 FORM curated.trips t",
        "                  ^",
    ]


def test_nested_columns_and_parameters_have_their_types(analysis: Analysis) -> None:
    assert [f for f in analysis.findings if f.place.startswith("1:")] == []


def test_types_that_bigquery_does_not_have_are_refused(analysis: Analysis) -> None:
    (found,) = (f.message for f in analysis.findings if "legacy" in f.place)
    assert found == "Type not found: INT32"


def test_statements_are_counted_by_kind(analysis: Analysis) -> None:
    kinds = {"BEGIN": 1, "COMMIT": 1, "DELETE": 2, "UPDATE": 1, "SELECT": 2, "QUERY": 1}
    assert analysis.kinds == kinds


@pytest.mark.parametrize("reads", ["sys.stdin.read()", "pass"])
def test_an_analyzer_that_breaks_down_is_an_error_with_its_reason(
    reads: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    worker = tmp_path / "worker.py"
    worker.write_text(f"import sys; {reads}; sys.exit('no memory left')")
    monkeypatch.setattr(analyzer, "WORKER", worker)
    longer_than_a_pipe = f"SELECT '{'a' * 1_000_000}'"
    statement = Statement(Kind.STEP, FILE, "publish", longer_than_a_pipe)
    with pytest.raises(ToolError, match="broke down after 0 of 1 scripts:\nno memory left"):
        analyze(Inventory({}, (statement,), ()), environment.python())
