"""Everything that is removed was listed first, and the rest of an environment is left alone."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import typer
from google.api_core.exceptions import NotFound
from typer.testing import CliRunner

from atvos import contract, names, settings, tables
from atvos.contract import LoadMode
from atvos.retention import command
from atvos.retention.store import Retention
from atvos.retention_operators import RetentionOperator
from local.client import Client
from local.environment import WORK_BUCKET
from tests.atvos.desk import Desk, Staged, query, row
from tests.atvos.examples import version

NOW = datetime.now(UTC)
LATER = NOW + timedelta(days=2)


@pytest.fixture
def desk(client: Client) -> Desk:
    """A feed of the test's own."""
    return Desk.open(client, LoadMode.APPEND_FIRST)


def retention(desk: Desk) -> Retention:
    return Retention(
        desk.client.bigquery,
        desk.client.storage,
        settings.load(),
        {desk.feed.name: desk.feed},
        {},
    )


def staged(desk: Desk) -> set[str]:
    """Names of the feed's staging tables."""
    found = desk.client.bigquery.list_tables(names.STAGING)
    return {table.table_id for table in found if table.table_id.startswith(desk.feed.name)}


def own(desk: Desk, now: datetime) -> list[str]:
    """Names of what is due of the feed."""
    return [item.name for item in retention(desk).due(now) if desk.feed.name in item.name]


def an_object(desk: Desk, name: str) -> Staged:
    item = version(f"{desk.feed.name}/{name}", created_at=NOW - timedelta(minutes=5))
    return Staged(item, [row("A")], rejects=["{"])


def test_a_published_batch_leaves_staging_and_a_held_or_open_one_stays(desk: Desk) -> None:
    published, _ = desk.publish(an_object(desk, "published"))
    held, _ = desk.stage(an_object(desk, "held"))
    desk.run(desk.jobs.hold(held, "has_rows"))
    desk.stage(an_object(desk, "open"))
    before = staged(desk)
    assert len(before) == 9
    assert own(desk, NOW) == []
    due = [item for item in retention(desk).due(LATER) if desk.feed.name in item.name]
    parts = ("", "__objects", "__rejects")
    assert {d.name for d in due} == {
        f"{desk.feed.name}__{published.batch_id}{part}" for part in parts
    }
    assert staged(desk) == before  # to list is to remove nothing
    assert retention(desk).remove(due) == 3
    assert staged(desk) == before - {item.name for item in due}
    assert own(desk, LATER) == []
    assert retention(desk).remove(due) == 3  # what is gone already is no error
    # Whatever went, rows, rejects and ledger are there.
    assert (len(desk.curated()), len(desk.ledger())) == (1, 2)


def test_a_batch_that_never_ended_goes_after_a_week(desk: Desk) -> None:
    desk.stage(an_object(desk, "open"))
    assert own(desk, NOW + timedelta(days=6, hours=23)) == []
    assert len(own(desk, NOW + timedelta(days=7, hours=1))) == 3


def test_without_ledgers_nothing_of_staging_is_due(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.publish(an_object(desk, "a"))

    def none(*_: object) -> list[dict[str, object]]:
        raise NotFound("no ledger")  # type: ignore[no-untyped-call]

    monkeypatch.setattr(Retention, "_query", none)
    assert [d for d in retention(desk).due(LATER) if d.kind == "staging table"] == []


def test_an_old_batch_folder_goes_and_a_young_one_stays(desk: Desk) -> None:
    bucket = desk.client.storage.bucket(WORK_BUCKET)
    folder = f"batches/{desk.feed.name}/{uuid.uuid4().hex}/"
    for name in ("manifest.json", "rows/a.parquet", "stats.json"):
        bucket.blob(folder + name).upload_from_string("{}")
    assert own(desk, NOW + timedelta(days=89)) == []
    at = NOW + timedelta(days=91)
    due = [item for item in retention(desk).due(at) if item.name == folder]
    assert [item.kind for item in due] == ["batch folder"]
    bucket.blob(f"{folder}stats.json").delete()  # the bucket's lifecycle was faster
    assert retention(desk).remove(due) == 1
    assert list(desk.client.storage.list_blobs(WORK_BUCKET, prefix=folder)) == []


def test_what_goes_by_itself_is_told_of_and_left(desk: Desk) -> None:
    desk.publish(an_object(desk, "a"))
    desk.client.upload(f"{desk.feed.name}/a", b"x")
    desk.feed = replace(desk.feed, retention=timedelta(days=60))
    at = NOW + timedelta(days=61)
    found = {promise.place: promise for promise in retention(desk).promises(at)}
    landing = found[f"gs://landing/{desk.feed.name}/"]
    assert (landing.days, landing.overdue) == (60, 1)
    assert found[tables.quarantine(desk.feed).table].days == 365
    assert found[tables.curated(desk.feed).table].days == 60
    assert len(desk.curated()) == 1


def test_the_operator_removes_what_was_due(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    batch, _ = desk.publish(an_object(desk, "a"))
    query(
        desk.client.bigquery,
        f"UPDATE `{names.OBJECT_LEDGER}` SET recorded_at = TIMESTAMP '2026-01-01 00:00:00+00' "
        f"WHERE landed_date > DATE '2000-01-01' AND batch_id = '{batch.batch_id}'",
    )
    monkeypatch.setattr("atvos.retention_operators.datetime", _Later)
    monkeypatch.setattr("atvos.retention_operators.bigquery_client", lambda _: desk.client.bigquery)
    monkeypatch.setattr("atvos.retention_operators.storage_client", lambda _: desk.client.storage)
    operator = RetentionOperator(
        task_id="remove",
        settings=settings.load(),
        feeds={desk.feed.name: desk.feed},
        models={},
    )
    assert operator.execute({}) >= 3
    assert staged(desk) == set()


class _Later(datetime):
    """A clock that is two days ahead."""

    @classmethod
    def now(cls, tz: object = None) -> datetime:  # type: ignore[override]  # noqa: ARG003
        return LATER


class TestCommand:
    """`atvos retention run`."""

    @pytest.fixture
    def app(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> typer.Typer:
        monkeypatch.setattr(contract, "load_feeds", lambda *_: {desk.feed.name: desk.feed})
        monkeypatch.setattr(command, "datetime", _Later)
        return command.app

    def test_a_dry_run_lists_and_removes_nothing(self, desk: Desk, app: typer.Typer) -> None:
        desk.publish(an_object(desk, "a"))
        before = staged(desk)
        done = CliRunner().invoke(app, ["run", "--dry-run"])
        assert done.exit_code == 0, done.output
        assert all(f"staging table {name}: published" in done.output for name in before)
        assert done.output.endswith("are due, nothing was removed\n")
        assert staged(desk) == before

    def test_what_is_due_is_removed(self, desk: Desk, app: typer.Typer) -> None:
        desk.publish(an_object(desk, "a"))
        done = CliRunner().invoke(app, ["run"])
        assert done.exit_code == 0, done.output
        assert staged(desk) == set()
