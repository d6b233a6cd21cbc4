"""A hostile object name is listed, read, published and looked up as the text that it is."""

from __future__ import annotations

import re
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from atvos import names as table_names
from atvos import sense
from atvos.batch import Batch, ObjectVersion, next_batch
from atvos.contract import LoadMode
from local.client import Client
from local.environment import LANDING_BUCKET
from local.stack import Stack
from tests.atvos.desk import Desk, Staged
from tests.atvos.desk import row as table_row
from tests.atvos.examples import LANDED, version
from tests.corpus import runner
from tests.corpus.names import HOSTILE, LONGEST
from tests.corpus.recipe import NOW, Recipe, Shelf, verdict
from tests.corpus.rows import between

FEED = "telemetry_events"
_UP = re.compile(r"(^|[/\\\\])\.\.([/\\\\]|$)")
"""What the emulator, which keeps objects as files, takes for the folder above it."""
_ID = re.compile(r"[A-Za-z0-9_-]{1,200}")


@pytest.fixture(scope="module")
def client(emulators: Stack) -> Client:
    """A client of the emulators."""
    return Client(emulators)


@pytest.fixture(scope="module")
def prefix() -> str:
    """A landing folder that no other test has."""
    return f"hostile_{uuid.uuid4().hex[:8]}"


def landed(prefix: str) -> list[str]:
    """The hostile names below the folder, none longer than a name may be."""
    rooms = LONGEST - len(prefix) - 1
    texts = [text.encode()[:rooms].decode() for text in HOSTILE.values()]
    return [f"{prefix}/{text}" for text in texts]


def recipes(prefix: str) -> list[Recipe]:
    """An object of two good records for each name."""
    shelf = Shelf("name", FEED, "")
    return [
        replace(shelf.made(str(n), *between(f"gcs-{n}")), object=name)
        for n, name in enumerate(landed(prefix))
        if not _UP.search(name)
    ]


def test_objects_with_hostile_names_are_listed_and_read_from_the_bucket(
    client: Client, prefix: str, tmp_path: Path
) -> None:
    due = recipes(prefix)
    for recipe in due:
        client.upload(recipe.object, recipe.content)
    for placeholder in (f"{prefix}/2025/", f"{prefix}/a#b/"):
        client.upload(placeholder, b"")
    listed = sense.list_objects(client.storage, LANDING_BUCKET, prefix)
    assert sorted(item.name for item in listed) == sorted(recipe.object for recipe in due)
    assert any(len(item.name.encode()) == LONGEST for item in listed)
    found = runner.read(curated(listed, tmp_path))
    told = [t for recipe in due for t in runner.differences(recipe.verdict, found[recipe.object])]
    assert told == []


def curated(listed: list[ObjectVersion], folder: Path) -> Path:
    """A batch folder of objects in the bucket, curated."""
    batch = Batch(FEED, NOW, tuple(listed))
    (folder / "manifest.json").write_text(batch.to_json(), encoding="utf-8")
    contract = (runner.CONTRACTS / f"{FEED}.odcs.yaml").read_bytes()
    (folder / f"{FEED}.odcs.yaml").write_bytes(contract)
    runner.run_job(folder)
    return folder


def test_hostile_names_are_published_and_found_again_as_they_are(client: Client) -> None:
    desk = Desk.open(client, LoadMode.APPEND_FIRST)
    texts = landed(desk.feed.name)
    staged = [
        Staged(version(text, n + 1), [table_row(f"V-{n}")], rejects=["x"])
        for n, text in enumerate(texts)
    ]
    batch, _ = desk.publish(*staged)
    desk.run(desk.jobs.quarantine(batch))
    assert sorted(desk.counts()) == sorted((text, n + 1) for n, text in enumerate(texts))
    assert sorted(desk.curated("source_object")) == sorted((text,) for text in texts)
    assert sorted(desk.quarantined("source_object")) == sorted((text,) for text in texts)
    assert next_batch(desk.feed.name, batch.objects, _keys(desk), LANDED, 1000, 1 << 30) is None


def _keys(desk: Desk) -> set[tuple[str, str, int]]:
    return {("landing", name, generation) for name, generation in desk.counts()}


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_what_is_named_after_a_batch_has_nothing_of_an_objects_name(name: str) -> None:
    batch = Batch(FEED, datetime(2025, 6, 1, tzinfo=UTC), (version(f"{FEED}/{name}"),))
    made = [
        table_names.dataflow_job(FEED, batch.batch_id),
        table_names.bigquery_job("publish", FEED, batch.batch_id),
        table_names.staging_table(FEED, batch.batch_id).replace(".", "_"),
        table_names.batch_prefix(FEED, batch.batch_id).replace("/", "_"),
    ]
    assert [text for text in made if not _ID.fullmatch(text)] == []


def test_a_manifest_keeps_a_hostile_name() -> None:
    objects = tuple(version(f"{FEED}/{name}") for name in HOSTILE.values())
    batch = Batch(FEED, datetime(2025, 6, 1, tzinfo=UTC), objects)
    assert Batch.from_json(batch.to_json().encode()) == batch


def test_names_that_look_alike_are_objects_of_their_own() -> None:
    pairs = [("caf\u00e9", "cafe\u0301"), ("a/b", "a//b"), ("a", "a ")]
    for left, right in pairs:
        ids = {Batch(FEED, NOW, (version(name),)).batch_id for name in (left, right)}
        assert len(ids) == 2


def test_a_name_that_is_not_the_due_one_is_told() -> None:
    """The comparison of the first test itself."""
    nothing = dict.fromkeys(("read", "valid", "rejected", "duplicate"), 0)
    assert list(runner.differences(verdict(between("x")), runner.Found(nothing)))
