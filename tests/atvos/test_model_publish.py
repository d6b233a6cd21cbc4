"""A model's publish exchanges the days of its build, once, and never for older ones."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from google.api_core.exceptions import GoogleAPICallError

from atvos import ledger, names, settings
from atvos.alter import live_columns
from atvos.builds import Build
from atvos.ledger import Change
from atvos.models import Model
from atvos.steps import ModelJobs
from tests.atvos.desk import Desk, Staged, query, row, run
from tests.atvos.examples import LANDED, model, version

FIRST, SECOND = date(2025, 6, 1), date(2025, 6, 2)
AT_FIRST, AT_SECOND = "2025-06-01 08:00", "2025-06-02 08:00"


@dataclass
class Mart:
    """A model over one desk's feed."""

    desk: Desk
    model: Model

    @property
    def jobs(self) -> ModelJobs:
        return ModelJobs(settings.load(), self.model, (self.desk.feed,))

    def stage(self, *change_ids: str, days: tuple[date, ...] = (FIRST, SECOND)) -> Build:
        """Stage a build of these days on account of these changes."""
        build = Build(self.model.name, days, tuple(sorted(change_ids)), LANDED)
        live = live_columns(self.desk.client.bigquery, self.jobs.looked_at)
        run(self.desk.client.bigquery, self.jobs.prepare("mart", live))
        run(self.desk.client.bigquery, self.jobs.build(build))
        return build

    def publish(self, build: Build) -> None:
        run(self.desk.client.bigquery, self.jobs.publish(build))

    def rows(self) -> list[tuple[Any, ...]]:
        return self._read(f"SELECT device, seen_date, km FROM marts.{self.model.name}")

    def ledger(self, columns: str = "*") -> list[tuple[Any, ...]]:
        where = f"model = '{self.model.name}'"
        return self._read(f"SELECT {columns} FROM {names.MODEL_LEDGER} WHERE {where}")

    def _read(self, sql: str) -> list[tuple[Any, ...]]:
        found = query(self.desk.client.bigquery, sql)
        return sorted((tuple(item.values()) for item in found), key=repr)


@pytest.fixture
def mart(upsert: Desk) -> Mart:
    """A model that copies a feed whose rows can change."""
    columns = ", ".join(column.name for column in upsert.feed.columns)
    source = f"curated.{upsert.feed.name}"
    sql = f"SELECT {columns} FROM {source} WHERE seen_date IN UNNEST(@days)"
    return Mart(upsert, model(sql, name=f"fct_{upsert.feed.name}"))


def land(mart: Mart, name: str, generation: int, *rows: dict[str, Any]) -> str:
    """Publish an object of the model's source; returns its batch."""
    made, _ = mart.desk.publish(Staged(version(name, generation), list(rows)))
    return made.batch_id


def test_the_builds_rows_and_batches_are_both_there(mart: Mart) -> None:
    batch_id = land(mart, "a", 1, row("A", AT_FIRST), row("B", AT_SECOND))
    build = mart.stage(batch_id)
    mart.publish(build)
    assert mart.rows() == [("A", FIRST, Decimal(1)), ("B", SECOND, Decimal(1))]
    assert mart.ledger("change_id, build_id, days, last_event_at") == [
        (batch_id, build.build_id, [FIRST, SECOND], LANDED)
    ]


def test_only_the_builds_days_are_exchanged(mart: Mart) -> None:
    mart.publish(mart.stage(land(mart, "a", 1, row("A", AT_FIRST), row("B", AT_SECOND))))
    later = land(mart, "b", 2, row("A", AT_FIRST, km="2"), row("B", AT_SECOND, km="2"))
    mart.publish(mart.stage(later, days=(SECOND,)))
    assert mart.rows() == [("A", FIRST, Decimal(1)), ("B", SECOND, Decimal(2))]


def test_a_row_that_left_its_day_is_gone(mart: Mart) -> None:
    mart.publish(mart.stage(land(mart, "a", 1, row("A", AT_FIRST), row("B", AT_FIRST))))
    mart.publish(mart.stage(land(mart, "b", 2, row("A", AT_SECOND))))
    assert mart.rows() == [("A", SECOND, Decimal(1)), ("B", FIRST, Decimal(1))]


def test_published_twice_nothing_changes(mart: Mart) -> None:
    build = mart.stage(land(mart, "a", 1, row("A")))
    mart.publish(build)
    before = mart.rows(), mart.ledger()
    mart.publish(build)
    assert (mart.rows(), mart.ledger()) == before


def test_an_older_build_run_again_after_a_newer_one_changes_nothing(mart: Mart) -> None:
    first = land(mart, "a", 1, row("A", km="1"))
    older = mart.stage(first)
    mart.publish(older)
    mart.publish(mart.stage(land(mart, "b", 2, row("A", km="2"))))
    before = mart.rows(), mart.ledger()
    mart.publish(older)
    assert (mart.rows(), mart.ledger()) == before
    assert mart.rows() == [("A", FIRST, Decimal(2))]


def test_an_older_build_that_comes_late_does_not_undo_one_that_took_its_batch_in(
    mart: Mart,
) -> None:
    first = land(mart, "a", 1, row("A", km="1"))
    older = mart.stage(first)
    second = land(mart, "b", 2, row("A", km="2"))
    mart.publish(mart.stage(first, second))
    before = mart.rows(), mart.ledger()
    mart.publish(older)
    assert (mart.rows(), mart.ledger()) == before


