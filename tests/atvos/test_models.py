"""What a model reads, and which of its days a run builds anew."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from atvos import models
from atvos.contract import LoadMode
from atvos.ledger import PublishedBatch
from atvos.models import Build
from tests.atvos.examples import DAY, LANDED, SQL, model, positions

FEEDS = {
    "positions": positions(),
    "vehicles": positions(LoadMode.REPLACE_SNAPSHOT, "vehicles"),
    "fares": positions(name="fares"),
}
MODEL = model(
    "SELECT * FROM curated.positions JOIN curated.fares USING (device)"
    " LEFT JOIN curated.vehicles USING (device) WHERE seen_date IN UNNEST(@days)"
)
NOW = datetime(2025, 6, 10, 2, 30, tzinfo=UTC)
"""In São Paulo it is still the evening of the 9th."""
BUILD = Build("fct_positions", (DAY, DAY + timedelta(days=1)), ("0a", "0b"), LANDED)


def plan(
    *batches: PublishedBatch, last_events: dict[str, datetime] | None = None, now: datetime = NOW
) -> Build | None:
    return models.plan(MODEL, FEEDS, batches, last_events or {}, now)


def planned(*batches: PublishedBatch, last_events: dict[str, datetime] | None = None) -> Build:
    build = plan(*batches, last_events=last_events)
    assert build is not None
    return build


@pytest.mark.parametrize(
    ("query", "sources"),
    [
        ("SELECT 1 FROM curated.b JOIN marts.a USING (x)", ("curated.b", "marts.a")),
        ("SELECT 1 FROM `curated.b` AS v", ("curated.b",)),
        ("select 1 from curated.b\nleft join\n  curated.b as c", ("curated.b",)),
        ("SELECT 1 FROM readings, UNNEST(@days)", ()),
        ("SELECT curated.b FROM staging.c", ()),
    ],
)
def test_sources_are_the_tables_after_from_and_join(query: str, sources: tuple[str, ...]) -> None:
    assert model(query).sources == sources


def test_source_feeds_are_the_curated_ones() -> None:
    found = models.source_feeds(model("SELECT 1 FROM marts.a JOIN curated.b USING (x)"))
    assert found == ("b",)


def test_nothing_new_is_no_build() -> None:
    assert plan() is None


def test_only_the_days_that_changed_are_built() -> None:
    build = planned(
        PublishedBatch("positions", "0b", (date(2025, 6, 3), DAY)),
        PublishedBatch("fares", "0a", (DAY,)),
    )
    assert (build.days, build.batch_ids) == ((DAY, date(2025, 6, 3)), ("0a", "0b"))


def test_a_new_snapshot_rebuilds_the_last_days_and_today_in_sao_paulo() -> None:
    build = planned(PublishedBatch("vehicles", "0a", ()))
    assert build.days == (date(2025, 6, 7), date(2025, 6, 8), date(2025, 6, 9))


def test_a_new_snapshot_and_new_events_rebuild_the_days_of_both() -> None:
    build = planned(PublishedBatch("vehicles", "0a", ()), PublishedBatch("positions", "0b", (DAY,)))
    assert build.days == (DAY, date(2025, 6, 7), date(2025, 6, 8), date(2025, 6, 9))


def test_a_batch_without_rows_is_no_build_and_taken_in_by_the_next() -> None:
    empty, other = PublishedBatch("positions", "0a", ()), PublishedBatch("fares", "0b", (DAY,))
    assert plan(empty) is None
    assert planned(empty, other).batch_ids == ("0a", "0b")


def test_a_model_is_as_new_as_its_source_that_is_furthest_behind() -> None:
    events = {"positions": LANDED, "fares": LANDED - timedelta(days=1), "vehicles": DAY}
    build = planned(
        PublishedBatch("positions", "0a", (DAY,)),
        last_events={name: at for name, at in events.items() if isinstance(at, datetime)},
    )
    assert build.last_event_at == LANDED - timedelta(days=1)


def test_a_source_without_event_time_says_nothing_of_the_models_age() -> None:
    build = planned(PublishedBatch("vehicles", "0a", ()), last_events={"vehicles": LANDED})
    assert build.last_event_at is None


def test_a_build_planned_again_has_the_same_id() -> None:
    batches = [PublishedBatch("positions", b, (DAY,)) for b in ("0b", "0a")]
    later = plan(*reversed(batches), now=NOW + timedelta(hours=5))
    assert later is not None
    assert planned(*batches).build_id == later.build_id


@pytest.mark.parametrize(
    "other",
    [
        replace(BUILD, model="fct_other"),
        replace(BUILD, days=(DAY,)),
        replace(BUILD, batch_ids=("0a",)),
    ],
    ids=["model", "days", "batches"],
)
def test_another_build_has_another_id(other: Build) -> None:
    assert other.build_id != BUILD.build_id


@pytest.mark.parametrize("build", [BUILD, replace(BUILD, days=(), last_event_at=None)])
def test_a_build_survives_xcom(build: Build) -> None:
    assert Build.from_dict(build.to_dict()) == build


def test_building_stages_the_query_under_the_builds_id() -> None:
    first, _, rest = models.build_sql(MODEL, BUILD).partition("\n")
    assert first == f"CREATE OR REPLACE TABLE `staging.fct_positions__{BUILD.build_id}` AS"
    assert rest == MODEL.query


def test_publishing_touches_the_builds_days_alone() -> None:
    delete = models.publish_sql(MODEL, BUILD).split(";")[1]
    days = "DATE '2025-06-01', DATE '2025-06-02'"
    assert f"DELETE FROM `marts.fct_positions` WHERE `seen_date` IN ({days})" in delete


def test_the_models_of_the_repository_load() -> None:
    found = models.load_models(SQL)
    assert {name: m.sources for name, m in found.items()}["fct_vehicle_day"] == (
        "curated.telemetry_events",
        "curated.vehicles",
    )
