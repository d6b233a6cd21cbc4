"""What Pub/Sub says of objects in the landing bucket, taken from its messages' attributes.

Nothing that a message says is believed: a batch is made of the listing minus the ledger. It is only
told, in numbers, what woke a run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from atvos import names

FINALIZED = "OBJECT_FINALIZE"
"""The type of the event that an object, or another generation of it, is there."""

LONGEST_NAME = 1024
"""Bytes that an object's name has at most."""

_LARGEST = (1 << 63) - 1


class Ignored(StrEnum):
    """Why a message is about no object that a feed could take."""

    MALFORMED = "malformed"
    OTHER_EVENT = "of another event"
    OTHER_BUCKET = "of another bucket"
    OTHER_FEED = "of another feed"
    FOLDER = "of a folder"


@dataclass(frozen=True, slots=True)
class Notice:
    """A message says that this generation of this object is there."""

    bucket: str
    name: str
    generation: int


@dataclass(frozen=True, slots=True)
class Told:
    """What messages say of one feed: its objects, each once, and how many were about none."""

    messages: int
    notices: frozenset[Notice] = frozenset()
    ignored: Mapping[Ignored, int] = field(default_factory=dict)

    def __str__(self) -> str:
        """In numbers: names of objects are somebody else's texts."""
        text = f"{self.messages} messages tell of {len(self.notices)} objects"
        counts = [f"{count} {why}" for why, count in sorted(self.ignored.items())]
        return f"{text}; {', '.join(counts)}" if counts else text


def read(event: Any, bucket: str, feed: str) -> Told:
    """What the event of the provider's pull trigger says of a feed; never an exception."""
    found: set[Notice] = set()
    ignored: Counter[Ignored] = Counter()
    messages = list(_messages(event))
    for message in messages:
        match notice(message, bucket, feed):
            case Ignored() as why:
                ignored[why] += 1
            case about:
                found.add(about)
    return Told(len(messages), frozenset(found), dict(ignored))


def notice(message: Any, bucket: str, feed: str) -> Notice | Ignored:
    """What one received message says, or why it says nothing of the feed."""
    attributes = _attributes(message)
    place, name = attributes.get("bucketId", ""), attributes.get("objectId", "")
    event, generation = attributes.get("eventType", ""), attributes.get("objectGeneration", "")
    reasons = {
        Ignored.MALFORMED: not (event and place and _is_name(name) and _is_number(generation)),
        Ignored.OTHER_EVENT: event != FINALIZED,
        Ignored.OTHER_BUCKET: place != bucket,
        Ignored.OTHER_FEED: not name.startswith(names.landing_prefix(feed)),
        Ignored.FOLDER: name.endswith("/"),
    }
    why = next((reason for reason, holds in reasons.items() if holds), None)
    return why or Notice(place, name, int(generation))


def _messages(event: Any) -> Iterator[Any]:
    messages = event.get("message") if isinstance(event, Mapping) else None
    yield from messages if isinstance(messages, list) else []


def _attributes(message: Any) -> dict[str, str]:
    """The attributes that are text; none where the message has no such form."""
    inner = message.get("message") if isinstance(message, Mapping) else None
    attributes = inner.get("attributes") if isinstance(inner, Mapping) else None
    if not isinstance(attributes, Mapping):
        return {}
    return {key: value for key, value in attributes.items() if isinstance(value, str)}


def _is_name(text: str) -> bool:
    return 0 < len(text.encode("utf-8", "surrogatepass")) <= LONGEST_NAME


def _is_number(text: str) -> bool:
    """Whether it is a generation: a positive INT64."""
    return text.isascii() and text.isdigit() and len(text) <= len(str(_LARGEST))