def test_a_build_without_rows_empties_its_days_and_takes_its_batches_in(mart: Mart) -> None:
    mart.publish(mart.stage(land(mart, "a", 1, row("A", AT_FIRST))))
    moved = land(mart, "b", 2, row("A", AT_SECOND))
    mart.publish(mart.stage(moved, days=(FIRST,)))
    assert mart.rows() == []
    assert (moved,) in mart.ledger("change_id")


def test_where_a_statement_fails_neither_rows_nor_batches_are_there(mart: Mart) -> None:
    mart.publish(mart.stage(land(mart, "a", 1, row("A", km="1"))))
    before = mart.rows(), mart.ledger()
    build = mart.stage(land(mart, "b", 2, row("A", km="2")))
    staged = names.staging_table(mart.model.name, build.build_id)
    mart.desk.client.bigquery.delete_table(staged)
    with pytest.raises(GoogleAPICallError, match=build.build_id):
        mart.publish(build)
    assert (mart.rows(), mart.ledger()) == before


def test_a_build_without_event_time_is_recorded_without_one(mart: Mart) -> None:
    batch_id = land(mart, "a", 1, row("A"))
    mart.stage(batch_id)
    build = Build(mart.model.name, (FIRST,), (batch_id,), None)
    run(mart.desk.client.bigquery, mart.jobs.build(build))
    mart.publish(build)
    assert mart.ledger("last_event_at") == [(None,)]


def test_readers_see_the_rows_in_the_view(mart: Mart) -> None:
    mart.publish(mart.stage(land(mart, "a", 1, row("A", AT_FIRST))))
    table = mart.desk.client.bigquery.get_table(f"marts.{mart.model.name}")
    assert (table.table_type, mart.rows()) == ("VIEW", [("A", FIRST, Decimal(1))])


def test_a_new_version_is_a_new_table_that_readers_meet_once_it_is_filled(mart: Mart) -> None:
    mart.publish(mart.stage(land(mart, "a", 1, row("A", AT_FIRST))))
    second = Mart(mart.desk, replace(mart.model, version="2.0.0"))
    build = second.stage(land(mart, "b", 2, row("B", AT_SECOND)))
    assert mart.rows() == [("A", FIRST, Decimal(1))]
    second.publish(build)
    assert mart.rows() == [("A", FIRST, Decimal(1)), ("B", SECOND, Decimal(1))]
    old = query(mart.desk.client.bigquery, f"SELECT device FROM {mart.model.table_name}")
    assert old == [{"device": "A"}]


def test_a_published_build_is_a_change_for_the_models_that_read_it(mart: Mart) -> None:
    build = mart.stage(land(mart, "a", 1, row("A", AT_FIRST)))
    mart.publish(build)
    mart.publish(build)
    assert changes(mart) == [Change(mart.model.view_name, build.build_id, (FIRST, SECOND))]


def changes(mart: Mart) -> list[Change]:
    reader, sources = "models.fct_reader_v1", [mart.model.view_name]
    client = mart.desk.client.bigquery
    return ledger.new_changes(client, settings.load(), reader, sources, SECOND)


def test_while_a_table_is_locked_nothing_is_published(mart: Mart) -> None:
    build = mart.stage(land(mart, "a", 1, row("A", AT_FIRST)))
    lock(mart, "INTERVAL 1 HOUR")
    with pytest.raises(GoogleAPICallError, match="locked by a backfill"):
        mart.publish(build)
    assert (mart.rows(), mart.ledger(), changes(mart)) == ([], [], [])


def test_a_lock_that_ended_keeps_nobody_waiting(mart: Mart) -> None:
    build = mart.stage(land(mart, "a", 1, row("A", AT_FIRST)))
    lock(mart, "INTERVAL -1 SECOND")
    mart.publish(build)
    assert mart.rows() == [("A", FIRST, Decimal(1))]


def lock(mart: Mart, lasting: str) -> None:
    columns = "table_name, token, owner, reason, acquired_at, expires_at"
    query(
        mart.desk.client.bigquery,
        f"INSERT INTO `{names.LOCKS}` ({columns}) SELECT '{mart.model.table_name}', 't', 'ana', "
        f"'prices', CURRENT_TIMESTAMP(), TIMESTAMP_ADD(CURRENT_TIMESTAMP(), {lasting})",
    )


def test_a_model_without_partitions_is_exchanged_as_a_whole(snapshot: Desk) -> None:
    columns = ", ".join(column.name for column in snapshot.feed.columns)
    flat = model(
        f"SELECT {columns} FROM curated.{snapshot.feed.name}",
        name=f"dim_{snapshot.feed.name}",
        columns=snapshot.feed.columns,
    )
    mart = Mart(snapshot, flat)
    mart.publish(mart.stage(land(mart, "a", 1, row("A"), row("B")), days=()))
    assert mart.rows() == [("A", FIRST, Decimal(1)), ("B", FIRST, Decimal(1))]
    mart.publish(mart.stage(land(mart, "b", 2, row("C")), days=()))
    assert mart.rows() == [("C", FIRST, Decimal(1))]
