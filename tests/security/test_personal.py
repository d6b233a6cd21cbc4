"""No text of a person gets out of the curate job: every place is searched, logs at DEBUG too."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from local.client import Client
from local.sample import Answer, SampleObject, Settings, build
from local.stack import Stack
from tests.security.walk import Walk, contract, walk

pytestmark = pytest.mark.slow
FEEDS = ("trips", "occurrences", "app_logs")
"""The feeds with personal data."""


@pytest.fixture(scope="module")
def sample() -> tuple[list[SampleObject], Answer]:
    """A small sample with every kind of dirt."""
    until = datetime.now(UTC) - timedelta(minutes=10)
    return build(Settings(until=until, vehicles=8, days=3, events_per_vehicle_day=6))


@pytest.fixture
def client(emulators: Stack, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A client of the emulators, with a key for pseudonyms."""
    monkeypatch.setenv("ATVOS_PII_KEY", "a key of the tests, and of them only")
    return Client(emulators)


def objects_of(sample: tuple[list[SampleObject], Answer], feed: str) -> Iterator[SampleObject]:
    """What lands first of a feed."""
    for item in sample[0]:
        if (item.feed, item.wave) == (feed, 1) and not item.name.endswith("/"):
            yield item


def found_in(walked: Walk, secrets: frozenset[str]) -> list[str]:
    """The places that tell of a person."""
    return [place for place, text in walked.told() if any(s in text for s in secrets)]


@pytest.mark.parametrize("feed", FEEDS)
def test_no_place_and_no_line_of_a_log_tells_of_a_person(
    feed: str,
    client: Client,
    sample: tuple[list[SampleObject], Answer],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    secrets = sample[1].secrets
    landed = list(objects_of(sample, feed))
    raw = b"".join(item.content for item in landed).decode("latin-1")
    assert len([s for s in secrets if s.encode().decode("latin-1") in raw]) > 5
    caplog.set_level(logging.DEBUG)

    walked = walk(client, contract(tmp_path, feed), landed)

    said = "\n".join([caplog.text, *capfd.readouterr()])
    assert [secret for secret in secrets if secret in said] == []
    assert found_in(walked, secrets) == []
    # What was searched is what there is to search.
    assert "DEBUG" in caplog.text
    assert "judged" in said
    places = dict(walked.told())
    assert walked.desk.curated()
    assert len(walked.desk.quarantined()) == sample[1].after_wave(1).feeds[feed].rejected
    assert len([place for place in places if place.startswith("staging.")]) == 3
    assert any(place.startswith("Data Docs ") for place in places)
    assert walked.batch_id in places["XComs"]
    assert f"dataset:{walked.desk.feed.name}" in places["metrics"]


def test_a_column_that_nobody_has_classified_is_found_wherever_it_gets(
    client: Client, sample: tuple[list[SampleObject], Answer], tmp_path: Path
) -> None:
    leaking = contract(tmp_path, "trips", leaking="motorista_hash")

    walked = walk(client, leaking, objects_of(sample, "trips"))

    places = {place.partition(".")[0] for place in found_in(walked, sample[1].secrets)}
    assert {"curated", "quarantine", "staging"} <= places


def test_a_line_of_a_log_that_tells_is_found(
    sample: tuple[list[SampleObject], Answer], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = max(sample[1].secrets, key=len)

    logging.getLogger("atvos.planted").debug("read %s", secret)

    assert secret in caplog.text
