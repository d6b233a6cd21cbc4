"""A batch's folder: claimed once, read back whole, and missing files are named."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from google.api_core.exceptions import PreconditionFailed

from atvos import names
from atvos.batch_store import BatchStore
from atvos.contract import Severity
from atvos.quality import CheckResult, CheckState
from local.client import Client
from local.environment import WORK_BUCKET
from tests.atvos.desk import Desk
from tests.atvos.examples import batch, positions, stats, version

FAILED = CheckResult("has_rows", CheckState.FAILED, Severity.ERROR, "0", "1", ("km",))


@pytest.fixture
def store(client: Client) -> BatchStore:
    """The batches of a feed that no other test has."""
    feed = positions(name=f"stored_{uuid.uuid4().hex[:8]}")
    return BatchStore(client.storage, WORK_BUCKET, feed)


def test_a_claimed_batch_comes_back_whole_and_by_its_run(store: BatchStore) -> None:
    made = batch(version("ônibus 'x'.ndjson"), version("b", 2), feed=store.feed.name)
    assert store.claim(made, "manual__2025-06-01T00:00:00+00:00") == made
    assert store.claimed("manual__2025-06-01T00:00:00+00:00") == made.batch_id
    assert store.batch(made.batch_id) == made


def test_of_two_claims_of_a_batch_the_first_writers_now_stays(store: BatchStore) -> None:
    first = batch(feed=store.feed.name)
    later = replace(first, created_at=first.created_at + timedelta(hours=1))
    store.claim(first, "run_1")
    assert store.claim(later, "run_2") == first
    assert store.claimed("run_2") == first.batch_id


def test_a_runs_first_claim_stays(store: BatchStore) -> None:
    first = store.claim(batch(version("a"), feed=store.feed.name), "run")
    store.claim(batch(version("b"), feed=store.feed.name), "run")
    assert store.claimed("run") == first.batch_id


@dataclass
class Raced:
    """A bucket in which somebody else writes each object between a look and a write.

    It keeps to preconditions, which the emulator does not.
    """

    content: dict[str, str]
    generations: list[int] = field(default_factory=list)
    name: str = ""

    def bucket(self, _: str) -> "Raced":
        return self

    def blob(self, name: str) -> "Raced":
        return replace(self, name=name)

    def exists(self) -> bool:
        return False

    def upload_from_string(self, *_: str, if_generation_match: int) -> None:
        self.generations.append(if_generation_match)
        raise PreconditionFailed("it is there")  # type: ignore[no-untyped-call]

    def download_as_text(self, **_: str) -> str:
        return self.content[self.name.rpartition("/")[2]]


def test_of_two_claims_at_once_the_first_writers_stays() -> None:
    first = batch()
    client: Any = Raced({"manifest.json": first.to_json()})
    store = BatchStore(client, WORK_BUCKET, positions())
    later = replace(first, created_at=first.created_at + timedelta(hours=1))
    assert store.claim(later, "run") == first
    assert client.generations == [0, 0, 0]


def test_a_run_that_claimed_nothing_has_no_batch(store: BatchStore) -> None:
    assert store.claimed("run") is None


def test_the_contract_is_kept_as_it_was(store: BatchStore) -> None:
    made = store.claim(batch(feed=store.feed.name), "run")
    name = f"{names.batch_prefix(store.feed.name, made.batch_id)}{store.feed.path.name}"
    kept = store.client.bucket(WORK_BUCKET).blob(name).download_as_text()
    assert kept == store.feed.path.read_text(encoding="utf-8")


def test_stats_are_there_when_the_job_is_done(store: BatchStore) -> None:
    found = stats("0a")
    assert not store.is_curated("0a")
    blob = f"{names.batch_prefix(store.feed.name, '0a')}stats.json"
    store.client.bucket(WORK_BUCKET).blob(blob).upload_from_string(found.to_json())
    assert (store.is_curated("0a"), store.stats("0a")) == (True, found)


def test_the_latest_audit_replaces_the_one_before(store: BatchStore) -> None:
    store.write_audit("0a", [FAILED, FAILED])
    store.write_audit("0a", [FAILED])
    assert store.audit("0a") == [FAILED.to_dict() | {"columns": ["km"]}]


@pytest.mark.parametrize(
    ("read", "file"),
    [
        (BatchStore.batch, "manifest.json"),
        (BatchStore.stats, "stats.json"),
        (BatchStore.audit, "audit.json"),
    ],
)
def test_what_is_not_there_is_named_with_its_uri(
    store: BatchStore, read: Callable[[BatchStore, str], object], file: str
) -> None:
    with pytest.raises(FileNotFoundError) as missing:
        read(store, "0a")
    assert str(missing.value) == f"{store.folder_uri('0a')}/{file}"


def test_a_batchs_folder_is_the_one_that_the_curate_job_is_given(append: Desk) -> None:
    store = BatchStore(append.client.storage, WORK_BUCKET, append.feed)
    assert store.folder_uri("0a") == f"gs://work/batches/{append.feed.name}/0a"
