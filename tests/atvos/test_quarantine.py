"""Rejects are kept once, with the line and every reason, whatever is run again."""

from datetime import date

from tests.atvos.desk import Desk, Staged, row
from tests.atvos.examples import version


def test_a_reject_is_kept_with_its_line_its_reasons_and_where_it_was(append: Desk) -> None:
    line = "{\"device\": 'x'; ônibus\\"
    made, _ = append.stage(Staged(version("a", 7), [row("A")], rejects=[line]))
    append.run(append.jobs.quarantine(made))
    columns = "landed_date, batch_id, source_bucket, source_object, source_generation"
    assert append.quarantined(f"{columns}, source_position, reasons, detail, line") == [
        (
            *(date(2025, 6, 2), made.batch_id, "landing", "a", 7),
            *(1000, ["malformed_json"], None, line),
        )
    ]


def test_quarantined_twice_every_column_is_the_same(append: Desk) -> None:
    made, _ = append.stage(Staged(version("a"), rejects=["{", "[", "{"]))
    append.run(append.jobs.quarantine(made))
    before = append.quarantined()
    append.run(append.jobs.quarantine(made))
    assert len(before) == 3
    assert append.quarantined() == before


def test_rejects_of_an_object_in_two_batches_are_kept_once(append: Desk) -> None:
    shared = Staged(version("a", 1), rejects=["{"])
    first, _ = append.stage(shared)
    second, _ = append.stage(shared, Staged(version("b", 2), rejects=["["]))
    append.run(append.jobs.quarantine(first))
    append.run(append.jobs.quarantine(second))
    assert append.quarantined("source_object, batch_id") == [
        ("a", first.batch_id),
        ("b", second.batch_id),
    ]


def test_the_same_line_of_another_generation_is_another_reject(append: Desk) -> None:
    for generation in (1, 2):
        made, _ = append.stage(Staged(version("a", generation), rejects=["{"]))
        append.run(append.jobs.quarantine(made))
    assert append.quarantined("source_generation") == [(1,), (2,)]


def test_a_batch_without_rejects_leaves_quarantine_as_it_is(append: Desk) -> None:
    made, _ = append.stage(Staged(version("a"), [row("A")]))
    append.run(append.jobs.quarantine(made))
    assert append.quarantined() == []
