"""A warehouse of plain dictionaries: what batches of a sample's objects make of its tables."""

from collections import Counter, defaultdict
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple, TypeAlias

from local.sample import SampleObject
from tests.local_sample.judging import Feed, Row
from tests.local_sample.reading import FEEDS, records, source_format
from tests.local_sample.values import SAO_PAULO

Key: TypeAlias = tuple[Any, ...]


class Counts(NamedTuple):
    """What was found in one object."""

    read: int
    valid: int
    rejected: int
    duplicate: int
    pending: int
    reasons: dict[str, int]


class Warehouse:
    """Takes batches of one feed each, with a later now each time; counts by object."""

    def __init__(self, until: datetime) -> None:
        self.until = until
        self.feeds = {name: Feed(name, until) for name in FEEDS}
        self.tables: dict[str, dict[Key, Row]] = {name: {} for name in FEEDS}
        self.pending: dict[Key, tuple[str, Row]] = {}
        self.counts: dict[str, Counts] = {}

    def take(self, batch: list[SampleObject]) -> None:
        """Judge a batch, remove duplicates, publish the rest."""
        feed = self.feeds[batch[0].feed]
        feed.now = self.until
        judged = {item.name: self._judged(item) for item in batch}
        rows = [
            (name, tuple(row[key] for key in feed.keys), row)
            for name, found in judged.items()
            for row in found
            if isinstance(row, dict)
        ]
        fresh = self._fresh(feed, rows)
        waiting = {k: v for k, v in fresh.items() if feed.refers and not self._known(k)}
        published = {k: v for k, v in fresh.items() if k not in waiting}
        self.pending |= waiting
        self.tables[feed.name] |= {key: row for key, (_, row) in published.items()}
        for name, found in judged.items():
            valid = sum(owner == name for owner, _ in published.values())
            pending = sum(owner == name for owner, _ in waiting.values())
            self._count(name, found, valid, pending)
        if feed.name == "vehicles":
            self._replay()

    def _judged(self, item: SampleObject) -> list[list[str] | Row]:
        feed, form = self.feeds[item.feed], source_format(item)
        return [codes or feed.judge(fields, form) for fields, codes in records(item)]

    def _count(self, name: str, found: list[list[str] | Row], valid: int, pending: int) -> None:
        rejects = [row for row in found if isinstance(row, list)]
        reasons = Counter(code for codes in rejects for code in codes)
        duplicate = len(found) - len(rejects) - valid - pending
        self.counts[name] = Counts(
            len(found), valid, len(rejects), duplicate, pending, dict(sorted(reasons.items()))
        )

    def _fresh(self, feed: Feed, rows: list[tuple[str, Key, Row]]) -> dict[Key, tuple[str, Row]]:
        """The rows that count, by key, each with its object."""
        table = self.tables[feed.name]
        mode = feed.custom["loadMode"]
        if mode == "replace_snapshot":
            table.clear()
            rows = [row for row in rows if row[0] == rows[-1][0]]
        if mode == "append_first":
            seen = table.keys() | (self.pending.keys() if feed.refers else set())
            rows = [row for row in reversed(rows) if row[1] not in seen]
        return {key: (name, row) for name, key, row in rows}

    def _known(self, key: Key) -> bool:
        return (key[0],) in self.tables["vehicles"]

    def _replay(self) -> None:
        """Publish what waited for a vehicle that is registered now."""
        found = {key: value for key, value in self.pending.items() if self._known(key)}
        for key, (name, row) in found.items():
            self.tables["telemetry_events"][key] = row
            del self.pending[key]
            count = self.counts[name]
            self.counts[name] = count._replace(valid=count.valid + 1, pending=count.pending - 1)


def vehicle_days(warehouse: Warehouse) -> dict[tuple[str, date], tuple[Decimal, int, bool]]:
    """Kilometres, events and whether the odometer fell, by device and day with telemetry."""
    days: dict[tuple[str, date], list[Row]] = defaultdict(list)
    for row in warehouse.tables["telemetry_events"].values():
        day = row["event_timestamp"].astimezone(SAO_PAULO).date()
        days[row["device_id"], day].append(row)
    result = {}
    for key, rows in days.items():
        ordered = sorted(rows, key=lambda row: row["event_timestamp"])
        odometers = [row["odometro_km"] for row in ordered]
        fell = odometers != sorted(odometers)
        km = Decimal(0) if fell else max(odometers) - min(odometers)
        result[key] = (km, len(rows), fell)
    return result
