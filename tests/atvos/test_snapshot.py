"""The state of datasets, read from ledgers, bucket and tables on the emulators."""

from datetime import UTC, datetime, timedelta

import pytest

from atvos import names, settings, snapshot
from atvos.contract import LoadMode, Severity
from atvos.dataset_state import DatasetState, Freshness, Waiting
from atvos.quality import CheckResult, CheckState
from local.client import Client
from tests.atvos.desk import Desk, Staged, query, row
from tests.atvos.examples import model, positions, version

SETTINGS = settings.load({})


def state_of(desk: Desk, now: datetime | None = None) -> DatasetState:
    client, feed = desk.client, desk.feed
    now = now or datetime.now(UTC)
    found = snapshot.read(client.bigquery, client.storage, SETTINGS, {feed.name: feed}, {}, now)
    return found[feed.name]


def landed(name: str, seconds: int) -> Staged:
    """An object with a valid row, two rejects and a duplicate."""
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1, seconds=-seconds)
    rows = [row("A", f"{at:%Y-%m-%d %H:%M:%S}")]
    return Staged(version(name, seconds, created_at=at), rows, duplicate=1, rejects=["x", "y"])


def test_a_feed_that_never_ran_is_unknown_and_has_nothing(append: Desk) -> None:
    found = state_of(append)
    assert (found.freshness, found.age, found.published) == (Freshness.UNKNOWN, None, None)
    assert (found.landed, found.rejected, found.batches, found.held_batches) == ({}, {}, (), 0)
    assert (found.waiting, found.rows, found.audit) == (Waiting(0, None), None, None)


def test_published_and_held_batches_add_up_and_the_newest_is_first(append: Desk) -> None:
    published, _ = append.publish(landed("a", 1))
    held, _ = append.stage(landed("b", 2))
    append.run(append.jobs.hold(held, "valid_ratio"))
    found = state_of(append)
    expected = {"valid": 1, "held": 1, "rejected": 4, "duplicate": 2, "pending": 0}
    assert found.landed == expected
    assert found.rejected == {"malformed_json": 4}
    assert [(item.batch_id, item.state, item.detail) for item in found.batches] == [
        (held.batch_id, "held", "valid_ratio"),
        (published.batch_id, "published", None),
    ]
    assert (found.held_batches, found.rows) == (1, 1)
    newest = found.batches[0]
    assert (newest.read, newest.objects, newest.landed_at) == (
        4,
        1,
        held.objects[0].created_at,
    )


def test_a_held_batch_is_no_publish(append: Desk) -> None:
    held, _ = append.stage(landed("b", 2))
    append.run(append.jobs.hold(held, "valid_ratio"))
    assert state_of(append).freshness is Freshness.UNKNOWN


def test_only_the_latest_batches_are_shown(append: Desk) -> None:
    for place in range(snapshot.SHOWN_BATCHES + 1):
        append.publish(landed(f"o{place}", place))
    found = state_of(append)
    assert len(found.batches) == snapshot.SHOWN_BATCHES
    assert found.landed["rejected"] == 2 * (snapshot.SHOWN_BATCHES + 1)


def test_objects_wait_until_they_are_in_the_ledger(append: Desk) -> None:
    client, prefix = append.client, names.landing_prefix(append.feed.name)
    client.upload(f"{prefix}a.ndjson", b"{}\n")
    client.upload(f"{prefix}b.ndjson", b"{}\n")
    found = state_of(append)
    assert found.waiting is not None
    assert found.waiting.objects == 2
    assert found.waiting.oldest is not None
    assert found.last_landed_at is not None
    assert found.waiting.oldest <= found.last_landed_at


def test_the_last_landing_is_known_after_the_object_is_gone(append: Desk) -> None:
    item = landed("gone", 5)
    append.publish(item)
    assert state_of(append).last_landed_at == item.version.created_at


@pytest.fixture
def results() -> list[CheckResult]:
    """Two checks, one about columns."""
    return [
        CheckResult("a", CheckState.PASSED, Severity.ERROR, "0", "0", ("device", "km")),
        CheckResult("b's", CheckState.FAILED, Severity.WARNING, '"1"', "0 — none"),
    ]


def test_the_last_audit_comes_back_as_it_was_recorded(
    append: Desk, results: list[CheckResult]
) -> None:
    now = datetime.now(UTC)
    bq, name = append.client.bigquery, append.feed.name
    snapshot.record_audit(bq, SETTINGS, name, "0a", results[:1], now - timedelta(minutes=1))
    snapshot.record_audit(bq, SETTINGS, name, "0b", results, now)
    audit = state_of(append).audit
    assert audit is not None
    assert (audit.run_id, audit.checked_at) == ("0b", now)
    assert list(audit.results) == results


def test_a_model_has_its_rows_and_its_last_build(client: Client, append: Desk) -> None:
    made = model(name=f"fct_{append.feed.name}")
    query(client.bigquery, f"CREATE TABLE IF NOT EXISTS `{made.table_name}` AS SELECT 1 AS a")
    now = datetime.now(UTC)
    found = snapshot.read(client.bigquery, client.storage, SETTINGS, {}, {made.name: made}, now)[
        made.name
    ]
    assert (found.rows, found.waiting, found.freshness) == (1, None, Freshness.UNKNOWN)


def test_a_view_has_no_state_of_its_own(client: Client) -> None:
    view = model(is_view=True)
    now = datetime.now(UTC)
    assert snapshot.read(client.bigquery, client.storage, SETTINGS, {}, {"v": view}, now) == {}


def test_before_the_first_run_all_is_unknown(client: Client) -> None:
    feed = positions(LoadMode.APPEND_FIRST, "positions_never")
    empty = settings.load({"ATVOS_LANDING_BUCKET": SETTINGS.landing_bucket})
    found = snapshot.read(
        client.bigquery, client.storage, empty, {feed.name: feed}, {}, datetime.now(UTC)
    )
    assert (found[feed.name].freshness, found[feed.name].rows) == (Freshness.UNKNOWN, None)
