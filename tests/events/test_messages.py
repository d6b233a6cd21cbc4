"""A message tells of one generation of one object of a feed, or is ignored with a reason."""

from __future__ import annotations

import json
from typing import Any

import pytest

from atvos.events import messages
from atvos.events.messages import Ignored, Notice, Told
from tests.events.payloads import BUCKET, event_of, received

FEED = "trips"
NAME = "trips/2026/11/28/a.ndjson"


def read(*received_messages: Any) -> Told:
    """What the feed is told."""
    return messages.read(event_of(*received_messages), BUCKET, FEED)


def test_a_new_object_is_told_of() -> None:
    told = read(received(NAME, 7))

    assert told == Told(1, frozenset({Notice(BUCKET, NAME, 7)}))
    assert str(told) == "1 messages tell of 1 objects"


def test_a_generation_that_replaced_another_is_told_of_as_what_it_is() -> None:
    told = read(received(NAME, 8, overwroteGeneration="7"))

    assert told.notices == {Notice(BUCKET, NAME, 8)}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"eventType": "OBJECT_DELETE", "overwrittenByGeneration": "9"}, Ignored.OTHER_EVENT),
        ({"eventType": "OBJECT_ARCHIVE"}, Ignored.OTHER_EVENT),
        ({"eventType": "OBJECT_METADATA_UPDATE"}, Ignored.OTHER_EVENT),
        ({"bucketId": "landing-of-somebody"}, Ignored.OTHER_BUCKET),
        ({"objectId": "occurrences/a.csv"}, Ignored.OTHER_FEED),
        ({"objectId": "trips_v2/a.csv"}, Ignored.OTHER_FEED),
        ({"objectId": "/trips/a.csv"}, Ignored.OTHER_FEED),
        ({"objectId": "../trips/a.csv"}, Ignored.OTHER_FEED),
        ({"objectId": "trips/2026/"}, Ignored.FOLDER),
        ({"objectId": None}, Ignored.MALFORMED),
        ({"objectId": ""}, Ignored.MALFORMED),
        ({"objectId": "trips/" + "é" * 510}, Ignored.MALFORMED),
        ({"bucketId": None}, Ignored.MALFORMED),
        ({"eventType": None}, Ignored.MALFORMED),
        ({"objectGeneration": None}, Ignored.MALFORMED),
        ({"objectGeneration": "-1"}, Ignored.MALFORMED),
        ({"objectGeneration": "1e9"}, Ignored.MALFORMED),
        ({"objectGeneration": "٣"}, Ignored.MALFORMED),
        ({"objectGeneration": "9" * 40}, Ignored.MALFORMED),
    ],
)
def test_what_is_about_no_object_of_the_feed_is_ignored(
    changes: dict[str, str | None], why: Ignored
) -> None:
    told = read(received(NAME, 7, **changes))

    assert told == Told(1, frozenset(), {why: 1})
    assert str(told).endswith(f"; 1 {why}")


@pytest.mark.parametrize(
    "name",
    [
        "trips/a b'; DROP TABLE t; --.ndjson",
        'trips/"quoted" #1?x=%2e%2e.ndjson',
        "trips/../../etc/passwd",
        "trips/{feed}.ndjson",
        "trips/\u202eabc.ndjson",
        "trips/" + "a" * 1018,
    ],
)
def test_a_hostile_name_is_a_name(name: str) -> None:
    told = read(received(name, 7))

    assert told.notices == {Notice(BUCKET, name, 7)}
    # It stands in no line of a log.
    assert name not in str(told)


def test_doubled_and_reordered_messages_tell_the_same() -> None:
    first, second = received(NAME, 7), received(NAME, 8)

    assert read(first, second).notices == read(second, first, second, first).notices
    assert read(second, first, second).messages == 3


@pytest.mark.parametrize(
    "event",
    [
        None,
        [],
        "landed",
        {},
        {"status": "success"},
        {"status": "success", "message": None},
        {"status": "success", "message": "x"},
        {"status": "success", "message": {"message": {}}},
    ],
)
def test_an_event_without_messages_tells_nothing(event: Any) -> None:
    assert messages.read(event, BUCKET, FEED) == Told(0)


@pytest.mark.parametrize(
    "message",
    [
        None,
        1,
        [],
        {},
        {"message": None},
        {"message": {"attributes": None}},
        {"message": {"attributes": ["eventType"]}},
        {"message": {"attributes": {"eventType": 1, "objectId": {}, "bucketId": []}}},
    ],
)
def test_a_message_of_another_form_is_malformed(message: Any) -> None:
    told = messages.read({"message": [message]}, BUCKET, FEED)

    assert told == Told(1, frozenset(), {Ignored.MALFORMED: 1})


def test_an_event_goes_through_json_as_it_does_between_processes() -> None:
    event = event_of(received(NAME, 7), received(NAME, 8, bucketId="x"))

    told = messages.read(json.loads(json.dumps(event)), BUCKET, FEED)

    assert told == Told(2, frozenset({Notice(BUCKET, NAME, 7)}), {Ignored.OTHER_BUCKET: 1})
