"""Which filters BigQuery leaves partitions out by, and which it does not."""

import pytest
import sqlglot

from atvos.sqlcheck.pruning import Bound, scans

ONE = "SELECT 1 FROM d.t WHERE "
FIRST, LAST = "@days[OFFSET(0)]", "@days[ORDINAL(ARRAY_LENGTH(@days))]"


def bound(sql: str, table: str = "d.t") -> Bound:
    """How the only scan of ``table`` in ``sql`` is bounded by its column ``day``."""
    tree = sqlglot.parse_one(sql, dialect="bigquery")
    (scan,) = (scan for scan in scans(tree) if scan.table == table)
    return scan.bound("day", lambda _: True)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("day IN UNNEST(@days)", Bound.BOTH),
        ("DAY IN UNNEST(@days)", Bound.BOTH),
        ("t.day IN (DATE '2026-01-01', @day)", Bound.BOTH),
        ("day = @day", Bound.BOTH),
        ("(day = DATE '2026-01-01') AND km > 3", Bound.BOTH),
        (f"day BETWEEN DATE_SUB({FIRST}, INTERVAL 7 DAY) AND {LAST}", Bound.BOTH),
        (f"day IN UNNEST(GENERATE_DATE_ARRAY({FIRST}, {LAST}))", Bound.BOTH),
        (f"day >= {FIRST} AND {LAST} >= day", Bound.BOTH),
        ("day = @a OR day = @b", Bound.BOTH),
        ("day > DATE_SUB(CURRENT_DATE(), INTERVAL 1 DAY)", Bound.LOWER),
        ("@since < day", Bound.LOWER),
        ("day < @until", Bound.UPPER),
        ("day BETWEEN @first AND last_day", Bound.LOWER),
        ("day = @a OR day > @b", Bound.LOWER),
        ("day IN UNNEST(@days) OR TRUE", Bound.NONE),
        ("day IN UNNEST(@days) OR km > 3", Bound.NONE),
        ("DATE_TRUNC(day, MONTH) = @month", Bound.NONE),
        ("CAST(day AS STRING) = '2026-01-01'", Bound.NONE),
        ("day NOT IN UNNEST(@days)", Bound.NONE),
        ("NOT day = @day", Bound.NONE),
        ("day != @day", Bound.NONE),
        ("day IS NOT NULL", Bound.NONE),
        ("day = other_day", Bound.NONE),
        ("day = (SELECT MAX(x) FROM d.other)", Bound.NONE),
        ("day IN (SELECT x FROM UNNEST(@days) AS x)", Bound.NONE),
        ("day IN (@day, other_day)", Bound.NONE),
        ("s.day = @day", Bound.NONE),
        ("km = 3", Bound.NONE),
    ],
)
def test_a_condition_bounds_the_partitions(condition: str, expected: Bound) -> None:
    assert bound(f"{ONE}{condition}") is expected


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT 1 FROM d.t", Bound.NONE),
        ("SELECT 1 FROM `d.t` WHERE day = @a", Bound.BOTH),
        ("SELECT 1 FROM `p.d.t` AS x WHERE x.day = @a", Bound.BOTH),
        # The filter stands beside the table, not outside.
        ("SELECT 1 FROM (SELECT day FROM d.t) WHERE day = @a", Bound.NONE),
        ("WITH x AS (SELECT day FROM d.t WHERE day = @a) SELECT 1 FROM x", Bound.BOTH),
        ("SELECT 1 FROM d.s WHERE EXISTS (SELECT 1 FROM d.t WHERE day = @a)", Bound.BOTH),
        # ON filters the rows that the join does not keep anyway.
        ("SELECT 1 FROM d.t JOIN d.s ON t.day = @a", Bound.BOTH),
        ("SELECT 1 FROM d.s JOIN d.t ON t.day = @a", Bound.BOTH),
        ("SELECT 1 FROM d.s LEFT JOIN d.t ON t.day = @a", Bound.BOTH),
        ("SELECT 1 FROM d.t LEFT JOIN d.s ON t.day = @a", Bound.NONE),
        ("SELECT 1 FROM d.t RIGHT JOIN d.s ON t.day = @a", Bound.BOTH),
        ("SELECT 1 FROM d.s RIGHT JOIN d.t ON t.day = @a", Bound.NONE),
        ("SELECT 1 FROM d.s FULL JOIN d.t ON t.day = @a", Bound.NONE),
        ("SELECT 1 FROM d.s JOIN d.t USING (day) WHERE s.day = @a", Bound.NONE),
        ("DELETE FROM d.t WHERE day = @a", Bound.BOTH),
        ("DELETE FROM d.t WHERE TRUE", Bound.NONE),
        ("UPDATE d.t SET km = 1 WHERE day = @a", Bound.BOTH),
        ("MERGE d.t USING d.s ON t.day = @a WHEN MATCHED THEN DELETE", Bound.BOTH),
        ("MERGE d.t USING d.s ON t.day = s.day WHEN MATCHED THEN DELETE", Bound.NONE),
        ("MERGE d.t USING d.s ON t.day = @a WHEN NOT MATCHED BY SOURCE THEN DELETE", Bound.NONE),
        ("MERGE d.s USING d.t ON t.day = @a WHEN NOT MATCHED THEN INSERT ROW", Bound.NONE),
    ],
)
def test_a_filter_counts_where_it_holds_for_all_rows_of_the_scan(sql: str, expected: Bound) -> None:
    assert bound(sql) is expected


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO d.t (day) SELECT @a",
        "CREATE TABLE d.t (day DATE) PARTITION BY day",
        "CREATE OR REPLACE TABLE d.t AS SELECT @a AS day",
        "ALTER TABLE `d.t` ADD COLUMN IF NOT EXISTS `km` NUMERIC(5, 1) OPTIONS(description='x')",
        "ALTER TABLE `d.t` ALTER COLUMN `km` SET DATA TYPE NUMERIC(6, 1)",
        "ALTER TABLE `d.t` ALTER COLUMN `km` DROP NOT NULL",
        "SELECT stop FROM UNNEST(@stops) AS stop",
    ],
)
def test_what_is_only_added_to_or_altered_is_no_scan(sql: str) -> None:
    assert list(scans(sqlglot.parse_one(sql, dialect="bigquery"))) == []


def test_a_scan_knows_where_it_stands() -> None:
    sql = "SELECT 1\nFROM `d.t` AS x"
    (scan,) = scans(sqlglot.parse_one(sql, dialect="bigquery"))
    assert (scan.table, scan.alias, sql[scan.offset :]) == ("d.t", "x", "`d.t` AS x")
