"""A backfill exchanges whole periods, once it is checked, under a lock and on record."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from google.api_core.exceptions import GoogleAPICallError

from atvos import builds, ledger, names, settings
from atvos.alter import live_columns
from atvos.backfill import MAX_DAYS, Backfill, BackfillError, CheckError, Request
from atvos.contract import Check, Operator
from atvos.models import Model
from atvos.periods import Period
from atvos.steps import ModelJobs
from atvos.table_work import RefusedError
from tests.atvos.desk import Desk, Staged, query, row, run
from tests.atvos.examples import check, model, version

SETTINGS = settings.load({})
FIRST, SECOND, THIRD = (date(2025, 6, day) for day in (1, 2, 3))


@dataclass
class Bench:
    """A published model over a feed of three days, and a query that says more than it did."""

    desk: Desk
    model: Model

    @property
    def client(self) -> Any:
        return self.desk.client.bigquery

    def backfill(self, first: date = FIRST, last: date = SECOND, **other: Any) -> Backfill:
        asked = replace(self.model, **other)
        request = Request(asked, first, last, "ana@atvos", "prices were wrong")
        sources = {names.curated_table(self.desk.feed.name): self.desk.feed}
        return Backfill(self.client, SETTINGS, request, request.build, sources)

    def km(self) -> dict[date, Decimal]:
        rows = query(self.client, f"SELECT seen_date, km FROM {self.model.view_name}")
        return {found["seen_date"]: found["km"] for found in rows}

    def records(self, columns: str) -> list[tuple[Any, ...]]:
        where = f"table_name = '{self.model.table_name}'"
        sql = f"SELECT {columns} FROM {names.BACKFILLS} WHERE {where} ORDER BY started_at"
        return [tuple(found.values()) for found in query(self.client, sql)]

    def lock(self) -> ledger.Lock | None:
        return ledger.lock_of(self.client, SETTINGS, self.model.table_name)


@pytest.fixture
def bench(append: Desk) -> Bench:
    """1 km a day, for three days."""
    times = [f"2025-06-0{day} 08:00" for day in (1, 2, 3)]
    made, _ = append.publish(Staged(version("a"), [row("A", time) for time in times]))
    source = names.curated_table(append.feed.name)
    columns = "device, seen_at, trip, seen_date"
    sql = f"SELECT {columns}, km * 1 AS km FROM {source} WHERE seen_date IN UNNEST(@days)"
    published = model(sql, name=f"fct_{append.feed.name}")
    steps = ModelJobs(SETTINGS, published, (append.feed,))
    build = builds.Build(published.name, (FIRST, SECOND, THIRD), (made.batch_id,), None)
    client = append.client.bigquery
    run(client, steps.prepare("1", live_columns(client, steps.looked_at)))
    run(client, steps.build(build))
    run(client, steps.publish(build))
    corrected = replace(published, query=sql.replace("km * 1", "km * 2"))
    return Bench(append, corrected)


def test_the_days_asked_for_are_exchanged_and_no_others(bench: Bench) -> None:
    assert bench.backfill().run() == 2
    assert bench.km() == {FIRST: Decimal(2), SECOND: Decimal(2), THIRD: Decimal(1)}


def test_whole_periods_are_exchanged(bench: Bench) -> None:
    monthly = {"period": Period.MONTH}
    build = bench.backfill(SECOND, SECOND, **monthly).preview()
    assert (build.partitions, build.days[0], build.days[-1]) == (
        (date(2025, 6, 1),),
        *(date(2025, 6, 1), date(2025, 6, 30)),
    )


def test_it_is_recorded_with_its_owner_and_the_lock_is_off(bench: Bench) -> None:
    backfill = bench.backfill()
    backfill.run()
    assert bench.records("backfill_id, owner, reason, first_day, last_day, state, row_count") == [
        (backfill.backfill_id, "ana@atvos", "prices were wrong", FIRST, SECOND, "published", 2)
    ]
    assert bench.records("ended_at IS NOT NULL, detail") == [(True, None)]
    assert bench.lock() is None


def test_the_models_that_read_it_find_the_days(bench: Bench) -> None:
    backfill = bench.backfill()
    backfill.run()
    client, view = bench.client, bench.model.view_name
    changes = ledger.new_changes(client, SETTINGS, "models.reader_v1", [view], THIRD)
    assert (FIRST, SECOND) in [change.days for change in changes]


def test_a_dry_run_writes_nothing(bench: Bench) -> None:
    before = bench.km()
    found = bench.backfill().preview()
    assert found.partitions == (FIRST, SECOND)
    assert (bench.km(), bench.records("state"), bench.lock()) == (before, [], None)


NO_ROWS: Check = check("rowCount", Operator.GREATER, 100, name="many_rows")


def test_rows_that_fail_a_check_are_not_exchanged(bench: Bench) -> None:
    before = bench.km()
    with pytest.raises(CheckError, match="many_rows"):
        bench.backfill(checks=(NO_ROWS,)).run()
    assert bench.km() == before
    ((state, detail, row_count),) = bench.records("state, detail, row_count")
    assert (state, row_count) == ("failed", 2)
    assert "many_rows" in detail
    assert bench.lock() is None


def test_a_query_that_fails_leaves_all_as_it_was_and_a_record(bench: Bench) -> None:
    before = bench.km()
    with pytest.raises(GoogleAPICallError):
        bench.backfill(query=bench.model.query.replace("km * 2", "ERROR('x')")).run()
    assert bench.km() == before
    assert bench.records("state") == [("failed",)]
    assert bench.lock() is None


@contextmanager
def locked(bench: Bench, hours: int = 1) -> Iterator[None]:
    """A lock of somebody else's."""
    columns = "table_name, token, owner, reason, acquired_at, expires_at"
    token = uuid.uuid4().hex
    query(
        bench.client,
        f"INSERT INTO {names.LOCKS} ({columns}) SELECT '{bench.model.table_name}', '{token}', "
        "'rui', 'test', CURRENT_TIMESTAMP(), "
        f"TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL {hours} HOUR)",
    )
    yield
    query(bench.client, f"DELETE FROM {names.LOCKS} WHERE token = '{token}'")


