"""Tables as values become DDL, and the schema of load jobs."""

import json

import pytest

from atvos.schema import Field, TableSpec, quote

KM = Field("km", "NUMERIC(12, 3)", "Distance (km).", required=True)
TAGS = Field("tags", "STRING", repeated=True, required=True)
COUNTS = Field(
    "counts",
    "STRUCT",
    "By reason.",
    repeated=True,
    fields=(Field("reason", "STRING"), Field("row_count", "INT64")),
)


def test_a_partitioned_table_refuses_queries_without_a_partition_filter() -> None:
    table = TableSpec(
        table="curated.trips",
        description="Trips.",
        fields=(Field("day", "DATE", required=True), KM),
        partition="day",
        cluster=("km", "day"),
        partition_expiration_days=30,
        labels={"tier": "1", "layer": "curated"},
    )
    assert table.ddl() == (
        "CREATE TABLE IF NOT EXISTS `curated.trips` (\n"
        "  `day` DATE NOT NULL,\n"
        '  `km` NUMERIC(12, 3) NOT NULL OPTIONS(description="Distance (km).")\n'
        ")\n"
        "PARTITION BY `day`\n"
        "CLUSTER BY `km`, `day`\n"
        'OPTIONS(description="Trips.", require_partition_filter=TRUE, '
        'partition_expiration_days=30, labels=[("layer", "curated"), ("tier", "1")]);'
    )


def test_a_table_without_partitions_has_no_partition_options() -> None:
    table = TableSpec("ops.t", "T.", (KM,), partition_expiration_days=30)
    assert table.ddl().splitlines()[-1] == 'OPTIONS(description="T.");'


def test_a_repeated_column_has_no_not_null_which_bigquery_would_refuse() -> None:
    assert TAGS.ddl() == "`tags` ARRAY<STRING>"


def test_a_record_is_a_struct() -> None:
    assert COUNTS.sql_type == "ARRAY<STRUCT<`reason` STRING, `row_count` INT64>>"


@pytest.mark.parametrize(
    "text",
    [
        'says "yes"',
        "it's",
        "two\nlines\ttab",
        "back\\slash",
        "ônibus, 5 % 😀",
        "\x00\x1f control",
        '") , x STRING); DROP TABLE t; --',
        "",
    ],
)
def test_a_description_is_one_closed_literal_whatever_it_says(text: str) -> None:
    literal = quote(text)
    assert (literal[0], literal[-1], json.loads(literal)) == ('"', '"', text)
    assert all(ord(character) >= ord(" ") for character in literal)


def test_a_character_outside_ascii_stands_as_it_is() -> None:
    assert quote("ônibus") == '"ônibus"'


@pytest.mark.parametrize(
    ("sql", "rest"),
    [("INT64", "INTEGER"), ("FLOAT64", "FLOAT"), ("BOOL", "BOOLEAN"), ("DATE", "DATE")],
)
def test_load_jobs_call_types_by_their_older_names(sql: str, rest: str) -> None:
    found = Field("x", sql).load_schema()
    assert found == {"name": "x", "type": rest, "mode": "NULLABLE"}


def test_a_decimal_is_loaded_with_its_precision_and_scale() -> None:
    found = KM.load_schema()
    assert (found["type"], found["precision"], found["scale"]) == ("NUMERIC", "12", "3")


def test_a_repeated_record_is_loaded_with_its_fields() -> None:
    assert COUNTS.load_schema() == {
        "name": "counts",
        "type": "RECORD",
        "mode": "REPEATED",
        "fields": [
            {"name": "reason", "type": "STRING", "mode": "NULLABLE"},
            {"name": "row_count", "type": "INTEGER", "mode": "NULLABLE"},
        ],
    }


def test_a_table_is_loaded_with_its_columns_in_order() -> None:
    table = TableSpec("staging.t", "T.", (KM, TAGS))
    assert [column["name"] for column in table.load_schema()] == ["km", "tags"]
