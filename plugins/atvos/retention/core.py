"""What has had its time: staging tables, batch folders, notes of runs; listed before any goes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from atvos import tables

STAGING_AFTER = timedelta(days=1)
"""How long a staging table stays after its batch or build has ended."""

STAGING_AT_MOST = timedelta(days=tables.STAGING_DAYS)
"""How long one stays whose batch or build never ended: BigQuery's own expiry is as long."""

WORK = timedelta(days=90)
"""How long the folder of a batch stays, and the note of what a run had claimed."""

HELD = "held"
"""The state of a batch that may still be released: nothing of it goes."""

_STAGING = re.compile(r"[a-z]\w*?__([0-9a-f]{20})(?:__[a-z]+)?")
_FOLDER = re.compile(r"batches/[^/]+/[^/]+/")
_NOTE = re.compile(r"(runs/[^/]+/[^/]+\.json|replays/[^/]+/[^/]+\.ndjson)")


@dataclass(frozen=True, slots=True)
class Ended:
    """How a batch, build or replay stands in the ledgers, and since when."""

    state: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Due:
    """What is to go: a table, or a folder or object of the work bucket, with its objects."""

    kind: str
    name: str
    why: str
    objects: tuple[str, ...] = ()

    def line(self) -> str:
        """What people are told of it."""
        return f"{self.kind} {self.name}: {self.why}"


@dataclass(frozen=True, slots=True)
class Stored:
    """A table of staging or an object of the work bucket, and when it was last written."""

    name: str
    written_at: datetime


def staging(found: Iterable[Stored], ended: Mapping[str, Ended], now: datetime) -> list[Due]:
    """The staging tables that are due, by the names of their batches and builds.

    A table that is written anew counts from then. One of a held batch stays, and so does one whose
    name is no name of ours, until BigQuery's expiry takes it.
    """
    due = []
    for table in sorted(found, key=lambda item: item.name):
        match = _STAGING.fullmatch(table.name)
        if match is None:
            continue
        end = ended.get(match[1])
        if end is None and table.written_at < now - STAGING_AT_MOST:
            due.append(_due(table, f"in no ledger, and over {STAGING_AT_MOST.days} days old"))
        elif end is not None and end.state != HELD:
            last = max(end.at, table.written_at)
            if last < now - STAGING_AFTER:
                due.append(_due(table, f"{end.state} at {end.at:%Y-%m-%d %H:%M} UTC"))
    return due


def _due(table: Stored, why: str) -> Due:
    return Due("staging table", table.name, why)


def work(found: Iterable[Stored], now: datetime) -> list[Due]:
    """The batch folders and notes of runs that are due: a folder as a whole, by its newest file.

    Held batches are looked for no longer than that, so none of them can lose its files.
    """
    folders: dict[str, list[Stored]] = {}
    due = []
    for item in sorted(found, key=lambda item: item.name):
        if folder := _FOLDER.match(item.name):
            folders.setdefault(folder[0], []).append(item)
        elif _NOTE.fullmatch(item.name) and item.written_at < now - WORK:
            why = f"written on {item.written_at:%Y-%m-%d}"
            due.append(Due("note", item.name, why, (item.name,)))
    for folder_name, members in folders.items():
        newest = max(member.written_at for member in members)
        if newest < now - WORK:
            names = tuple(member.name for member in members)
            due.append(Due("batch folder", folder_name, f"last written {newest:%Y-%m-%d}", names))
    return due


@dataclass(frozen=True, slots=True)
class Promise:
    """What a contract promises of a place that empties itself, and what is found there.

    ``days`` is None where rows and objects stay for ever; ``expires_after`` is what the table
    really has, None for never. ``overdue`` counts partitions or objects that are older.
    """

    place: str
    days: int | None
    expires_after: int | None
    overdue: int

    @property
    def is_kept(self) -> bool:
        """Whether the expiry is what the contract promises."""
        return self.days == self.expires_after

    def line(self) -> str:
        """What people are told of it."""
        text = f"{self.place}: kept {'for ever' if self.days is None else f'{self.days} days'}"
        if self.is_kept:
            return text + (
                f", {self.overdue} are older and go by themselves" if self.overdue else ""
            )
        real = "never" if self.expires_after is None else f"after {self.expires_after} days"
        text += f", {self.overdue} are older and STAY: " if self.overdue else "; BUT "
        days = "NULL" if self.days is None else self.days
        option = f"SET OPTIONS (partition_expiration_days = {days})"
        return f"{text}its expiry is {real}; set it, with ALTER TABLE … {option}"
