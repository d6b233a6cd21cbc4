"""A folder that is no model is refused with file, attribute, bad value and a valid form."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from atvos import models
from atvos.contract import ContractError
from tests.atvos.examples import SQL
from tests.contract.editing import ABSENT, edited, written

QUERY = "SELECT * FROM curated.telemetry_events WHERE event_date IN UNNEST(@days);\n"
DIA = "schema/fct_vehicle_day/properties/dia"
LOOK_BACK = {"property": "lookBack"}
Folder = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A copy of ``fct_vehicle_day`` with edits to its model.yaml, and another query."""

    def made(edits: dict[str, Any] | None = None, query: str | None = QUERY) -> Path:
        path = tmp_path / "marts" / "fct_vehicle_day"
        path.mkdir(parents=True)
        shutil.copy(SQL / "marts" / path.name / "model.yaml", path)
        written(edited(edits or {}, path / "model.yaml"), path, "model.yaml")
        if query is not None:
            (path / "query.sql").write_text(query)
        return path

    return made


@pytest.mark.parametrize(
    ("edits", "attribute", "found", "valid"),
    [
        (
            {"customProperties/group": ABSENT},
            "customProperties.group",
            None,
            "the DAG that builds it, like fleet",
        ),
        (
            {"customProperties/group/value": "Fleet 1"},
            "customProperties.group",
            "Fleet 1",
            "the DAG that builds it, like fleet",
        ),
        (
            {"customProperties/rebuildDays": ABSENT},
            "customProperties.rebuildDays",
            None,
            "a number of days from 1 to 400",
        ),
        (
            {"customProperties/rebuildDays/value": 0},
            "customProperties.rebuildDays",
            0,
            "a number of days from 1 to 400",
        ),
        (
            {"customProperties/rebuildDays/value": 1.5},
            "customProperties.rebuildDays",
            1.5,
            "a number of days from 1 to 400",
        ),
        (
            {"name": "fct_other", "schema/fct_vehicle_day/name": "fct_other"},
            "name",
            "fct_other",
            "fct_vehicle_day, the folder's name",
        ),
        (
            {f"{DIA}/partitioned": False},
            "customProperties.rebuildDays",
            7,
            "none, or a partitioned column",
        ),
        (
            {"customProperties/period": {"property": "period", "value": "week"}},
            "customProperties.period",
            "week",
            "one of day, month, measurement",
        ),
        (
            {"customProperties/lookBack": LOOK_BACK | {"value": {"curated.trips": 3}}},
            "customProperties.lookBack.curated.trips",
            3,
            "one of curated.telemetry_events",
        ),
        (
            {"customProperties/lookBack": LOOK_BACK | {"value": {"curated.telemetry_events": 0}}},
            "customProperties.lookBack.curated.telemetry_events",
            0,
            "a number of days from 1 to 400",
        ),
        (
            {"schema/fct_vehicle_day/physicalType": "view"},
            "customProperties.(schema)",
            "dia",
            "no partitioned column in a view",
        ),
        (
            {f"{DIA}/physicalType": "DATETIME"},
            "schema[fct_vehicle_day].properties[dia].physicalType",
            "DATETIME",
            "DATE",
        ),
    ],
)
def test_a_broken_model_yaml_is_refused(
    folder: Folder, edits: dict[str, Any], attribute: str, found: object, valid: str
) -> None:
    path = folder(edits)
    with pytest.raises(ContractError) as refused:
        models.load_model(path)
    problem = next(p for p in refused.value.problems if p.attribute == attribute)
    assert (problem.file, problem.found) == (path / "model.yaml", found)
    assert valid in problem.valid


@pytest.mark.parametrize(
    ("query", "found", "valid"),
    [
        (
            "SELECT * FROM curated.telemetry_events",
            "no @days",
            "a filter on @days, or on @first_day and @last_day, for every partitioned source",
        ),
        (
            "SELECT * FROM UNNEST(@days) AS dia",
            "no source",
            "FROM curated.<feed>, marts.<model> or ops.<table>",
        ),
    ],
)
def test_a_query_without_days_or_source_is_refused(
    folder: Folder, query: str, found: str, valid: str
) -> None:
    path = folder(query=query)
    with pytest.raises(ContractError) as refused:
        models.load_model(path)
    assert [(p.file, p.attribute, p.found, p.valid) for p in refused.value.problems] == [
        (path / "query.sql", "(query)", found, valid)
    ]


def test_all_problems_are_said_at_once(folder: Folder) -> None:
    broken = {"customProperties/group": ABSENT, "customProperties/rebuildDays": ABSENT}
    with pytest.raises(ContractError) as refused:
        models.load_model(folder(broken, "SELECT 1"))
    assert len(refused.value.problems) == 4


def test_a_folder_without_a_query_is_refused_by_its_file(folder: Folder) -> None:
    with pytest.raises(OSError, match=r"query\.sql"):
        models.load_model(folder(query=None))


def test_a_model_is_read_from_its_folder(folder: Folder) -> None:
    found = models.load_model(folder())
    assert (found.name, found.group, found.rebuild_days, found.period, found.key) == (
        *("fct_vehicle_day", "fleet", 7, "day", ("device_id", "dia")),
    )
    assert (found.table_name, found.view_name) == (
        *("models.fct_vehicle_day_v1", "marts.fct_vehicle_day"),
    )
    assert found.sources == ("curated.telemetry_events",)
    assert found.query == QUERY.strip().rstrip(";")


def test_every_folder_below_marts_is_a_model(folder: Folder) -> None:
    path = folder()
    (path.parent / "notes").mkdir()
    assert list(models.load_models(path.parents[1])) == ["fct_vehicle_day"]


def test_a_tree_without_marts_has_no_models(tmp_path: Path) -> None:
    assert models.load_models(tmp_path) == {}
