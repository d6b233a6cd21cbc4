"""What the page reads on the emulators, and how long it keeps it."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from atvos import data_docs, settings
from atvos.web.data import KEPT_SECONDS, SAMPLES_PER_REASON, Cached, Stored
from local.client import Client
from local.environment import WORK_BUCKET
from local.stack import Stack
from tests.atvos.desk import Desk, Staged, row
from tests.atvos.examples import positions, version


class Counter:
    """A clock and a value that counts how often it was read."""

    def __init__(self) -> None:
        self.now = 0.0
        self.reads = 0

    def read(self) -> int:
        self.reads += 1
        return self.reads


def test_a_value_is_kept_for_fifteen_seconds() -> None:
    counter = Counter()
    cached = Cached(counter.read, clock=lambda: counter.now)
    assert (cached.get(), cached.get()) == (1, 1)
    counter.now = KEPT_SECONDS - 0.1
    assert cached.get() == 1
    counter.now = KEPT_SECONDS
    assert cached.get() == 2


def test_a_read_that_failed_is_not_kept() -> None:
    answers = iter([ConnectionError("no"), None])

    def read() -> str:
        error = next(answers)
        if error is not None:
            raise error
        return "value"

    cached = Cached(read)
    with pytest.raises(ConnectionError):
        cached.get()
    assert cached.get() == "value"


@pytest.fixture
def desk(emulators: Stack) -> Desk:
    """The desk of a feed under a name that no other test has."""
    return Desk(Client(emulators), positions(name=f"positions_{uuid.uuid4().hex[:8]}"))


@pytest.fixture
def stored(emulators: Stack) -> Stored:
    """The data of the emulators."""
    return Stored(settings.load({**emulators.environment()}))


def landed(desk: Desk, **rejects: int) -> None:
    """Publish an object for each reason, landed a minute ago, with so many rejects."""
    at = datetime.now(UTC) - timedelta(minutes=1)
    rows = [row("A", f"{at:%Y-%m-%d %H:%M}")]
    staged = [
        Staged(
            version(f"{desk.feed.name}/{reason}.ndjson", created_at=at),
            rows,
            rejects=["x" * 900] * count,
            reason=reason,
        )
        for reason, count in rejects.items()
    ]
    made, stats = desk.stage(*staged)
    desk.run(desk.jobs.quarantine(made))
    desk.run(desk.jobs.publish(made, stats))


def test_samples_are_a_few_rejects_of_every_reason_cut_to_a_length(
    desk: Desk, stored: Stored
) -> None:
    landed(desk, late=SAMPLES_PER_REASON + 2, too_long=1)
    found = stored.samples(desk.feed)
    assert [sample["reasons"] for sample in found] == [
        *[["late"]] * SAMPLES_PER_REASON,
        ["too_long"],
    ]
    assert found[0]["line"] == "x" * 500
    assert found[0]["source_object"] == f"{desk.feed.name}/late.ndjson"


def test_a_feed_that_never_ran_has_no_samples(stored: Stored) -> None:
    assert stored.samples(replace(positions(), name="never_ran")) == []


def test_every_dataset_of_the_repository_has_a_state(stored: Stored) -> None:
    found = stored.states()
    assert {"trips", "vehicles", "fct_km_divergence"} <= set(found)
    assert stored.states() is found


class TestDocs:
    """Pages below data_docs/ and nothing else of the bucket."""

    @pytest.fixture
    def written(self, desk: Desk) -> str:
        """The id of a run of ``trips`` with a page."""
        run_id = uuid.uuid4().hex[:20]
        bucket = desk.client.storage.bucket(WORK_BUCKET)
        for name in (data_docs.object_name("trips", run_id), "secret/index.html"):
            bucket.blob(name).upload_from_string("<p>é</p>".encode(), "text/html; charset=utf-8")
        return run_id

    def test_a_run_with_a_page_is_listed_and_read(self, stored: Stored, written: str) -> None:
        assert [run_id for run_id, _ in stored.docs("trips", ["0a", written])] == [written]
        assert stored.page("trips", written) == "<p>é</p>"

    def test_a_dataset_without_pages_has_none(self, stored: Stored, written: str) -> None:
        assert stored.docs("vehicles", [written]) == []
        assert stored.page("vehicles", written) is None

    @pytest.mark.parametrize("run_id", ["../../secret", "..", "", "0A", "0a/", "0a\n", "a" * 65])
    def test_what_does_not_look_like_a_run_is_not_asked_for(
        self, stored: Stored, run_id: str
    ) -> None:
        assert stored.page("trips", run_id) is None

    @pytest.mark.parametrize("dataset", ["../secret", "secret", ""])
    def test_what_is_no_dataset_is_not_asked_for(
        self, stored: Stored, dataset: str, written: str
    ) -> None:
        assert stored.page(dataset, written) is None
