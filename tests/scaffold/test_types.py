"""What a column is taken for, from values that could mislead."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from atvos.contract import Column, EpochUnit, LogicalType
from tests.scaffold.helpers import comments, csv_of, feed_of, loaded, ndjson, proposed

MANY = 40


def csv_column(folder: Path, name: str, values: Sequence[str]) -> Column:
    """The column that these values of a CSV become."""
    content = csv_of({"lote": [f"x{n}" for n in range(len(values))], name: values})
    return feed_of(folder, content).columns[1]


def json_column(folder: Path, values: Sequence[Any], name: str = "v") -> Column:
    """The column that these values of NDJSON become."""
    records = [{"lote": f"x{n}", name: value} for n, value in enumerate(values)]
    return feed_of(folder, ndjson(records)).columns[1]


@pytest.mark.parametrize(
    ("values", "physical"),
    [
        (["1", "-20", "0"], "INT64"),
        (["007", "12"], "STRING"),
        (["+5511", "12"], "STRING"),
        (["9223372036854775807"], "INT64"),
        (["9223372036854775808"], "STRING"),
        (["1,5", "20"], "NUMERIC(12, 2)"),
        (["1,5", "00,5"], "STRING"),
        (["1.234,56", "7,00"], "STRING"),
        (["1,5", "n/a"], "STRING"),
        (["123456789012,123"], "NUMERIC(15, 3)"),
        (["1234567890123,123"], "FLOAT64"),
        (["0,1234567891"], "FLOAT64"),
        (["1e5", "2"], "STRING"),
        (["True", "false"], "BOOL"),
        (["true", "sim"], "STRING"),
        (["", ""], "STRING"),
        (["2025-01-31"], "DATE"),
        (["2025-02-30"], "STRING"),
        (["31/01/2025"], "DATE"),
        (["31/01/2025 10:00"], "TIMESTAMP"),
        (["31/01/2025", "2025-01-31"], "STRING"),
        (["2025-01-31T10:00:00Z", "2025-01-31 10:00:00.5"], "TIMESTAMP"),
        (["2025-01-31T10:00"], "STRING"),
        (["10:30"], "STRING"),
    ],
)
def test_a_csv_column_has_the_narrowest_type_that_fits_all(
    tmp_path: Path, values: list[str], physical: str
) -> None:
    assert csv_column(tmp_path, "v", values).physical_type == physical


@pytest.mark.parametrize(
    ("values", "physical"),
    [
        ([1, None, -3], "INT64"),
        ([1, 2.5], "NUMERIC(12, 2)"),
        ([1.0], "NUMERIC(12, 2)"),
        ([2**63], "FLOAT64"),
        ([1e300], "FLOAT64"),
        ([True, False], "BOOL"),
        (["1", "2"], "STRING"),
        (["2025-01-31"], "DATE"),
        ([None], "STRING"),
        ([[1, 2], []], "ARRAY"),
        ([[{"a": 1}]], "ARRAY"),
    ],
)
def test_a_json_column_has_the_narrowest_type_that_fits_all(
    tmp_path: Path, values: list[Any], physical: str
) -> None:
    assert json_column(tmp_path, values).physical_type == physical


@pytest.mark.parametrize(
    "values",
    [
        [1, "1"],
        [True, 1],
        [10**400],
        [{"a": 1}, 1],
        [[1], 1],
        [[]],
        [[None]],
        [[[1]]],
        [[1, {"a": 1}]],
        [[{"a": [1]}]],
    ],
    ids=repr,
)
def test_what_fits_no_type_is_left_out_and_said(tmp_path: Path, values: list[Any]) -> None:
    records = [{"lote": f"x{n}", "v": value} for n, value in enumerate(values)]
    found = proposed(tmp_path, ndjson(records))
    assert [column.name for column in loaded(tmp_path, found).columns] == ["lote"]
    assert "left out: v" in comments(found)
    assert any(finding.startswith("left out: v") for finding in found.findings)


def test_an_ambiguous_date_is_read_as_in_brazil_and_doubted(tmp_path: Path) -> None:
    found = proposed(tmp_path, csv_of({"lote": ["a", "b"], "dia": ["01/02/2025", "03/04/2025"]}))
    assert loaded(tmp_path, found).by_name["dia"].format == "%d/%m/%Y"
    assert "inferred: all values fit MM/dd/yyyy as well: which is it?" in comments(found)


def test_a_day_above_twelve_ends_the_doubt(tmp_path: Path) -> None:
    found = proposed(tmp_path, csv_of({"lote": ["a", "b"], "dia": ["01/02/2025", "03/14/2025"]}))
    assert loaded(tmp_path, found).by_name["dia"].format == "%m/%d/%Y"
    assert "which is it?" not in comments(found)


@pytest.mark.parametrize(
    ("name", "value", "unit"),
    [
        ("timestamp", 1749553200123, EpochUnit.MILLISECONDS),
        ("createdAt", 1749553200, EpochUnit.SECONDS),
        ("odometer", 1749553200, None),
        ("timestamp", 17, None),
    ],
)
def test_a_number_is_an_instant_only_where_its_name_says_so(
    tmp_path: Path, name: str, value: int, unit: EpochUnit | None
) -> None:
    assert json_column(tmp_path, [value], name).epoch_unit is unit


def test_digits_are_a_date_only_where_their_name_says_so(tmp_path: Path) -> None:
    assert csv_column(tmp_path, "data", ["20250601"]).format == "%Y%m%d"
    assert csv_column(tmp_path, "lacre", ["20250601"]).type is LogicalType.INTEGER


def test_date_and_time_of_day_in_two_columns_are_one_instant(tmp_path: Path) -> None:
    content = csv_of({"data": ["31/01/2025"], "hora saída": ["22:15"], "litros": ["1,5"]})
    feed = feed_of(tmp_path, content)
    column = feed.by_name["data_hora_saida"]
    assert (column.sources, column.format) == (
        (("data",), ("hora saída",)),
        "%d/%m/%Y %H:%M",
    )
    assert feed.event_time == "data_hora_saida"


def test_what_every_record_has_is_required(tmp_path: Path) -> None:
    records = [{"a": "x", "b": None, "c": {"d": 1}}, {"a": "y", "b": "z"}]
    columns = feed_of(tmp_path, ndjson(records)).by_name
    assert {name: column.required for name, column in columns.items()} == {
        "a": True,
        "b": False,
        "c_d": False,
    }


def test_few_texts_that_repeat_are_an_enum(tmp_path: Path) -> None:
    assert csv_column(tmp_path, "turno", ["B", "A"] * MANY).enum == ("A", "B")


@pytest.mark.parametrize(
    "values",
    [
        ["A", "B"],
        ["A"] * MANY + ["B"],
        [f"v{n % 13}" for n in range(200)],
        ["08:00", "16:00"] * MANY,
        ["Zoroastro Quintela", "Ubirajara Peixe"] * MANY,
    ],
    ids=["too few", "one only once", "too many", "times of day", "perhaps names"],
)
def test_other_texts_are_no_enum(tmp_path: Path, values: list[str]) -> None:
    assert csv_column(tmp_path, "turno", values).enum == ()


def test_a_nested_value_is_found_by_its_path_and_an_array_by_its_elements(tmp_path: Path) -> None:
    record = {
        "id": "a",
        "proxy": {"statusCode": 200, "agents": ["x"]},
        "stops": [{"siteName": "n", "at": {"t": "2025-06-01T10:00:00Z"}}, {"siteName": None}],
    }
    columns = feed_of(tmp_path, ndjson([record])).by_name
    assert columns["proxy_status_code"].sources == (("proxy", "statusCode"),)
    agents, stops = columns["proxy_agents"].items, columns["stops"].items
    assert agents is not None
    assert agents.type is LogicalType.STRING
    assert stops is not None
    assert [(f.name, f.sources, f.required) for f in stops.fields] == [
        ("site_name", (("siteName",),), False),
        ("at_t", (("at", "t"),), False),
    ]


@pytest.mark.parametrize(
    ("sources", "names"),
    [
        (["hora saída", "deviceId", "trace.id"], ["hora_saida", "device_id", "trace_id"]),
        (["order", "batch_id"], ["order_value", "batch_id_value"]),
        (["km saida", "km saída", "KM_SAÍDA"], ["km_saida", "km_saida_2", "km_saida_3"]),
        (["日", "本", "1º"], ["column", "column_2", "c_1o"]),
        (["2nd leg"], ["c_2nd_leg"]),
        (["x" * 70, "x" * 71], ["x" * 63, "x" * 61 + "_2"]),
    ],
)
def test_every_name_is_a_valid_column_of_its_own(
    tmp_path: Path, sources: list[str], names: list[str]
) -> None:
    columns = feed_of(tmp_path, ndjson([dict.fromkeys(sources, "x")])).columns
    assert [column.name for column in columns] == names
    assert [column.sources for column in columns] == [((source,),) for source in sources]


def test_a_name_that_the_curate_job_cannot_find_is_left_out(tmp_path: Path) -> None:
    record = {"a": "x", 'b"': 1, "c\n": 1, "\\": 1, " ": 1}
    assert [c.name for c in feed_of(tmp_path, json.dumps(record).encode()).columns] == ["a"]
