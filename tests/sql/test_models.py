"""Every test folder below ``sql/`` gives the rows that it expects."""

from pathlib import Path

import pytest

from tests.atvos.examples import SQL
from tests.sql.cases import CaseError, case_folders, read_case
from tests.sql.running import MODELS, TABLES, Runner, in_order

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


def test_a_case_that_gives_other_rows_is_found_out(runner: Runner, tmp_path: Path) -> None:
    for name, content in SOUND.items():
        (tmp_path / name).write_text(content)
    model = MODELS["fct_vehicle_day"]
    case = read_case(tmp_path, model, TABLES)
    assert len(runner.rows_of(model, case)) == 1 != len(case.expected)
