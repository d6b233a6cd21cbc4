"""Which of two rows with one key is published, in each load mode, whatever comes when."""

from decimal import Decimal

from tests.atvos.desk import Desk, Staged, row
from tests.atvos.examples import version

A1, A2, B1, B2, C3 = (
    *(version("a", 1), version("a", 2), version("b", 1), version("b", 2)),
    version("c", 3),
)


def rows_in_ledger(desk: Desk) -> int:
    return sum(valid for _, valid, _, _ in desk.counts().values())


# append_first


def test_append_keeps_the_row_that_came_first(append: Desk) -> None:
    append.publish(Staged(A1, [row("A", km="1")]))
    append.publish(Staged(B2, [row("A", km="2")]))
    assert append.curated("device, km, source_object") == [("A", Decimal(1), "a")]


def test_append_counts_a_key_of_an_earlier_batch_as_the_later_objects_duplicate(
    append: Desk,
) -> None:
    append.publish(Staged(A1, [row("A"), row("B")]))
    append.publish(Staged(B2, [row("A"), row("C")], duplicate=1, rejects=["{"]))
    assert append.counts() == {("a", 1): (2, 2, 0, 0), ("b", 2): (4, 1, 1, 2)}
    assert rows_in_ledger(append) == len(append.curated()) == 3


def test_append_tells_rows_apart_by_the_whole_key(append: Desk) -> None:
    append.publish(Staged(A1, [row("A", "2025-06-01 08:00", trip="t")]))
    other_time = row("A", "2025-06-01 08:01", trip="t")
    append.publish(Staged(B2, [other_time, row("A", "2025-06-01 08:00", trip="u")]))
    assert rows_in_ledger(append) == len(append.curated()) == 3


def test_append_takes_null_in_a_key_as_a_value(append: Desk) -> None:
    append.publish(Staged(A1, [row("A", trip=None), row("A", trip="t")]))
    append.publish(Staged(B2, [row("A", trip=None), row("A", trip=""), row("B", trip=None)]))
    assert append.curated("device, trip") == [("A", ""), ("A", "t"), ("A", None), ("B", None)]
    assert append.counts()["b", 2] == (3, 2, 0, 1)


def test_append_finds_keys_in_every_day_of_the_batch(append: Desk) -> None:
    days = [row("A", f"2025-06-0{day} 23:59") for day in (1, 2, 3)]
    append.publish(Staged(A1, days))
    append.publish(Staged(B2, [*days, row("A", "2025-06-04 00:00")]))
    assert append.counts()["b", 2] == (4, 1, 0, 3)


def test_an_object_in_two_batches_is_counted_once(append: Desk) -> None:
    append.publish(Staged(A1, [row("A"), row("B")]))
    append.publish(Staged(A1, [row("A"), row("B")]), Staged(B2, [row("C")]))
    assert append.counts() == {("a", 1): (2, 2, 0, 0), ("b", 2): (1, 1, 0, 0)}
    assert rows_in_ledger(append) == len(append.curated()) == 3


def test_an_object_published_alone_after_a_larger_batch_changes_nothing(append: Desk) -> None:
    append.publish(Staged(A1, [row("A")]), Staged(B2, [row("B")]))
    before = append.curated(), append.ledger()
    append.publish(Staged(A1, [row("A")]))
    assert (append.curated(), append.ledger()) == before


def test_batches_run_again_in_any_order_change_nothing(append: Desk) -> None:
    first = append.publish(Staged(A1, [row("A")]))
    second = append.publish(Staged(B2, [row("A"), row("B")]))
    before = append.curated(), append.ledger()
    for published in (second, first, second):
        append.again(published)
    assert (append.curated(), append.ledger()) == before


def test_an_overwritten_object_adds_only_what_it_did_not_have_before(append: Desk) -> None:
    append.publish(Staged(A1, [row("A")]))
    append.publish(Staged(A2, [row("A"), row("B")]))
    assert append.counts() == {("a", 1): (1, 1, 0, 0), ("a", 2): (2, 1, 0, 1)}
    assert append.curated("device, source_generation") == [("A", 1), ("B", 2)]


# upsert_latest


def test_upsert_takes_the_row_of_the_newer_generation(upsert: Desk) -> None:
    older, _ = upsert.publish(Staged(A1, [row("A", km="1"), row("B", km="1")]))
    newer, _ = upsert.publish(Staged(B2, [row("A", km="2")]))
    assert upsert.curated("device, km, source_object, batch_id") == [
        ("A", Decimal(2), "b", newer.batch_id),
        ("B", Decimal(1), "a", older.batch_id),
    ]


