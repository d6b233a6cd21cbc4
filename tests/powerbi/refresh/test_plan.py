"""A refresh takes the partitions that changed to Power BI, and none besides."""

from datetime import date

import pytest

from atvos.ledger import Change
from atvos.models import PowerBi, load_models
from atvos.powerbi import refresh
from tests.atvos.examples import SQL

MODELS = load_models(SQL)
TABLES = refresh.imported(MODELS)
TODAY = date(2026, 11, 28)
YESTERDAY = date(2026, 11, 27)
LAST_MONTH = date(2026, 10, 31)


def change(mart: str, *days: str, name: str = "a") -> Change:
    return Change(f"marts.{mart}", name, tuple(map(date.fromisoformat, days)))


def objects(found: refresh.Refresh | None) -> list[list[str]]:
    """What each request names, like ``rpt_d1/2026Q411``."""
    assert found is not None
    return [["/".join(item.values()) for item in request["objects"]] for request in found.requests]


def test_marts_say_themselves_how_power_bi_has_them() -> None:
    assert {model.name for model in TABLES} == {
        *("dim_unit", "dim_vehicle", "fct_fleet_month_cost", "fct_km_divergence"),
        *("fct_occurrence", "fct_vehicle_day", "rpt_d1"),
    }
    asked = {name for name, model in MODELS.items() if model.power_bi is PowerBi.DIRECT_QUERY}
    assert asked == {"fct_service_hour", "freshness"}


def test_nothing_is_refreshed_where_nothing_changed() -> None:
    assert refresh.plan(TABLES, [], YESTERDAY, TODAY) is None


def test_the_months_of_the_changed_days_are_refreshed() -> None:
    changes = [
        change("rpt_d1", "2026-11-27", "2026-11-28"),
        change("rpt_d1", "2026-09-30", name="b"),
        change("fct_vehicle_day", "2026-11-27", name="c"),
    ]
    found = refresh.plan(TABLES, changes, YESTERDAY, TODAY)
    assert objects(found) == [["fct_vehicle_day/2026Q411", "rpt_d1/2026Q309", "rpt_d1/2026Q411"]]
    assert found is not None
    assert found.change_ids == ("a", "b", "c")
    assert found.requests[0] | {"objects": None} == {
        "type": "Full",
        "commitMode": "transactional",
        "objects": None,
        "applyRefreshPolicy": False,
    }


def test_a_table_without_partitions_is_refreshed_whole_with_what_is_made_of_it() -> None:
    found = refresh.plan(TABLES, [change("dim_vehicle")], YESTERDAY, TODAY)
    assert objects(found) == [["dim_vehicle", "transportadora"]]


def test_the_first_refresh_ever_fills_all_dated_tables_by_their_policies() -> None:
    changes = [change("rpt_d1", "2024-01-31"), change("dim_unit", name="b")]
    found = refresh.plan(TABLES, changes, None, TODAY)
    dated = ["fct_fleet_month_cost", "fct_km_divergence", "fct_occurrence", "fct_vehicle_day"]
    assert objects(found) == [["dim_unit", "calendario", *dated, "rpt_d1"]]
    assert found is not None
    assert found.requests[0]["applyRefreshPolicy"] is True
    assert found.requests[0]["effectiveDate"] == "2026-11-28"


def test_the_first_refresh_of_a_month_makes_its_partitions() -> None:
    changes = [change("rpt_d1", "2026-11-01", "2026-09-30", "2026-08-31")]
    found = refresh.plan(TABLES, changes, LAST_MONTH, date(2026, 11, 1))
    assert objects(found)[0][-1] == "rpt_d1"
    # The policy refreshes this month and two before it; what changed before that is named.
    assert objects(found)[1:] == [["rpt_d1/2026Q308"]]


def test_the_first_refresh_of_a_year_reaches_back_over_its_beginning() -> None:
    changes = [change("rpt_d1", "2026-10-31", "2026-11-01")]
    found = refresh.plan(TABLES, changes, date(2026, 12, 31), date(2027, 1, 2))
    assert objects(found)[1:] == [["rpt_d1/2026Q410"]]


def test_a_month_that_power_bi_has_dropped_is_not_asked_for() -> None:
    changes = [change("rpt_d1", "2023-10-31", "2023-11-01")]
    assert objects(refresh.plan(TABLES, changes, YESTERDAY, TODAY)) == [["rpt_d1/2023Q411"]]


def test_a_change_of_a_month_without_partition_waits_for_it() -> None:
    early = change("rpt_d1", "2026-12-01", name="early")
    assert refresh.plan(TABLES, [early], YESTERDAY, TODAY) is None
    found = refresh.plan(TABLES, [early, change("dim_unit")], YESTERDAY, TODAY)
    assert found is not None
    assert found.change_ids == ("a",)


@pytest.mark.parametrize(
    ("day", "name"),
    [("2026-01-31", "2026Q101"), ("2026-06-01", "2026Q206"), ("2026-12-31", "2026Q412")],
)
def test_partitions_are_named_as_power_bi_names_months(day: str, name: str) -> None:
    assert refresh.partition_name(date.fromisoformat(day)) == name


def test_a_refresh_is_the_same_for_the_same_changes_in_any_order() -> None:
    assert refresh.refresh_id(["a", "b"]) == refresh.refresh_id(["b", "a"])
    assert refresh.refresh_id(["a"]) != refresh.refresh_id(["a", "b"])
