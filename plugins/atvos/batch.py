"""Batches: which object generations are processed together, and what came of them.

A batch is the sorted list of (bucket, object, generation). Its id is a hash of that list,
so the same objects always give the same batch, and everything that is named after it (the
staging tables, the Dataflow job, the BigQuery jobs) is found again by a retry.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from typing import Any, TypeAlias

ObjectKey: TypeAlias = tuple[str, str, int]
"""(bucket, name, generation): one immutable content."""

_REPLAY = re.compile(r"/replay/(\d{4})(\d\d)(\d\d)[0-9a-f]{12}/")


@dataclass(frozen=True, slots=True)
class ObjectVersion:
    """One generation of an object, as the listing described it. ``size`` is in bytes."""

    bucket: str
    name: str
    generation: int
    size: int
    crc32c: str
    created_at: datetime

    @property
    def key(self) -> ObjectKey:
        """What tells this content from every other."""
        return (self.bucket, self.name, self.generation)


@dataclass(frozen=True, slots=True)
class Batch:
    """Objects of one feed that are curated, audited and published together.

    ``created_at`` is the "now" of every rule about time, so a retry judges alike. It is not
    part of the id.
    """

    feed: str
    created_at: datetime
    objects: tuple[ObjectVersion, ...]

    @property
    def batch_id(self) -> str:
        """20 hexadecimal digits, the same for the same feed and object generations."""
        text = json.dumps([self.feed, *sorted(o.key for o in self.objects)], separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:20]

    @property
    def landed_dates(self) -> tuple[date, ...]:
        """The UTC days on which the objects landed, sorted: the ledger's partitions."""
        return tuple(sorted({o.created_at.astimezone(UTC).date() for o in self.objects}))

    def to_json(self) -> str:
        """The manifest that is kept beside the batch's files."""
        return json.dumps({"batch_id": self.batch_id, **asdict(self)}, default=_plain, indent=1)

    @classmethod
    def from_json(cls, text: str | bytes) -> Batch:
        """The batch of a manifest. ValueError where its id does not fit its objects."""
        data = json.loads(text)
        objects = tuple(
            ObjectVersion(**{**item, "created_at": datetime.fromisoformat(item["created_at"])})
            for item in data["objects"]
        )
        batch = cls(data["feed"], datetime.fromisoformat(data["created_at"]), objects)
        if batch.batch_id != data["batch_id"]:
            message = f"manifest says batch {data['batch_id']}, its objects are {batch.batch_id}"
            raise ValueError(message)
        return batch


def replay_day(object_name: str) -> date | None:
    """The UTC day of the replay that an object is of, None where it is of none.

    >>> replay_day("trips/replay/202606010f1e2d3c4b5a/000.ndjson")
    datetime.date(2026, 6, 1)
    >>> replay_day("trips/2026-06-01.ndjson")
    """
    found = _REPLAY.search(object_name)
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:  # a name that only looks like one
        return None


def next_batch(
    feed: str,
    listed: Iterable[ObjectVersion],
    known: Collection[ObjectKey],
    now: datetime,
    max_objects: int,
    max_bytes: int,
) -> Batch | None:
    """The oldest listed objects that the ledger does not know, None where there are none.

    At most ``max_objects`` and ``max_bytes``, but always one object. Objects stand in the
    order in which they landed: where rows share a key, that order says which came first.
    Names that end in ``/`` are folder placeholders, no data. An object of a replay is a batch of
    its own: its records are older than it is, and within a batch the later object wins.
    """
    waiting = sorted(
        (o for o in listed if not o.name.endswith("/") and o.key not in known),
        key=lambda o: (o.created_at, o.generation, o.bucket, o.name),
    )

    def alone(item: ObjectVersion) -> bool:
        return replay_day(item.name) is not None

    chosen: list[ObjectVersion] = []
    size = 0
    for item in waiting:
        size += item.size
        if chosen and (len(chosen) == max_objects or size > max_bytes or alone(item)):
            break
        chosen.append(item)
        if alone(item):
            break
    return Batch(feed, now, tuple(chosen)) if chosen else None


@dataclass(frozen=True, slots=True)
class ObjectStats:
    """What the curate job found in one object. Rows, and ``reasons`` in rows per code.

    A row with two reasons counts under both, so the reasons may add up to more than
    ``rejected``.
    """

    bucket: str
    object: str
    generation: int
    size: int
    crc32c: str
    landed_at: datetime
    rows_read: int
    rows_valid: int
    rows_rejected: int
    rows_duplicate: int
    reasons: dict[str, int] = field(default_factory=dict)
    event_dates: tuple[date, ...] = ()
    last_event_at: datetime | None = None

    @property
    def reconciles(self) -> bool:
        """Whether every row that was read is accounted for exactly once."""
        return self.rows_read == self.rows_valid + self.rows_rejected + self.rows_duplicate


@dataclass(frozen=True, slots=True)
class BatchStats:
    """The curate job's result; its presence in the bucket means that the job is done.

    The URIs are those of the Parquet files with the valid rows and with the rejects, and of
    the NDJSON with the object stats. ``event_dates`` are the partitions that have rows.
    """

    feed: str
    batch_id: str
    rows_uris: tuple[str, ...]
    rejects_uris: tuple[str, ...]
    objects_uri: str
    rows_read: int
    rows_valid: int
    rows_rejected: int
    rows_duplicate: int
    unreadable_objects: int
    reasons: dict[str, int]
    event_dates: tuple[date, ...]
    last_event_at: datetime | None

    def to_json(self) -> str:
        """The content of ``stats.json``."""
        return json.dumps(asdict(self), default=_plain, indent=1)

    @classmethod
    def from_json(cls, text: str | bytes) -> BatchStats:
        """The stats that ``to_json`` wrote."""
        data = json.loads(text)
        last = data["last_event_at"]
        return cls(
            **{
                **data,
                "rows_uris": tuple(data["rows_uris"]),
                "rejects_uris": tuple(data["rejects_uris"]),
                "event_dates": tuple(date.fromisoformat(d) for d in data["event_dates"]),
                "last_event_at": datetime.fromisoformat(last) if last else None,
            }
        )


def _plain(value: Any) -> str:
    if isinstance(value, date):  # a datetime is one, too
        return value.isoformat()
    raise TypeError(f"{value!r} has no place in a manifest")
