"""Publishing in every load mode: rows and ledger together, once, whatever is run again."""

from datetime import date

import pytest
from google.api_core.exceptions import GoogleAPICallError

from atvos import names
from tests.atvos.desk import Desk, Staged, row
from tests.atvos.examples import version

HOSTILE = [
    "x'; DROP TABLE `curated`.positions; --.ndjson",
    'x"\\"); SELECT 1; /*.ndjson',
    "linha\nnova\t${table} {batch} @days.ndjson",
    "ônibus 😀 %s %(a)s.ndjson",
    "back\\slash\\'.ndjson",
]


def state(desk: Desk) -> tuple[list[tuple[object, ...]], ...]:
    """Everything that publishing has written, with every column."""
    return desk.curated(), desk.ledger(), desk.quarantined()


def test_rows_and_ledger_are_both_there(desk: Desk) -> None:
    a = version("a", 1)
    made, _ = desk.publish(Staged(a, [row("A"), row("B")], duplicate=1, rejects=["{"]))
    assert desk.curated("device, source_object, source_position, batch_id") == [
        ("A", "a", 0, made.batch_id),
        ("B", "a", 1, made.batch_id),
    ]
    assert desk.ledger("object, batch_id, state, landed_date") == [
        ("a", made.batch_id, "published", a.created_at.date())
    ]
    assert desk.counts() == {("a", 1): (4, 2, 1, 1)}


def test_the_ledger_keeps_what_the_curate_job_found_in_an_object(append: Desk) -> None:
    days = [row("A", "2025-06-01 08:00"), row("A", "2025-06-02 09:30")]
    append.publish(Staged(version("a"), days, rejects=["{", "["]))
    columns = "size, crc32c, landed_at, event_dates, last_event_at, reasons"
    assert append.ledger(columns) == [
        (
            *(10, "AAAAAA==", version("a").created_at),
            [date(2025, 6, 1), date(2025, 6, 2)],
            days[1]["seen_at"],
            [{"reason": "malformed_json", "row_count": 2}],
        )
    ]


def test_published_twice_every_column_of_every_table_is_the_same(desk: Desk) -> None:
    published = desk.publish(
        Staged(version("a", 1), [row("A", km="0.125"), row("B", trip="t")], rejects=["{"]),
        Staged(version("b", 2), [row("C")]),
    )
    before = state(desk)
    desk.again(published)
    assert state(desk) == before


def test_staged_and_published_again_nothing_changes(desk: Desk) -> None:
    objects = [Staged(version("a", 1), [row("A"), row("B")])]
    desk.publish(*objects)
    before = state(desk)
    desk.publish(*objects)
    assert state(desk) == before


@pytest.mark.parametrize("name", HOSTILE)
def test_an_objects_name_is_data_and_nothing_else(append: Desk, name: str) -> None:
    made, stats = append.publish(Staged(version(name), [row("A")], rejects=["{"]))
    append.run(append.jobs.quarantine(made))
    append.again((made, stats))
    assert append.ledger("object, state") == [(name, "published")]
    assert append.curated("source_object") == [(name,)]
    assert append.quarantined("source_object") == [(name,)]


def test_a_batch_without_valid_rows_is_in_the_ledger_alone(append: Desk) -> None:
    append.publish(Staged(version("a"), rejects=["{", "["]))
    assert append.curated() == []
    assert append.counts() == {("a", 1): (2, 0, 2, 0)}


def test_an_empty_object_is_in_the_ledger(append: Desk) -> None:
    append.publish(Staged(version("a")), Staged(version("b", 2), [row("A")]))
    assert append.counts() == {("a", 1): (0, 0, 0, 0), ("b", 2): (1, 1, 0, 0)}


@pytest.mark.parametrize("part", ["objects", ""], ids=["objects", "rows"])
def test_where_a_statement_fails_neither_rows_nor_ledger_are_there(desk: Desk, part: str) -> None:
    desk.publish(Staged(version("a", 1), [row("A")]))
    before = state(desk)
    made, stats = desk.stage(Staged(version("b", 2), [row("B")]))
    table = names.staging_table(desk.feed.name, made.batch_id, part)
    desk.client.bigquery.delete_table(table)
    with pytest.raises(GoogleAPICallError, match=table.partition(".")[2]):
        desk.run(desk.jobs.publish(made, stats))
    assert state(desk) == before


def test_a_batch_that_failed_is_published_by_the_next_attempt(desk: Desk) -> None:
    staged = Staged(version("a"), [row("A")])
    made, stats = desk.stage(staged)
    desk.client.bigquery.delete_table(names.staging_table(desk.feed.name, made.batch_id))
    with pytest.raises(GoogleAPICallError):
        desk.run(desk.jobs.publish(made, stats))
    desk.publish(staged)
    assert (len(desk.curated()), desk.counts()) == (1, {("a", 1): (1, 1, 0, 0)})


def test_a_held_batch_has_no_rows_and_does_not_come_back(desk: Desk) -> None:
    made, _ = desk.stage(Staged(version("a"), [row("A")], rejects=["{"]))
    desk.run(desk.jobs.hold(made, "has_rows, valid_ratio"))
    assert desk.curated() == []
    assert desk.ledger("object, state, detail, batch_id") == [
        ("a", "held", "has_rows, valid_ratio", made.batch_id)
    ]


def test_held_twice_is_held_once(desk: Desk) -> None:
    made, _ = desk.stage(Staged(version("a"), [row("A")]))
    desk.run(desk.jobs.hold(made, "has_rows"))
    before = state(desk)
    desk.run(desk.jobs.hold(made, "another_check"))
    assert state(desk) == before


def test_a_held_batch_that_is_published_is_published(desk: Desk) -> None:
    made, stats = desk.stage(Staged(version("a"), [row("A")], duplicate=1))
    desk.run(desk.jobs.hold(made, "has_rows"))
    desk.again((made, stats))
    assert desk.curated("device") == [("A",)]
    assert desk.ledger("state, detail") == [("published", None)]
    assert desk.counts() == {("a", 1): (2, 1, 0, 1)}


def test_holding_what_is_published_changes_nothing(desk: Desk) -> None:
    made, _ = desk.publish(Staged(version("a"), [row("A")]))
    before = state(desk)
    desk.run(desk.jobs.hold(made, "has_rows"))
    assert state(desk) == before
