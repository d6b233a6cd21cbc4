"""Rows that refer to what is not there yet wait, are accounted for, and go on once it is there."""

import uuid
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from atvos import ledger, names, pending, settings
from atvos.contract import Column, LoadMode, Reference
from atvos.pending import Replay
from local.client import Client
from tests.atvos.desk import Desk, Staged, query, row
from tests.atvos.examples import DAY, positions, version

A, B = version("a", 1), version("b", 2)
TODAY = datetime.now(UTC).date()


@pytest.fixture
def registry(client: Client) -> Desk:
    """The desk of a snapshot of the devices that are known."""
    return Desk.open(client, LoadMode.REPLACE_SNAPSHOT)


@pytest.fixture
def desk(client: Client, registry: Desk) -> Desk:
    """The desk of a feed whose devices must be in the registry."""

    def referring(column: Column) -> Column:
        if column.name != "device":
            return column
        return replace(column, reference=Reference(registry.feed.name, "device"))

    feed = positions(name=f"positions_{uuid.uuid4().hex[:8]}")
    feed = replace(feed, columns=tuple(map(referring, feed.columns)))
    return Desk(client, feed)


def register(registry: Desk, generation: int, *devices: str) -> None:
    """Make the registry hold these devices."""
    rows = [row(device) for device in devices]
    registry.publish(Staged(version("registry", generation), rows))


def waiting(desk: Desk) -> list[tuple[Any, ...]]:
    table = names.pending_table(desk.feed.name)
    columns = "device, seen_date, source_object, source_position"
    rows = query(desk.client.bigquery, f"SELECT {columns} FROM `{table}`")
    return sorted(tuple(found.values()) for found in rows)


def counts(desk: Desk) -> dict[str, tuple[int, int, int, int]]:
    """By object: rows read, valid, duplicate, pending."""
    columns = "object, rows_read, rows_valid, rows_duplicate, rows_pending"
    return {name: tuple(numbers) for name, *numbers in desk.ledger(columns)}


def ready(desk: Desk) -> Replay | None:
    """What could go on now."""
    rows = query(desk.client.bigquery, pending.ready_query(desk.feed))
    if not rows:
        return None
    days = tuple(sorted(found["day"] for found in rows))
    return Replay("f" * 20, days, min(found["landed_since"] for found in rows))


def replay(desk: Desk) -> Replay:
    """Let go on what can; there must be something."""
    what = ready(desk)
    assert what is not None
    desk.run(desk.jobs.replay(what))
    return what


def test_a_row_of_an_unknown_device_waits_and_is_counted_as_pending(
    desk: Desk, registry: Desk
) -> None:
    register(registry, 1, "A")
    desk.publish(Staged(A, [row("A"), row("Z")]))
    assert desk.curated("device") == [("A",)]
    assert waiting(desk) == [("Z", DAY, "a", 1)]
    assert counts(desk) == {"a": (2, 1, 0, 1)}


def test_with_an_empty_registry_every_row_waits(desk: Desk) -> None:
    desk.publish(Staged(A, [row("A"), row("Z")]))
    assert desk.curated("device") == []
    assert counts(desk) == {"a": (2, 0, 0, 2)}


def test_published_twice_a_batch_with_waiting_rows_changes_nothing(
    desk: Desk, registry: Desk
) -> None:
    register(registry, 1, "A")
    published = desk.publish(Staged(A, [row("A"), row("Z")]))
    before = desk.curated(), waiting(desk), desk.ledger()
    desk.again(published)
    assert (desk.curated(), waiting(desk), desk.ledger()) == before


def test_a_waiting_row_that_is_sent_again_is_a_duplicate(desk: Desk, registry: Desk) -> None:
    register(registry, 1, "A")
    desk.publish(Staged(A, [row("Z", km="1")]))
    desk.publish(Staged(B, [row("Z", km="2"), row("A")]))
    assert waiting(desk) == [("Z", DAY, "a", 0)]
    assert counts(desk) == {"a": (1, 0, 0, 1), "b": (2, 1, 1, 0)}


