"""What the ledgers say: which objects are known, what a model has not taken in, how new it is."""

from datetime import UTC, date, datetime, timedelta

import pytest

from atvos import ledger, models, names, settings
from atvos.ledger import Published, PublishedBatch
from atvos.models import Build
from local.client import Client
from tests.atvos.desk import Desk, Staged, query, row
from tests.atvos.examples import DAY, model, version

SETTINGS = settings.load({})
LANDED_ON = date(2025, 6, 2)
TODAY = date(2025, 6, 10)
A, B = version("a", 1), version("b", 2)


def known(desk: Desk, first: date = LANDED_ON, last: date = LANDED_ON) -> set[tuple[str, str, int]]:
    client = desk.client.bigquery
    return ledger.known_objects(client, SETTINGS, desk.feed.name, first, last)


def new(desk: Desk, name: str, today: date = TODAY) -> list[PublishedBatch]:
    return ledger.new_batches(desk.client.bigquery, SETTINGS, name, [desk.feed.name], today)


def take_in(desk: Desk, name: str, *batch_ids: str) -> None:
    """Record the batches in the model ledger as built on ``TODAY``."""
    rows = ", ".join(
        f"(DATE '{TODAY}', '{name}', '{batch_id}', '0b', [DATE '2025-06-01'], "
        "TIMESTAMP '2025-06-01 09:00:00+00', TIMESTAMP '2025-06-10 10:00:00+00')"
        for batch_id in batch_ids
    )
    columns = "built_date, model, batch_id, build_id, days, last_event_at, built_at"
    sql = f"INSERT INTO `{names.MODEL_LEDGER}` ({columns}) VALUES {rows}"
    query(desk.client.bigquery, sql)


@pytest.fixture
def name(append: Desk) -> str:
    """A model's name that no other test has."""
    return f"fct_{append.feed.name}"


def test_published_and_held_objects_are_known(append: Desk) -> None:
    append.publish(Staged(A, [row("A")]))
    held, _ = append.stage(Staged(B, [row("B")]))
    append.run(append.jobs.hold(held, "has_rows"))
    assert known(append) == {A.key, B.key}


def test_objects_of_other_days_and_feeds_are_not_asked_for(append: Desk) -> None:
    append.publish(Staged(A, [row("A")]))
    assert known(append, first=date(2025, 6, 3), last=date(2025, 6, 9)) == set()
    other = f"{append.feed.name}x"
    found = ledger.known_objects(append.client.bigquery, SETTINGS, other, LANDED_ON, LANDED_ON)
    assert found == set()


def test_a_published_batch_is_new_to_a_model_with_the_days_of_all_its_objects(
    append: Desk, name: str
) -> None:
    made, _ = append.publish(
        Staged(A, [row("A", "2025-06-01 08:00"), row("A", "2025-05-30 08:00")]),
        Staged(B, [row("B", "2025-06-01 09:00")]),
    )
    days = (date(2025, 5, 30), date(2025, 6, 1))
    assert new(append, name) == [PublishedBatch(append.feed.name, made.batch_id, days)]


def test_a_batch_without_rows_is_new_without_days(append: Desk, name: str) -> None:
    made, _ = append.publish(Staged(A, rejects=["{"]))
    assert new(append, name) == [PublishedBatch(append.feed.name, made.batch_id, ())]


def test_what_a_model_has_taken_in_is_new_to_other_models_alone(append: Desk, name: str) -> None:
    first, _ = append.publish(Staged(A, [row("A")]))
    second, _ = append.publish(Staged(B, [row("B")]))
    take_in(append, name, first.batch_id)
    assert [found.batch_id for found in new(append, name)] == [second.batch_id]
    assert len(new(append, f"{name}_other")) == 2


def test_a_held_batch_is_not_new(append: Desk, name: str) -> None:
    held, _ = append.stage(Staged(A, [row("A")]))
    append.run(append.jobs.hold(held, "has_rows"))
    assert new(append, name) == []


def test_a_batch_that_landed_longer_ago_than_the_look_back_is_left_alone(
    append: Desk, name: str
) -> None:
    append.publish(Staged(A, [row("A")]))
    last_look = LANDED_ON + ledger.LOOK_BACK
    assert len(new(append, name, last_look)) == 1
    assert new(append, name, last_look + timedelta(days=1)) == []


def test_a_feed_and_a_model_are_as_new_as_their_newest_record(append: Desk, name: str) -> None:
    before = datetime.now(UTC) - timedelta(minutes=5)
    append.publish(Staged(A, [row("A", "2025-06-01 08:00")]))
    append.publish(Staged(B, [row("B", "2025-05-30 08:00")]))
    take_in(append, name, "0a")
    found = ledger.last_published(append.client.bigquery, SETTINGS, TODAY)
    feed = found[append.feed.name]
    assert feed.last_event_at == datetime(2025, 6, 1, 8, tzinfo=UTC)
    assert feed.last_success_at is not None
    assert feed.last_success_at > before
    assert found[name] == Published(
        datetime(2025, 6, 1, 9, tzinfo=UTC), datetime(2025, 6, 10, 10, tzinfo=UTC)
    )


def test_a_held_batch_is_no_success(append: Desk) -> None:
    held, _ = append.stage(Staged(A, [row("A")]))
    append.run(append.jobs.hold(held, "has_rows"))
    found = ledger.last_published(append.client.bigquery, SETTINGS, TODAY)
    assert append.feed.name not in found


def test_a_models_publish_is_what_takes_its_batches_in(append: Desk, name: str) -> None:
    made, _ = append.publish(Staged(A, [row("A")]))
    built = model(f"SELECT * FROM curated.{append.feed.name}", name=name)
    build = Build(name, (DAY,), (made.batch_id,), None)
    assert models.publish_sql(built, build).count(made.batch_id) == 4


def test_before_the_first_run_nothing_is_published(client: Client, append: Desk) -> None:
    far = date(2030, 1, 1)
    assert append.feed.name not in ledger.last_published(client.bigquery, SETTINGS, far)
