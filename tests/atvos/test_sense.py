"""What waits is the listing minus the ledger."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from atvos import sense, settings
from atvos.batch import Batch, ObjectKey, ObjectVersion
from tests.atvos.examples import LANDED, version

SETTINGS = settings.load({"ATVOS_MAX_BATCH_OBJECTS": "2", "ATVOS_MAX_BATCH_BYTES": "100"})
NOW = LANDED + timedelta(hours=1)
SAO_PAULO = timezone(timedelta(hours=-3))


@dataclass
class Blob:
    """What a listing says of an object."""

    name: str
    generation: int
    size: int | None = 10
    crc32c: str | None = "AAAAAA=="
    time_created: datetime = LANDED


@dataclass
class Storage:
    """A bucket's listing, as ``storage.Client`` gives it."""

    blobs: list[Blob]
    asked: list[tuple[str, str]] = field(default_factory=list)

    def list_blobs(self, bucket: str, prefix: str) -> Iterator[Blob]:
        self.asked.append((bucket, prefix))
        return (blob for blob in self.blobs if blob.name.startswith(prefix))


@dataclass
class Ledger:
    """The ledger's look-up, as ``bigquery.Client`` answers it."""

    known: set[ObjectKey] = field(default_factory=set)
    asked: list[dict[str, Any]] = field(default_factory=list)

    def query(self, sql: str, job_config: Any) -> "Ledger":
        assert "ops.object_ledger" in sql
        self.asked.append({p.name: p.value for p in job_config.query_parameters})
        return self

    def result(self) -> list[dict[str, Any]]:
        columns = ("bucket", "object", "generation")
        return [dict(zip(columns, key, strict=True)) for key in sorted(self.known)]


def waiting(blobs: list[Blob], ledger: Ledger | None = None) -> Batch | None:
    gcs: Any = Storage(blobs)
    bq: Any = ledger or Ledger()
    return sense.waiting_batch(gcs, bq, SETTINGS, "positions", NOW)


def waiting_names(blobs: list[Blob], ledger: Ledger | None = None) -> list[str]:
    found = waiting(blobs, ledger)
    return [item.name for item in found.objects] if found else []


def test_an_object_is_what_the_listing_says_with_its_arrival_in_utc() -> None:
    local = LANDED.astimezone(SAO_PAULO)
    gcs: Any = Storage([Blob("positions/a.ndjson", 1, time_created=local)])
    (found,) = sense.list_objects(gcs, "landing", "positions")
    assert found == version("positions/a.ndjson", 1, created_at=LANDED)
    assert found.created_at.tzinfo is UTC


def test_an_object_that_says_nothing_of_itself_is_empty() -> None:
    gcs: Any = Storage([Blob("positions/a", 1, size=None, crc32c=None)])
    (found,) = sense.list_objects(gcs, "landing", "positions")
    assert (found.size, found.crc32c) == (0, "")


def test_only_the_feeds_own_folder_is_listed() -> None:
    gcs: Any = Storage([Blob("positions_old/a", 1), Blob("positions/a", 1), Blob("positions/", 1)])
    found = sense.list_objects(gcs, "landing", "positions")
    assert gcs.asked == [("landing", "positions/")]
    assert [item.name for item in found] == ["positions/a"]


def test_nothing_listed_asks_the_ledger_nothing() -> None:
    ledger = Ledger()
    assert waiting([Blob("positions/", 1)], ledger) is None
    assert ledger.asked == []


def test_the_ledger_is_asked_for_the_days_on_which_the_objects_landed() -> None:
    ledger = Ledger()
    late = LANDED + timedelta(days=3)
    waiting([Blob("positions/a", 1, time_created=late), Blob("positions/b", 2)], ledger)
    assert ledger.asked == [
        {"first": LANDED.date(), "last": late.date(), "feed": "positions"},
    ]


def test_what_the_ledger_knows_does_not_wait() -> None:
    ledger = Ledger({("landing", "positions/a", 1)})
    blobs = [Blob("positions/a", 1), Blob("positions/b", 1)]
    assert waiting_names(blobs, ledger) == ["positions/b"]


def test_nothing_waits_where_all_is_known() -> None:
    ledger = Ledger({("landing", "positions/a", 1)})
    assert waiting([Blob("positions/a", 1)], ledger) is None


@pytest.mark.parametrize("known", [("landing", "positions/a", 1), ("other", "positions/a", 2)])
def test_another_generation_or_bucket_is_another_object(known: ObjectKey) -> None:
    assert waiting_names([Blob("positions/a", 2)], Ledger({known})) == ["positions/a"]


def test_a_batch_keeps_to_the_settings_limits_and_takes_the_oldest() -> None:
    blobs = [
        Blob(f"positions/{n}", n, time_created=LANDED - timedelta(minutes=n)) for n in range(4)
    ]
    assert waiting_names(blobs) == ["positions/3", "positions/2"]


def test_the_batch_is_made_now_of_the_landing_bucket() -> None:
    found = waiting([Blob("positions/a", 1)])
    expected = ObjectVersion("landing", "positions/a", 1, 10, "AAAAAA==", LANDED)
    assert found == Batch("positions", NOW, (expected,))


def test_a_watch_asks_the_ledger_only_about_a_listing_with_something_new() -> None:
    gcs: Any = Storage([Blob("positions/a.ndjson", 1)])
    ledger: Any = Ledger({("landing", "positions/a.ndjson", 1)})
    watch = sense.Watch(SETTINGS, "positions")

    seen = [watch.sees_something(gcs, lambda: ledger) for _ in range(3)]
    assert (seen, len(ledger.asked)) == ([False, False, False], 1)

    gcs.blobs.append(Blob("positions/b.ndjson", 2))
    assert (watch.sees_something(gcs, lambda: ledger), len(ledger.asked)) == (True, 2)


def test_a_watch_sees_what_waits_until_the_ledger_knows_it() -> None:
    gcs: Any = Storage([Blob("positions/a.ndjson", 1)])
    ledger: Any = Ledger()
    watch = sense.Watch(SETTINGS, "positions")
    assert watch.sees_something(gcs, lambda: ledger)
    assert watch.sees_something(gcs, lambda: ledger)

    ledger.known.add(("landing", "positions/a.ndjson", 1))
    assert not watch.sees_something(gcs, lambda: ledger)


def test_a_watch_of_an_empty_prefix_asks_nothing() -> None:
    gcs: Any = Storage([])
    ledger: Any = Ledger()
    assert not sense.Watch(SETTINGS, "positions").sees_something(gcs, lambda: ledger)
    assert ledger.asked == []