def test_while_somebody_else_holds_the_lock_nothing_is_done(bench: Bench) -> None:
    before = bench.km()
    with locked(bench), pytest.raises(RefusedError, match=r"is locked by rui until .*: test"):
        bench.backfill().run()
    assert (bench.km(), bench.records("state")) == (before, [])


def test_a_lock_that_was_left_behind_ends_by_itself(bench: Bench) -> None:
    with locked(bench, hours=-1):
        assert bench.backfill().run() == 2
    assert bench.lock() is None


def test_a_backfill_that_lost_its_lock_exchanges_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = bench.km()
    backfill = bench.backfill()

    def stolen(_: str) -> None:
        query(bench.client, f"DELETE FROM {names.LOCKS} WHERE owner = 'ana@atvos'")

    monkeypatch.setattr(backfill, "_check", stolen)
    with pytest.raises(GoogleAPICallError, match="has expired"):
        backfill.run()
    assert bench.km() == before


def test_a_scheduled_build_that_is_on_its_way_does_not_publish_meanwhile(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    backfill = bench.backfill()
    steps = ModelJobs(SETTINGS, bench.model, (bench.desk.feed,))
    scheduled = builds.Build(bench.model.name, (THIRD,), ("0c",), None)
    run(bench.client, steps.build(scheduled))

    def publish(_: str) -> None:
        with pytest.raises(GoogleAPICallError, match="is locked by a backfill"):
            run(bench.client, steps.publish(scheduled))

    monkeypatch.setattr(backfill, "_check", publish)
    backfill.run()
    run(bench.client, steps.publish(scheduled))
    assert bench.km() == dict.fromkeys((FIRST, SECOND, THIRD), Decimal(2))


@pytest.mark.parametrize(
    ("first", "last", "message"),
    [
        (SECOND, FIRST, "--to=2025-06-01 is before --from=2025-06-02"),
        (date(2000, 1, 1), FIRST, f"valid: at most {MAX_DAYS}"),
    ],
)
def test_days_that_are_none_or_too_many_are_refused(first: date, last: date, message: str) -> None:
    with pytest.raises(BackfillError, match=message):
        _ = Request(model(), first, last, "ana", "why").build