def test_a_row_that_is_in_the_table_is_a_duplicate_even_if_its_device_has_left(
    desk: Desk, registry: Desk
) -> None:
    register(registry, 1, "A")
    desk.publish(Staged(A, [row("A")]))
    register(registry, 2, "B")
    desk.publish(Staged(B, [row("A"), row("A", "2025-06-01 09:00")]))
    assert counts(desk) == {"a": (1, 1, 0, 0), "b": (2, 0, 1, 1)}


def test_nothing_goes_on_while_the_device_is_unknown(desk: Desk, registry: Desk) -> None:
    register(registry, 1, "A")
    desk.publish(Staged(A, [row("Z")]))
    assert ready(desk) is None


def test_waiting_rows_go_on_when_their_device_has_come(desk: Desk, registry: Desk) -> None:
    register(registry, 1, "A")
    made, _ = desk.publish(Staged(A, [row("A"), row("Y"), row("Z", "2025-06-02 08:00")]))
    register(registry, 2, "A", "Z")
    what = replay(desk)
    assert what.days == (date(2025, 6, 2),)
    assert desk.curated("device, batch_id") == [("A", made.batch_id), ("Z", made.batch_id)]
    assert waiting(desk) == [("Y", DAY, "a", 1)]
    assert counts(desk) == {"a": (3, 2, 0, 1)}


def test_replayed_twice_nothing_changes(desk: Desk, registry: Desk) -> None:
    desk.publish(Staged(A, [row("Z")]))
    register(registry, 1, "Z")
    what = replay(desk)
    before = desk.curated(), waiting(desk), desk.ledger()
    desk.run(desk.jobs.replay(what))
    assert (desk.curated(), waiting(desk), desk.ledger()) == before
    assert ready(desk) is None


def test_the_first_of_two_equal_rows_is_kept_although_it_waited(desk: Desk, registry: Desk) -> None:
    desk.publish(Staged(A, [row("Z", km="1")]))
    register(registry, 1, "Z")
    desk.publish(Staged(B, [row("Z", km="2")]))
    replay(desk)
    assert [(device, str(km)) for device, km in desk.curated("device, km")] == [("Z", "1.000")]
    assert counts(desk) == {"a": (1, 1, 0, 0), "b": (1, 0, 1, 0)}


def test_models_find_the_days_of_a_replay(desk: Desk, registry: Desk) -> None:
    desk.publish(Staged(A, [row("Z", "2025-06-02 08:00")]))
    source = names.curated_table(desk.feed.name)

    def changes() -> list[tuple[str, tuple[date, ...]]]:
        found = ledger.new_changes(
            desk.client.bigquery, settings.load(), f"models.{desk.feed.name}", [source], TODAY
        )
        return [(change.change_id, change.days) for change in found if change.days]

    assert changes() == []
    register(registry, 1, "Z")
    what = replay(desk)
    assert changes() == [(what.replay_id, (date(2025, 6, 2),))]


def test_what_waits_does_not_date_the_table(desk: Desk, registry: Desk) -> None:
    register(registry, 1, "A")
    desk.publish(Staged(A, [row("A", "2025-06-01 08:00"), row("Z", "2025-06-01 20:00")]))
    assert desk.ledger("last_event_at") == [(datetime(2025, 6, 1, 8, tzinfo=UTC),)]
    register(registry, 2, "A", "Z")
    replay(desk)
    assert desk.ledger("last_event_at") == [(datetime(2025, 6, 1, 20, tzinfo=UTC),)]


def test_a_row_without_the_reference_waits_for_nothing(client: Client, registry: Desk) -> None:
    feed = positions(name=f"positions_{uuid.uuid4().hex[:8]}")
    columns = tuple(
        replace(c, reference=Reference(registry.feed.name, "device")) if c.name == "trip" else c
        for c in feed.columns
    )
    desk = Desk(client, replace(feed, columns=columns))
    desk.publish(Staged(A, [row("A", trip=None), row("A", trip="T")]))
    assert desk.curated("device, trip") == [("A", None)]
    assert counts(desk) == {"a": (2, 1, 0, 1)}


def test_a_replay_survives_xcom() -> None:
    what = Replay("0a", (DAY,), date(2025, 6, 2))
    assert Replay.from_dict(what.to_dict()) == what
