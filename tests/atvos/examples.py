"""Small values to test with: feeds of every load mode, objects, batches, stats."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from atvos import contract
from atvos.batch import Batch, BatchStats, ObjectVersion
from atvos.contract import Check, Feed, LoadMode, Operator
from atvos.models import Model
from atvos.periods import Period
from atvos.query_sources import query_sources

REPOSITORY = Path(__file__).parents[2]
CONTRACTS = REPOSITORY / "dags" / "contracts"
SQL = REPOSITORY / "sql"
CONTRACT = Path(__file__).with_name("positions.odcs.yaml")
LANDED = datetime(2025, 6, 2, 12, tzinfo=UTC)
"""When generation 0 of any object would have landed; each generation is a second later."""
DAY = date(2025, 6, 1)


def positions(mode: LoadMode = LoadMode.APPEND_FIRST, name: str = "positions") -> Feed:
    """The feed of ``positions.odcs.yaml`` in another load mode.

    ``upsert_latest`` has the device alone as its key, so that a row may change its
    partition; ``replace_snapshot`` has no partition, and no event time either.
    """
    feed = replace(contract.load_feed(CONTRACT), name=name, load_mode=mode)
    if mode is LoadMode.APPEND_FIRST:
        return feed
    keyed = tuple(replace(c, key_position=1 if c.name == "device" else None) for c in feed.columns)
    if mode is LoadMode.UPSERT_LATEST:
        return replace(feed, columns=keyed)
    flat = tuple(replace(c, partitioned=False) for c in keyed)
    return replace(feed, columns=flat, event_time=None, max_late=None, retention=None)


def version(name: str = "positions/a.ndjson", generation: int = 1, **other: Any) -> ObjectVersion:
    """An object's generation that landed ``generation`` seconds after ``LANDED``."""
    values: dict[str, Any] = {
        "bucket": "landing",
        "size": 10,
        "crc32c": "AAAAAA==",
        "created_at": LANDED + timedelta(seconds=generation),
    }
    return ObjectVersion(name=name, generation=generation, **values | other)


def batch(*objects: ObjectVersion, feed: str = "positions") -> Batch:
    """A batch that was made a minute after ``LANDED``."""
    return Batch(feed, LANDED + timedelta(minutes=1), objects or (version(),))


def stats(batch_id: str = "0" * 20, **other: Any) -> BatchStats:
    """What the curate job found in a batch of ten good rows."""
    values: dict[str, Any] = {
        "feed": "positions",
        "rows_uris": ("gs://work/rows/2025-06-01-0.parquet",),
        "rejects_uris": (),
        "objects_uri": "gs://work/objects.ndjson",
        "rows_read": 10,
        "rows_valid": 10,
        "rows_rejected": 0,
        "rows_duplicate": 0,
        "unreadable_objects": 0,
        "reasons": {},
        "event_dates": (DAY,),
        "last_event_at": LANDED,
    }
    return BatchStats(batch_id=batch_id, **values | other)


def check(metric: str, operator: Operator, *bounds: float, **other: Any) -> Check:
    """A check that is named after its metric."""
    values: dict[str, Any] = {"name": metric, "metric": metric, "operator": operator}
    return Check(**values | {"bounds": bounds} | other)


def model(query: str | None = None, sources: Sequence[str] = (), **other: Any) -> Model:
    """A model over ``positions``, with its columns, or over ``sources``."""
    table = contract.load_feed(CONTRACT)
    fields: dict[str, Any] = {
        name: getattr(table, name) for name in contract.Table.__dataclass_fields__
    }
    fields |= {"name": "fct_positions", "layer": contract.Layer.MARTS, "group": "fleet"}
    read = ", ".join(sources or ["curated.positions"])
    text = query or f"SELECT * FROM {read} WHERE seen_date IN UNNEST(@days)"
    fields |= {"query": text, "rebuild_days": 3, "period": Period.DAY, "look_back": ()}
    read_by_query = tuple(query_sources(str(other.get("query", text))))
    return Model(**fields | {"sources": read_by_query, "is_view": False} | other)
