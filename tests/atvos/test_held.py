"""A held batch is published by somebody who answers for it, once, and nobody else's is."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from atvos import contract, names, settings
from atvos.batch import Batch, BatchStats
from atvos.batch_store import BatchStore
from atvos.cli import app
from atvos.contract import LoadMode
from atvos.held import HeldBatches, ReleaseError
from local.client import Client
from local.environment import WORK_BUCKET
from tests.atvos.desk import Desk, Staged, query, row
from tests.atvos.examples import version

WHY = "has_rows, valid_ratio: 0.5"


@pytest.fixture
def desk(client: Client) -> Desk:
    """A feed of the test's own."""
    return Desk.open(client, LoadMode.APPEND_FIRST)


@pytest.fixture
def batches(client: Client, desk: Desk) -> HeldBatches:
    """The held batches of all feeds, of which this test's is known."""
    feeds = {desk.feed.name: desk.feed}
    return HeldBatches(client.bigquery, client.storage, settings.load(), feeds)


def hold(desk: Desk, name: str = "a.ndjson") -> tuple[Batch, BatchStats]:
    """Stage a batch with two good rows and a bad one, and hold it back."""
    at = datetime.now(UTC) - timedelta(minutes=1)
    item = version(f"{desk.feed.name}/{name}", created_at=at)
    minute = f"{at:%Y-%m-%d %H:%M}"
    made, stats = desk.stage(Staged(item, [row("A", minute), row("B", minute)], rejects=["{"]))
    store = BatchStore(desk.client.storage, WORK_BUCKET, desk.feed)
    store.claim(made, uuid.uuid4().hex)
    folder = names.batch_prefix(desk.feed.name, made.batch_id)
    stats_file = desk.client.storage.bucket(WORK_BUCKET).blob(f"{folder}stats.json")
    stats_file.upload_from_string(stats.to_json())
    desk.run(desk.jobs.hold(made, WHY))
    return made, stats


def test_it_is_listed_with_what_holds_it(desk: Desk, batches: HeldBatches) -> None:
    made, _ = hold(desk)
    found = batches.find(made.batch_id)
    assert found.line() == (
        f"{made.batch_id} of {desk.feed.name}: 1 objects, 3 rows read, 2 valid, 1 rejected; "
        f"held by {WHY}"
    )


def test_released_it_is_published_once_with_name_and_reason_on_record(
    desk: Desk, batches: HeldBatches
) -> None:
    made, _ = hold(desk)
    assert desk.curated() == []
    found = batches.find(made.batch_id)
    for _ in range(2):  # the second time changes nothing
        batches.release(found, "ana@example.com", "the carrier confirmed it's so")
    assert len(desk.curated()) == 2
    assert desk.ledger("state, detail, rows_valid") == [("published", None, 2)]
    record = query(
        desk.client.bigquery,
        f"SELECT owner, reason, detail FROM `{names.RELEASES}` WHERE batch_id = '{made.batch_id}'",
    )
    assert record[0] == {
        "owner": "ana@example.com",
        "reason": "the carrier confirmed it's so",
        "detail": WHY,
    }
    changes = query(
        desk.client.bigquery,
        f"SELECT change_id FROM `{names.TABLE_CHANGES}` WHERE change_id = '{made.batch_id}'",
    )
    assert len(changes) == 1
    assert made.batch_id not in {held.batch_id for held in batches.all()}


def test_what_was_staged_may_have_expired(desk: Desk, batches: HeldBatches) -> None:
    made, _ = hold(desk)
    for part in ("", "objects"):
        table = names.staging_table(desk.feed.name, made.batch_id, part)
        desk.client.bigquery.delete_table(table)
    batches.release(batches.find(made.batch_id), "ana@example.com", "late")
    assert len(desk.curated()) == 2


def test_another_held_batch_stays_held(desk: Desk, batches: HeldBatches) -> None:
    first, _ = hold(desk)
    second, _ = hold(desk, "b.ndjson")
    batches.release(batches.find(first.batch_id), "ana@example.com", "this one alone")
    assert second.batch_id in {held.batch_id for held in batches.all()}
    assert len(desk.curated()) == 2


@pytest.mark.parametrize("batch_id", ["0" * 20, "x' OR TRUE", ""])
def test_what_is_not_held_is_refused(batch_id: str, desk: Desk, batches: HeldBatches) -> None:
    made, _ = hold(desk)
    with pytest.raises(ReleaseError, match=f"is not held; valid: .*{made.batch_id}"):
        batches.find(batch_id)


def test_without_a_reason_it_is_refused(desk: Desk, batches: HeldBatches) -> None:
    made, _ = hold(desk)
    with pytest.raises(ReleaseError, match="--reason is empty"):
        batches.release(batches.find(made.batch_id), "ana@example.com", "  ")
    assert desk.curated() == []


def test_a_feed_without_a_contract_is_refused(desk: Desk, client: Client) -> None:
    made, _ = hold(desk)
    strangers = HeldBatches(client.bigquery, client.storage, settings.load(), {})
    with pytest.raises(ReleaseError, match="which has no contract"):
        strangers.find(made.batch_id)


class TestCommand:
    """`atvos release`."""

    @pytest.fixture(autouse=True)
    def _known(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        feeds = {desk.feed.name: replace(desk.feed)}
        monkeypatch.setattr(contract, "load_feeds", lambda *_: feeds)

    def test_without_a_batch_all_are_listed(self, desk: Desk) -> None:
        made, _ = hold(desk)
        done = CliRunner().invoke(app, ["release"])
        assert done.exit_code == 0
        assert made.batch_id in done.output

    def test_a_dry_run_publishes_nothing(self, desk: Desk) -> None:
        made, _ = hold(desk)
        done = CliRunner().invoke(app, ["release", made.batch_id, "--reason", "x", "--dry-run"])
        assert (done.exit_code, len(done.output.splitlines())) == (0, 1)
        assert desk.curated() == []

    def test_it_is_published(self, desk: Desk) -> None:
        made, _ = hold(desk)
        options = ["--reason", "x", "--owner", "ana@example.com"]
        done = CliRunner().invoke(app, ["release", made.batch_id, *options])
        assert done.exit_code == 0, done.output
        assert done.output.endswith("is published; the marts take it in with their next run\n")
        assert len(desk.curated()) == 2

    def test_what_is_not_held_ends_with_2(self) -> None:
        done = CliRunner().invoke(app, ["release", "0" * 20, "--reason", "x"])
        assert done.exit_code == 2
        assert "is not held" in done.output
