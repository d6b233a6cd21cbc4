"""Which periods of a model a run builds anew, and the statements that do it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from atvos import builds
from atvos.builds import Build
from atvos.contract import LoadMode, Table
from atvos.ledger import Change
from atvos.models import Model
from atvos.periods import Period
from tests.atvos.examples import DAY, LANDED, model, positions

MODEL = model(
    "SELECT * FROM curated.positions JOIN curated.fares USING (device)"
    " LEFT JOIN curated.vehicles USING (device) WHERE seen_date IN UNNEST(@days)"
)
SOURCES: dict[str, Table] = {
    "curated.positions": positions(),
    "curated.vehicles": positions(LoadMode.REPLACE_SNAPSHOT, "vehicles"),
    "curated.fares": positions(name="fares"),
}
NOW = datetime(2025, 6, 10, 2, 30, tzinfo=UTC)
"""In São Paulo it is still the evening of the 9th."""
BUILD = Build("fct_positions", (DAY, DAY + timedelta(days=1)), ("0a", "0b"), LANDED)


def plan(
    *changes: Change,
    of: Model = MODEL,
    sources: Mapping[str, Table] = SOURCES,
    last_events: dict[str, datetime] | None = None,
    now: datetime = NOW,
) -> Build | None:
    return builds.plan(of, sources, changes, last_events or {}, now)


def planned(*changes: Change, **other: Any) -> Build:
    build = plan(*changes, **other)
    assert build is not None
    return build


def moved(change_id: str, *days: date, table: str = "curated.positions") -> Change:
    return Change(table, change_id, days)


SNAPSHOT = moved("0a", table="curated.vehicles")


def test_nothing_new_is_no_build() -> None:
    assert plan() is None


def test_only_the_days_that_changed_are_built() -> None:
    build = planned(
        moved("0b", date(2025, 6, 3), DAY),
        moved("0a", DAY, table="curated.fares"),
    )
    assert (build.days, build.change_ids) == ((DAY, date(2025, 6, 3)), ("0a", "0b"))


def test_a_new_snapshot_rebuilds_the_last_days_and_today_in_sao_paulo() -> None:
    assert planned(SNAPSHOT).days == (date(2025, 6, 7), date(2025, 6, 8), date(2025, 6, 9))


def test_a_new_snapshot_and_new_events_rebuild_the_days_of_both() -> None:
    build = planned(SNAPSHOT, moved("0b", DAY))
    assert build.days == (DAY, date(2025, 6, 7), date(2025, 6, 8), date(2025, 6, 9))


def test_a_change_without_days_is_no_build_and_taken_in_by_the_next() -> None:
    assert plan(moved("0a")) is None
    assert planned(moved("0a"), moved("0b", DAY, table="curated.fares")).change_ids == ("0a", "0b")


def test_a_month_is_built_as_a_whole() -> None:
    monthly = replace(MODEL, period=Period.MONTH)
    build = planned(moved("0a", date(2024, 2, 10)), of=monthly)
    assert build.days == tuple(date(2024, 2, 1) + timedelta(days=n) for n in range(29))
    assert builds.partitions(monthly, build) == (date(2024, 2, 1),)


def test_a_day_on_the_edge_of_a_measurement_window_builds_that_window_alone() -> None:
    windows = replace(MODEL, period=Period.MEASUREMENT)
    for day, start in ((date(2025, 6, 15), date(2025, 5, 16)), (date(2025, 6, 16),) * 2):
        build = planned(moved("0a", day), of=windows)
        assert builds.partitions(windows, build) == (start,)
        assert (build.days[0], build.days[-1].day) == (start, 15)


def test_a_partition_of_a_monthly_source_stands_for_all_its_days() -> None:
    source = replace(model(), name="fct_month", period=Period.MONTH)
    reader = model("SELECT * FROM marts.fct_month WHERE seen_date IN UNNEST(@days)")
    build = planned(
        moved("0a", date(2025, 2, 1), table="marts.fct_month"),
        of=reader,
        sources={"marts.fct_month": source},
    )
    assert (build.days[0], build.days[-1]) == (date(2025, 2, 1), date(2025, 2, 28))


def test_a_source_that_is_looked_back_on_reaches_as_many_days_ahead_but_not_into_the_future() -> (
    None
):
    looking = replace(MODEL, look_back=(("curated.fares", 3),))
    build = planned(moved("0a", date(2025, 6, 1), table="curated.fares"), of=looking)
    assert build.days == tuple(date(2025, 6, day) for day in (1, 2, 3, 4))
    late = planned(moved("0a", date(2025, 6, 8), table="curated.fares"), of=looking)
    assert late.days == (date(2025, 6, 8), date(2025, 6, 9))


def test_a_model_without_partitions_is_built_as_a_whole_on_any_change() -> None:
    flat = model(
        "SELECT * FROM curated.vehicles",
        columns=tuple(replace(c, partitioned=False) for c in MODEL.columns),
    )
    build = planned(SNAPSHOT, of=flat)
    assert (build.days, build.change_ids) == ((), ("0a",))


def test_a_model_is_as_new_as_its_source_that_is_furthest_behind() -> None:
    events = {"positions": LANDED, "fares": LANDED - timedelta(days=1)}
    build = planned(moved("0a", DAY), last_events=events)
    assert build.last_event_at == LANDED - timedelta(days=1)


def test_while_a_source_has_no_event_yet_the_models_date_is_not_known() -> None:
    assert planned(moved("0a", DAY), last_events={"fares": LANDED}).last_event_at is None


def test_a_source_that_is_looked_back_on_does_not_make_the_others_old() -> None:
    looking = replace(MODEL, look_back=(("curated.fares", 3),))
    events = {"positions": LANDED, "fares": LANDED - timedelta(days=30)}
    assert planned(moved("0a", DAY), of=looking, last_events=events).last_event_at == LANDED


def test_a_model_that_only_looks_back_is_as_new_as_what_it_looks_on() -> None:
    looking = replace(MODEL, look_back=tuple((source, 1) for source in SOURCES))
    events = {"fares": LANDED, "positions": LANDED + timedelta(days=1)}
    assert planned(moved("0a", DAY), of=looking, last_events=events).last_event_at == LANDED


def test_a_source_without_event_time_says_nothing_beside_one_that_has_one() -> None:
    events = {"vehicles": LANDED - timedelta(days=1), "fares": LANDED, "positions": LANDED}
    assert planned(SNAPSHOT, last_events=events).last_event_at == LANDED


def test_a_model_without_dated_sources_is_as_old_as_what_they_came_with() -> None:
    flat = {name: table for name, table in SOURCES.items() if name == "curated.vehicles"}
    found = planned(SNAPSHOT, sources=flat, last_events={"vehicles": LANDED})
    assert found.last_event_at == LANDED


def test_a_build_planned_again_has_the_same_id() -> None:
    changes = [moved(change_id, DAY) for change_id in ("0b", "0a")]
    later = planned(*reversed(changes), now=NOW + timedelta(hours=5))
    assert planned(*changes).build_id == later.build_id


@pytest.mark.parametrize(
    "other",
    [
        replace(BUILD, model="fct_other"),
        replace(BUILD, days=(DAY,)),
        replace(BUILD, change_ids=("0a",)),
    ],
    ids=["model", "days", "changes"],
)
def test_another_build_has_another_id(other: Build) -> None:
    assert other.build_id != BUILD.build_id


@pytest.mark.parametrize("build", [BUILD, replace(BUILD, days=(), last_event_at=None)])
def test_a_build_survives_xcom(build: Build) -> None:
    assert Build.from_dict(build.to_dict()) == build


def test_building_stages_the_query_under_the_builds_id() -> None:
    first, _, rest = builds.build_sql(MODEL, BUILD).partition("\n")
    assert first == f"CREATE OR REPLACE TABLE `staging.fct_positions__{BUILD.build_id}` AS"
    assert rest == MODEL.query


def test_publishing_touches_the_builds_partitions_alone() -> None:
    days = "DATE '2025-06-01', DATE '2025-06-02'"
    delete = f"DELETE FROM `models.fct_positions_v1`\nWHERE `seen_date` IN ({days})"
    assert delete in builds.publish_sql(MODEL, BUILD)


def test_readers_meet_a_version_when_it_is_published() -> None:
    second = replace(MODEL, version="2.0.0")
    assert builds.publish_sql(second, BUILD).endswith("FROM `models.fct_positions_v2`;")
    assert "CREATE OR REPLACE VIEW `marts.fct_positions`" in builds.publish_sql(second, BUILD)
    assert "CREATE VIEW IF NOT EXISTS" in builds.view_sql(second, replace=False)