def test_upsert_counts_a_row_that_replaces_another_as_valid(upsert: Desk) -> None:
    upsert.publish(Staged(A1, [row("A", km="1")]))
    upsert.publish(Staged(B2, [row("A", km="2")]))
    assert upsert.counts() == {("a", 1): (1, 1, 0, 0), ("b", 2): (1, 1, 0, 0)}


def test_upsert_leaves_the_newer_row_where_an_older_generation_comes_later(upsert: Desk) -> None:
    upsert.publish(Staged(B2, [row("A", km="2")]))
    upsert.publish(Staged(A1, [row("A", km="1"), row("C", km="1")]))
    assert upsert.curated("device, km") == [("A", Decimal(2)), ("C", Decimal(1))]
    assert upsert.counts()["a", 1] == (2, 1, 0, 1)


def test_upsert_finds_the_earlier_row_on_another_day(upsert: Desk) -> None:
    upsert.publish(Staged(A1, [row("A", "2025-05-01 08:00")]))
    upsert.publish(Staged(B2, [row("A", "2025-06-01 08:00")]))
    assert [str(day) for (day,) in upsert.curated("seen_date")] == ["2025-06-01"]


def test_upsert_of_an_older_batch_again_does_not_overwrite(upsert: Desk) -> None:
    older = upsert.publish(Staged(A1, [row("A", km="1")]))
    newer = upsert.publish(Staged(B2, [row("A", km="2")]))
    before = upsert.curated(), upsert.ledger()
    upsert.again(older)
    upsert.again(newer)
    assert (upsert.curated(), upsert.ledger()) == before


# replace_snapshot


def test_the_newest_snapshot_is_the_table(snapshot: Desk) -> None:
    snapshot.publish(Staged(A1, [row("A"), row("B")]))
    snapshot.publish(Staged(B2, [row("B"), row("C")]))
    assert snapshot.curated("device, source_generation") == [("B", 2), ("C", 2)]
    assert snapshot.counts() == {("a", 1): (2, 2, 0, 0), ("b", 2): (2, 2, 0, 0)}


def test_of_several_snapshots_in_a_batch_the_newest_is_the_table(snapshot: Desk) -> None:
    snapshot.publish(Staged(A1, duplicate=2), Staged(B2, [row("B")]))
    assert snapshot.curated("device") == [("B",)]
    assert snapshot.counts() == {("a", 1): (2, 0, 0, 2), ("b", 2): (1, 1, 0, 0)}


def test_an_older_snapshot_run_again_changes_nothing(snapshot: Desk) -> None:
    older = snapshot.publish(Staged(A1, [row("A")]))
    snapshot.publish(Staged(B2, [row("B")]))
    before = snapshot.curated(), snapshot.ledger()
    snapshot.again(older)
    assert (snapshot.curated(), snapshot.ledger()) == before


def test_an_older_snapshot_that_comes_later_is_in_the_ledger_alone(snapshot: Desk) -> None:
    snapshot.publish(Staged(C3, [row("C")]))
    before = snapshot.curated()
    older = snapshot.publish(Staged(A1, [row("A")]))
    snapshot.again(older)
    assert snapshot.curated() == before
    assert set(snapshot.counts()) == {("a", 1), ("c", 3)}


def test_a_snapshot_without_rows_empties_the_table(snapshot: Desk) -> None:
    snapshot.publish(Staged(A1, [row("A")]))
    snapshot.publish(Staged(B2))
    assert snapshot.curated() == []


def test_an_older_snapshot_does_not_fill_the_table_that_a_newer_one_emptied(
    snapshot: Desk,
) -> None:
    older = snapshot.publish(Staged(A1, [row("A")]))
    snapshot.publish(Staged(B2))
    snapshot.again(older)
    assert snapshot.curated() == []


def test_a_held_snapshot_does_not_stop_an_older_one(snapshot: Desk) -> None:
    held, _ = snapshot.stage(Staged(B2, [row("B")]))
    snapshot.run(snapshot.jobs.hold(held, "has_rows"))
    snapshot.publish(Staged(A1, [row("A")]))
    assert snapshot.curated("device") == [("A",)]
