"""What has had its time is due, and nothing that is younger than promised."""

from datetime import datetime, timedelta

import pytest

from atvos.retention.core import Due, Ended, Promise, Stored, staging, work
from tests.atvos.examples import LANDED

NOW = LANDED
BATCH, OTHER = "0f1e2d3c4b5a69788796", "1f1e2d3c4b5a69788796"
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


def table(age: timedelta, name: str = f"trips__{BATCH}") -> Stored:
    return Stored(name, NOW - age)


def names(due: list[Due]) -> list[str]:
    return [item.name for item in due]


@pytest.mark.parametrize(
    ("written", "state", "ended", "is_due"),
    [
        (9 * DAY, "published", DAY + SECOND, True),
        (9 * DAY, "published", DAY, False),
        (DAY, "published", 9 * DAY, False),  # staged anew
        (9 * DAY, "held", 9 * DAY, False),
        (9 * DAY, "claimed", 2 * DAY, True),
        (7 * DAY, None, None, False),
        (7 * DAY + SECOND, None, None, True),
    ],
)
def test_a_staging_table_goes_a_day_after_its_batch_has_ended(
    written: timedelta, state: str | None, ended: timedelta | None, is_due: bool
) -> None:
    known = {BATCH: Ended(state, NOW - ended)} if state and ended else {}
    known[OTHER] = Ended("published", NOW - 9 * DAY)
    assert bool(staging([table(written)], known, NOW)) == is_due


def test_every_part_of_a_batch_goes_and_nothing_that_is_not_ours() -> None:
    ours = [f"trips__{BATCH}", f"trips__{BATCH}__objects", f"km_bulletins__{BATCH}__rejects"]
    strange = ["trips", f"trips__{BATCH}x", "x__0f1e", f"trips__{BATCH}__Two", f"{BATCH}"]
    found = [table(30 * DAY, name) for name in [*ours, *strange]]
    known = {BATCH: Ended("published", NOW - 9 * DAY)}
    assert names(staging(found, known, NOW)) == sorted(ours)


def blob(name: str, age: timedelta) -> Stored:
    return Stored(name, NOW - age)


def test_a_batch_folder_goes_as_a_whole_by_its_newest_file() -> None:
    old, young = 90 * DAY + SECOND, 90 * DAY
    found = [
        blob("batches/trips/a/manifest.json", old),
        blob("batches/trips/a/rows/2025-06-01-0.parquet", old),
        blob("batches/trips/b/manifest.json", 200 * DAY),
        blob("batches/trips/b/audit.json", young),
        blob("runs/trips/a.json", old),
        blob("runs/trips/b.json", young),
        blob("replays/trips/a.ndjson", old),
        blob("templates/curate.json", 900 * DAY),
        blob("data_docs/trips/a/index.html", 900 * DAY),
        blob("backups/x/manifest.json", 900 * DAY),
        blob("batches/readme.txt", 900 * DAY),
    ]
    due = work(found, NOW)
    assert names(due) == ["replays/trips/a.ndjson", "runs/trips/a.json", "batches/trips/a/"]
    assert [name for item in due for name in item.objects] == [
        "replays/trips/a.ndjson",
        "runs/trips/a.json",
        "batches/trips/a/manifest.json",
        "batches/trips/a/rows/2025-06-01-0.parquet",
    ]


def test_a_line_says_what_goes_and_why() -> None:
    ended = {BATCH: Ended("published", datetime.fromisoformat("2025-05-01T08:00+00:00"))}
    (due,) = staging([table(60 * DAY)], ended, NOW)
    assert due.line() == f"staging table trips__{BATCH}: published at 2025-05-01 08:00 UTC"


STAYS = "2 are older and STAY: its expiry is never; set it, with ALTER TABLE … SET OPTIONS"
OTHER_DAYS = "BUT its expiry is after 30 days; set it, with ALTER TABLE … SET OPTIONS"


@pytest.mark.parametrize(
    ("promise", "line"),
    [
        (Promise("a", 90, 90, 0), "a: kept 90 days"),
        (Promise("a", None, None, 0), "a: kept for ever"),
        (Promise("a", 90, 90, 2), "a: kept 90 days, 2 are older and go by themselves"),
        (
            Promise("a", 90, None, 2),
            f"a: kept 90 days, {STAYS} (partition_expiration_days = 90)",
        ),
        (
            Promise("a", None, 30, 0),
            f"a: kept for ever; {OTHER_DAYS} (partition_expiration_days = NULL)",
        ),
    ],
)
def test_a_promise_that_is_not_kept_stands_out(promise: Promise, line: str) -> None:
    assert promise.line() == line
