"""Every test folder below ``sql/`` gives the rows that it expects."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.atvos.examples import SQL
from tests.sql.cases import case_folders, read_case
from tests.sql.running import MODELS, TABLES, Runner, in_order
from tests.sql.values import CaseError, Row

CASES = case_folders(SQL)


@pytest.mark.parametrize("folder", CASES, ids=lambda case: f"{case.parents[1].name}-{case.name}")
def test_a_case_gives_the_rows_that_it_expects(runner: Runner, folder: Path) -> None:
    model = MODELS[folder.parents[1].name]
    case = read_case(folder, model, TABLES)
    assert in_order(case.expected) == in_order(runner.rows_of(model, case))


def test_every_model_has_a_test() -> None:
    assert {folder.parents[1].name for folder in CASES} == set(MODELS)


SOUND = {
    "params.yaml": "days: [2025-06-01]",
    "expect.yaml": "[]",
    "curated.vehicles.yaml": "- {device_id: A}",
}


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("expect.yaml", None, "expect.yaml: no such file"),
        ("params.yaml", None, "params.yaml: no such file"),
        ("params.yaml", "day: 2025-06-01", "params.yaml: found {'day': '2025-06-01'}; valid: days"),
        ("params.yaml", "days: []", "params.yaml: found {'days': []}; valid: days: [2025-06-01,"),
        ("params.yaml", "days: {first: 2025-06-01}", "valid: days: [2025-06-01, 2025-06-02] or"),
        ("params.yaml", "days: [2025-06-02, 2025-06-01]", "valid: whole periods (day), here 2025-"),
        ("expect.yaml", "- {kilometres: 1}", "expect.yaml: no column kilometres; valid: device_id"),
        ("expect.yaml", "- {device_id: A}", "lacks dia, placa, frota"),
        ("expect.yaml", "", "expect.yaml: found None; valid: a list of rows, [] for none"),
        ("curated.vehicles.yaml", "- {plate: X}", "curated.vehicles.yaml: no column plate; valid"),
        ("curated.vehicles.yaml", "device_id: A", "valid: a list of rows"),
        ("curated.vehicle.yaml", "[]", "curated.vehicle.yaml: not read; valid: curated.tele"),
    ],
)
def test_a_folder_that_does_not_say_what_it_must_is_refused(
    tmp_path: Path, file: str, text: str | None, message: str
) -> None:
    for name, content in (SOUND | {file: text}).items():
        if content is not None:
            (tmp_path / name).write_text(content)
    with pytest.raises(CaseError) as refused:
        read_case(tmp_path, MODELS["fct_vehicle_day"], TABLES)
    assert message in str(refused.value)


def test_days_that_are_no_whole_period_are_refused(tmp_path: Path) -> None:
    (tmp_path / "expect.yaml").write_text("[]")
    (tmp_path / "params.yaml").write_text("days: {first: 2025-05-16, last: 2025-06-14}")
    with pytest.raises(CaseError) as refused:
        read_case(tmp_path, MODELS["fct_km_divergence"], TABLES)
    assert "valid: whole periods (measurement), here 2025-05-16 to 2025-06-15" in str(refused.value)


def test_a_model_without_partitions_has_no_days(tmp_path: Path) -> None:
    (tmp_path / "expect.yaml").write_text("[]")
    assert read_case(tmp_path, MODELS["dim_vehicle"], TABLES).days == ()
    (tmp_path / "params.yaml").write_text("days: [2025-06-01]")
    with pytest.raises(CaseError) as refused:
        read_case(tmp_path, MODELS["dim_vehicle"], TABLES)
    assert "params.yaml: not read; valid: curated.vehicles.yaml, expect.yaml" in str(refused.value)


def trips(folder: Path, text: str) -> list[Row]:
    """The rows of ``curated.trips.yaml``."""
    (folder / "expect.yaml").write_text("[]")
    (folder / "params.yaml").write_text("days: [2025-06-01]")
    (folder / "curated.trips.yaml").write_text(text)
    return read_case(folder, MODELS["rpt_d1"], TABLES).sources["curated.trips"]


def test_records_in_an_array_are_filled_like_rows(tmp_path: Path) -> None:
    stops = "stops: [{departure_site: UAT, trip_distance_km: 1.50}]"
    (row, without) = trips(tmp_path, f"- {{trip_id: 1, {stops}}}\n- {{trip_id: 2}}")
    assert without["stops"] == []
    assert row["stops"] == [
        {
            "departure_at": datetime(2025, 1, 1, tzinfo=UTC),
            "departure_site": "UAT",
            "arrival_at": None,
            "arrival_site": None,
            "trip_time_min": None,
            "trip_distance_km": Decimal("1.50"),
        }
    ]


@pytest.mark.parametrize(
    ("stops", "message"),
    [
        ("UAT", "stops: found 'UAT'; valid: a list"),
        ("[UAT]", "stops: found 'UAT'; valid: records, like {a: 1}"),
        ("[{site: UAT}]", "stops: no column site; valid: arrival_at, arrival_site, departure_at"),
    ],
)
def test_an_array_that_is_none_is_refused(tmp_path: Path, stops: str, message: str) -> None:
    with pytest.raises(CaseError) as refused:
        trips(tmp_path, f"- {{trip_id: 1, stops: {stops}}}")
    assert message in str(refused.value)


def test_every_query_writes_a_plate_in_the_same_way() -> None:
    queries = [(SQL / "marts" / name / "query.sql").read_text() for name in MODELS]
    forms = {
        "".join(form.split())
        for query in queries
        for form in re.findall(r"CONCAT\(\s*SUBSTR.*?6\)\s*\)", query, re.DOTALL)
    }
    assert len(forms) == 1
    assert sum("REGEXP_REPLACE(UPPER(placa)" in query for query in queries) > 1


def test_every_query_writes_a_carrier_in_the_same_way() -> None:
    queries = [(SQL / "marts" / name / "query.sql").read_text() for name in MODELS]
    writing = [query for query in queries if "sertran" in query]
    forms = set()
    for query in writing:
        start = query.rindex("CASE", 0, query.index("sertran"))
        form = query[start : query.index("END AS transportadora", start)]
        forms.add(re.sub(r"\b[a-z]\.", "", " ".join(form.split())))
    assert len(forms) == 1
    # Marts without it have their carriers from one that writes them so.
    assert len(writing) == 4


def test_a_case_that_gives_other_rows_is_found_out(runner: Runner, tmp_path: Path) -> None:
    for name, content in SOUND.items():
        (tmp_path / name).write_text(content)
    model = MODELS["fct_vehicle_day"]
    case = read_case(tmp_path, model, TABLES)
    assert len(runner.rows_of(model, case)) == 1 != len(case.expected)
