"""What the ledgers say: which objects are known, what a model has not taken in, how new it is."""

from datetime import UTC, date, datetime, timedelta

import pytest

from atvos import builds, ledger, names, settings
from atvos.builds import Build
from atvos.ledger import Change, Published
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


def new(desk: Desk, name: str, today: date = TODAY) -> list[Change]:
    source = names.curated_table(desk.feed.name)
    table = names.model_table(name, "1.0.0")
    return ledger.new_changes(desk.client.bigquery, SETTINGS, table, [source], today)


def change(desk: Desk, change_id: str, *days: date) -> Change:
    return Change(names.curated_table(desk.feed.name), change_id, days)


def take_in(desk: Desk, name: str, *change_ids: str) -> None:
    """Record the changes in the model ledger as built on ``TODAY``."""
    table = names.model_table(name, "1.0.0")
    rows = ", ".join(
        f"(DATE '{TODAY}', '{name}', '{table}', '{change_id}', '0b', [DATE '2025-06-01'], "
        "TIMESTAMP '2025-06-01 09:00:00+00', TIMESTAMP '2025-06-10 10:00:00+00')"
        for change_id in change_ids
    )
    columns = "built_date, model, table_name, change_id, build_id, days, last_event_at, built_at"
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
    assert new(append, name) == [change(append, made.batch_id, *days)]


def test_a_batch_without_rows_changes_nothing(append: Desk, name: str) -> None:
    append.publish(Staged(A, rejects=["{"]))
    assert new(append, name) == []


def test_a_batch_published_twice_is_one_change(append: Desk, name: str) -> None:
    published = append.publish(Staged(A, [row("A")]))
    append.again(published)
    assert new(append, name) == [change(append, published[0].batch_id, DAY)]


def test_a_snapshot_is_a_change_without_days(snapshot: Desk) -> None:
    made, _ = snapshot.publish(Staged(A, [row("A")]))
    assert new(snapshot, f"fct_{snapshot.feed.name}") == [change(snapshot, made.batch_id)]


def test_a_row_that_moves_to_another_day_changes_the_day_that_it_leaves(upsert: Desk) -> None:
    upsert.publish(Staged(A, [row("A", "2025-06-01 08:00")]))
    made, _ = upsert.publish(Staged(B, [row("A", "2025-06-03 08:00")]))
    days = (date(2025, 6, 1), date(2025, 6, 3))
    assert change(upsert, made.batch_id, *days) in new(upsert, f"fct_{upsert.feed.name}")


def test_a_row_that_is_no_newer_changes_no_other_day(upsert: Desk) -> None:
    upsert.publish(Staged(B, [row("A", "2025-06-01 08:00")]))
    made, _ = upsert.publish(Staged(A, [row("A", "2025-06-03 08:00")]))
    found = new(upsert, f"fct_{upsert.feed.name}")
    assert change(upsert, made.batch_id, date(2025, 6, 3)) in found


def test_what_a_model_has_taken_in_is_new_to_other_models_alone(append: Desk, name: str) -> None:
    first, _ = append.publish(Staged(A, [row("A")]))
    second, _ = append.publish(Staged(B, [row("B")]))
    take_in(append, name, first.batch_id)
    assert [found.change_id for found in new(append, name)] == [second.batch_id]
    assert len(new(append, f"{name}_other")) == 2


def test_a_held_batch_is_not_new(append: Desk, name: str) -> None:
    held, _ = append.stage(Staged(A, [row("A")]))
    append.run(append.jobs.hold(held, "has_rows"))
    assert new(append, name) == []


def test_a_model_that_was_built_leaves_changes_from_before_the_look_back_alone(
    append: Desk, name: str
) -> None:
    append.publish(Staged(A, [row("A")]))
    take_in(append, name, "0a")
    last_look = datetime.now(UTC).date() + ledger.LOOK_BACK
    assert len(new(append, name, last_look)) == 1
    assert new(append, name, last_look + timedelta(days=1)) == []


def test_a_model_that_was_never_built_finds_every_change_there_has_been(
    append: Desk, name: str
) -> None:
    append.publish(Staged(A, [row("A")]))
    assert len(new(append, name, datetime.now(UTC).date() + 5 * ledger.LOOK_BACK)) == 1


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
    assert builds.publish_sql(built, build).count(made.batch_id) == 5


def test_before_the_first_run_nothing_is_published(client: Client, append: Desk) -> None:
    far = date(2030, 1, 1)
    assert append.feed.name not in ledger.last_published(client.bigquery, SETTINGS, far)
