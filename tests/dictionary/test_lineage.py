"""What the columns of a query are computed from, form by form of SQL."""

import pytest

from atvos.dictionary.lineage import LineageError, Origin, column_origins
from atvos.schema import Field, TableSpec

STOPS = Field(
    "stops", "STRUCT", repeated=True, fields=(Field("site", "STRING"), Field("km", "INT64"))
)
TRIPS = TableSpec(
    "curated.trips",
    "",
    (
        Field("id", "STRING"),
        Field("bus", "STRING"),
        Field("km", "NUMERIC(12, 3)"),
        Field("day", "DATE"),
        STOPS,
    ),
)
BUSES = TableSpec("curated.buses", "", (Field("bus", "STRING"), Field("plate", "STRING")))
DAYS = TableSpec("marts.fct_day", "", (Field("day", "DATE"), Field("total", "INT64")))
SPECS = {spec.table: spec for spec in (TRIPS, BUSES, DAYS)}


def origin(query: str) -> Origin:
    """The origin of the query's column ``x``."""
    return column_origins(query, ["x"], SPECS)["x"]


def columns(query: str) -> list[str]:
    """The columns that ``x`` is computed from, the dataset left out."""
    return sorted(str(ref).partition(".")[2] for ref in origin(query).columns)


COMPUTED = {
    "a column under another name": ("SELECT km AS x FROM curated.trips", ["trips.km"]),
    "an expression": ("SELECT id || bus AS x FROM curated.trips", ["trips.bus", "trips.id"]),
    "one side of a join, and not what joins": (
        "SELECT b.plate AS x FROM curated.trips t JOIN curated.buses b ON t.bus = b.bus",
        ["buses.plate"],
    ),
    "both sides of a join": (
        (
            "SELECT COALESCE(b.plate, t.bus) AS x FROM curated.trips t"
            " LEFT JOIN curated.buses b USING (bus)"
        ),
        ["buses.plate", "trips.bus"],
    ),
    "a chain of CTEs": (
        (
            "WITH a AS (SELECT km * 2 AS y FROM curated.trips), b AS (SELECT y + 1 AS z FROM a)"
            " SELECT z AS x FROM b"
        ),
        ["trips.km"],
    ),
    "a CTE with the name of a table": (
        "WITH trips AS (SELECT bus AS km FROM curated.trips) SELECT km AS x FROM trips",
        ["trips.bus"],
    ),
    "an aggregate, and not its filter or its groups": (
        "SELECT SUM(km) AS x FROM curated.trips WHERE id > 'a' GROUP BY bus",
        ["trips.km"],
    ),
    "a window with its partition and order": (
        "SELECT LAG(km) OVER (PARTITION BY bus ORDER BY day) AS x FROM curated.trips",
        ["trips.bus", "trips.day", "trips.km"],
    ),
    "a window that has a name": (
        "SELECT SUM(km) OVER w AS x FROM curated.trips WINDOW w AS (PARTITION BY bus)",
        ["trips.bus", "trips.km"],
    ),
    "CASE with its conditions": (
        "SELECT CASE WHEN bus = 'a' THEN km ELSE 0 END AS x FROM curated.trips",
        ["trips.bus", "trips.km"],
    ),
    "every branch of a UNION, by its place": (
        (
            "SELECT x FROM (SELECT id AS x, km AS y FROM curated.trips"
            " UNION ALL (SELECT plate AS other, 0 FROM curated.buses)"
            " UNION ALL SELECT 'none', 1)"
        ),
        ["buses.plate", "trips.id"],
    ),
    "a field of an array's elements": (
        "SELECT s.km AS x FROM curated.trips t, UNNEST(t.stops) AS s",
        ["trips.stops"],
    ),
    "an array that is joined by its path, in a CTE": (
        (
            "WITH a AS (SELECT s.site AS y FROM curated.trips t LEFT JOIN t.stops AS s)"
            " SELECT y AS x FROM a"
        ),
        ["trips.stops"],
    ),
    "an array of arrays": (
        "SELECT z AS x FROM curated.trips t, UNNEST([STRUCT([km] AS y)]) AS s, UNNEST(s.y) AS z",
        ["trips.km"],
    ),
    "the place in an array": (
        "SELECT o AS x FROM curated.trips, UNNEST(stops) AS s WITH OFFSET AS o",
        ["trips.stops"],
    ),
    "an element by its place": (
        "SELECT stops[SAFE_OFFSET(0)].km AS x FROM curated.trips",
        ["trips.stops"],
    ),
    "a query within an expression, about an array of the row": (
        "SELECT (SELECT MAX(s.km) FROM UNNEST(t.stops) AS s) AS x FROM curated.trips AS t",
        ["trips.stops"],
    ),
    "how many elements an array has": (
        "SELECT (SELECT COUNT(*) FROM UNNEST(t.stops)) AS x FROM curated.trips AS t",
        ["trips.stops"],
    ),
    "a query within an expression, about another table": (
        (
            "SELECT (SELECT MAX(b.plate) FROM curated.buses b WHERE b.bus = t.bus) AS x"
            " FROM curated.trips AS t"
        ),
        ["buses.plate"],
    ),
    "a list that a query gives": (
        "SELECT t.bus IN (SELECT b.bus FROM curated.buses b) AS x FROM curated.trips t",
        ["buses.bus", "trips.bus"],
    ),
    "an array of structs that is made": (
        "SELECT ARRAY_AGG(STRUCT(km) ORDER BY day) AS x FROM curated.trips",
        ["trips.day", "trips.km"],
    ),
    "a field of a struct that is made": (
        "SELECT a.y.km AS x FROM (SELECT STRUCT(km) AS y FROM curated.trips) AS a",
        ["trips.km"],
    ),
    "a column through a star": (
        "SELECT y.plate AS x FROM (SELECT * FROM curated.buses) AS y",
        ["buses.plate"],
    ),
    "a model, at which it ends": ("SELECT total AS x FROM marts.fct_day", ["fct_day.total"]),
    "a query that reads itself": (
        (
            "WITH RECURSIVE r AS (SELECT id AS x FROM curated.trips UNION ALL SELECT x FROM r)"
            " SELECT x FROM r"
        ),
        ["trips.id"],
    ),
}


