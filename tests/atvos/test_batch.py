"""Batches are found again by their objects, stay in bounds, and survive a file."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from atvos.batch import Batch, BatchStats, ObjectStats, ObjectVersion, next_batch
from tests.atvos.examples import LANDED, batch, stats, version

NOW = LANDED + timedelta(hours=1)


def names(found: Batch | None) -> list[str]:
    return [item.name for item in found.objects] if found else []


def take(
    *listed: ObjectVersion, known: set[tuple[str, str, int]] | None = None, most: int = 9
) -> list[str]:
    """Names of the next batch's objects; each is 10 bytes, and 100 is the limit."""
    return names(next_batch("positions", listed, known or set(), NOW, most, 100))


def test_the_same_objects_are_the_same_batch_in_any_order() -> None:
    one, other = version("a"), version("b", 2)
    assert batch(one, other).batch_id == batch(other, one).batch_id


def test_a_batch_made_later_of_the_same_objects_has_the_same_id() -> None:
    first = batch()
    assert replace(first, created_at=NOW).batch_id == first.batch_id


@pytest.mark.parametrize(
    "other",
    [
        batch(version("b")),
        batch(version(generation=2)),
        batch(version(bucket="other")),
        batch(version(), version("b")),
        batch(feed="other"),
    ],
    ids=["name", "generation", "bucket", "one more object", "feed"],
)
def test_another_content_is_another_batch(other: Batch) -> None:
    assert other.batch_id != batch().batch_id


def test_an_id_is_20_hexadecimal_digits() -> None:
    found = batch(version("ônibus '; DROP")).batch_id
    assert (len(found), int(found, 16) >= 0) == (20, True)


def test_nothing_listed_is_no_batch() -> None:
    assert next_batch("positions", [], set(), NOW, 9, 100) is None


def test_what_the_ledger_knows_is_left_out() -> None:
    assert take(version("a"), version("b"), known={version("a").key}) == ["b"]


def test_everything_known_is_no_batch() -> None:
    assert take(version("a"), known={version("a").key}) == []


def test_a_new_generation_of_a_known_object_is_new() -> None:
    assert take(version("a", 2), known={version("a", 1).key}) == ["a"]


def test_a_folder_placeholder_is_no_data() -> None:
    assert take(version("positions/"), version("positions/2025/")) == []


def test_objects_stand_in_the_order_in_which_they_landed() -> None:
    assert take(version("a", 3), version("b", 1), version("c", 2)) == ["b", "c", "a"]


def test_of_one_instant_the_lower_generation_comes_first() -> None:
    late, early = version("a", 2), version("b", 1)
    assert take(replace(late, created_at=LANDED), replace(early, created_at=LANDED)) == ["b", "a"]


def test_a_batch_has_no_more_objects_than_the_limit() -> None:
    assert take(*(version(f"o{n}", n) for n in range(5)), most=3) == ["o0", "o1", "o2"]


def test_a_batch_has_no_more_bytes_than_the_limit() -> None:
    sizes = [version("a", 1, size=60), version("b", 2, size=40), version("c", 3, size=1)]
    assert take(*sizes) == ["a", "b"]


def test_no_small_object_overtakes_a_large_one() -> None:
    sizes = [version("a", 1, size=60), version("b", 2, size=41), version("c", 3, size=1)]
    assert take(*sizes) == ["a"]


def test_an_object_over_the_limit_is_a_batch_of_its_own() -> None:
    assert take(version("huge", 1, size=101), version("b", 2)) == ["huge"]


def test_a_batch_carries_its_feed_and_its_now() -> None:
    found = next_batch("positions", [version()], set(), NOW, 9, 100)
    assert found == Batch("positions", NOW, (version(),))


def test_landed_dates_are_the_utc_days_without_repetition() -> None:
    late = datetime.fromisoformat("2025-06-01T22:30:00-03:00")
    found = batch(
        version("a", created_at=late),
        version("b", created_at=datetime(2025, 6, 2, 9, tzinfo=UTC)),
        version("c", created_at=datetime(2025, 5, 31, tzinfo=UTC)),
    )
    assert found.landed_dates == (date(2025, 5, 31), date(2025, 6, 2))


def test_a_manifest_gives_the_batch_back() -> None:
    made = batch(version("ônibus/'quoted' \"twice\".ndjson"), version("b", 2))
    assert Batch.from_json(made.to_json()) == made


@pytest.mark.parametrize(
    ("attribute", "value"), [("generation", 7), ("name", "other"), ("bucket", "other")]
)
def test_a_manifest_whose_objects_were_changed_is_refused(attribute: str, value: object) -> None:
    data = json.loads(batch().to_json())
    data["objects"][0][attribute] = value
    with pytest.raises(ValueError, match=f"manifest says batch {batch().batch_id}"):
        Batch.from_json(json.dumps(data))


@pytest.mark.parametrize(
    "found",
    [
        stats(reasons={"missing:km": 2}, rejects_uris=("gs://work/rejects/0.parquet",)),
        stats(rows_uris=(), event_dates=(), last_event_at=None),
    ],
    ids=["rows and rejects", "nothing valid"],
)
def test_stats_come_back_from_their_file(found: BatchStats) -> None:
    assert BatchStats.from_json(found.to_json()) == found


@pytest.mark.parametrize(
    ("valid", "rejected", "duplicate", "reconciles"),
    [(7, 2, 1, True), (7, 2, 0, False), (8, 2, 1, False), (0, 10, 0, True)],
)
def test_an_object_reconciles_where_every_row_is_counted_once(
    valid: int, rejected: int, duplicate: int, reconciles: bool
) -> None:
    found = ObjectStats("b", "o", 1, 9, "", LANDED, 10, valid, rejected, duplicate)
    assert found.reconciles is reconciles