@pytest.mark.parametrize(("query", "expected"), COMPUTED.values(), ids=COMPUTED)
def test_a_column_is_computed_from(query: str, expected: list[str]) -> None:
    assert columns(query) == expected


COUNTED = {
    "a count": ("SELECT COUNT(*) AS x FROM curated.trips", {"curated.trips"}),
    "a count of what is joined": (
        "SELECT COUNT(*) AS x FROM curated.trips JOIN curated.buses USING (bus)",
        {"curated.trips", "curated.buses"},
    ),
    "a count in a CTE behind others that it does not read": (
        (
            "WITH a AS (SELECT 1 FROM curated.buses),"
            " b AS (SELECT COUNT(*) AS n FROM curated.trips) SELECT b.n AS x FROM b CROSS JOIN a"
        ),
        {"curated.trips"},
    ),
    "whether there is a row": (
        (
            "SELECT EXISTS(SELECT 1 FROM curated.buses b WHERE b.bus = t.bus) AS x"
            " FROM curated.trips t"
        ),
        {"curated.buses"},
    ),
    "a count of a query that reads itself": (
        (
            "WITH RECURSIVE r AS (SELECT id FROM curated.trips UNION ALL SELECT id FROM r)"
            " SELECT COUNT(*) AS x FROM r"
        ),
        {"curated.trips"},
    ),
    "a number of the row": (
        "SELECT ROW_NUMBER() OVER () AS x FROM curated.trips",
        {"curated.trips"},
    ),
}


@pytest.mark.parametrize(("query", "tables"), COUNTED.values(), ids=COUNTED)
def test_rows_are_an_origin_where_no_column_is(query: str, tables: set[str]) -> None:
    assert origin(query) == Origin(rows=frozenset(tables))


@pytest.mark.parametrize(
    "query",
    [
        "SELECT 'total' AS x FROM curated.trips",
        "SELECT @first_day AS x FROM curated.trips",
        "SELECT d AS x FROM curated.buses CROSS JOIN UNNEST(@days) AS d",
        "SELECT s.y AS x FROM UNNEST([STRUCT(1 AS y), STRUCT(2)]) AS s",
        "SELECT CURRENT_TIMESTAMP() AS x FROM curated.trips",
    ],
)
def test_a_constant_a_parameter_and_the_clock_have_no_origin(query: str) -> None:
    assert origin(query).is_constant


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (
            "SELECT kmm AS x FROM curated.trips",
            "cannot be read: Column 'kmm' could not be resolved",
        ),
        ("SELECT km FROM curated.trips", "column x: found none, or several; the query returns km"),
        ("SELECT t.km AS x FROM curated.tripz AS t", "column x: found `t`.`km`, which no table"),
        (
            "SELECT t AS x FROM curated.trips AS t",
            "column x: found the row t; valid: columns by name",
        ),
        (
            "SELECT x FROM curated.buses UNPIVOT(x FOR y IN (plate))",
            "column x: found `buses`.`x`, which no table that is read has",
        ),
        ("SELECT FROM WHERE", "the query cannot be read: "),
    ],
)
def test_an_origin_that_cannot_be_told_is_an_error_with_its_column(
    query: str, message: str
) -> None:
    with pytest.raises(LineageError) as error:
        origin(query)
    assert message in str(error.value)
