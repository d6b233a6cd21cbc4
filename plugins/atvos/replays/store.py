"""Finds rejected records, claims them, and lands the objects that bring them back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from atvos import jobs
from atvos.contract import Feed
from atvos.replays import core, statements
from atvos.replays.books import Books
from atvos.replays.core import Rejected, ReplayError, ReplayObject
from atvos.replays.records import place_of, read_again, rejected_of
from atvos.settings import Settings

if TYPE_CHECKING:
    from google.cloud import bigquery, storage

QUARANTINE_DAYS = 365
"""How long quarantine keeps a record: as far back as one is looked for."""

RESUME_AFTER = timedelta(hours=1)
"""How old a claim without its object must be before another process lands it: whoever claims lands,
or has failed, in much less."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rejected records: a code or a kind of codes each, of one object, landed since a day."""

    reasons: tuple[str, ...] = ()
    object: str | None = None
    since: date | None = None
    limit: int = 10_000


@dataclass(frozen=True, slots=True)
class Count:
    """How many rejected records of an object have exactly these reasons."""

    object: str
    reasons: tuple[str, ...]
    on_its_way: bool
    row_count: int

    @property
    def is_record(self) -> bool:
        """Whether each of them is one whole record, that can be replayed."""
        return not set(self.reasons) & set(core.NEVER)


@dataclass(frozen=True, slots=True)
class Done:
    """A replay that was sent on its way, and the records that could not be read again."""

    replay_id: str
    objects: tuple[str, ...]
    sent: int
    gone: tuple[str, ...]


class Replays:
    """The replays of one feed. Raises what the clients raise, and NoTablesError before any run."""

    def __init__(
        self, bq: bigquery.Client, gcs: storage.Client, settings: Settings, feed: Feed
    ) -> None:
        """Nothing is asked yet."""
        self._books = Books(bq, gcs, settings, feed)
        self._gcs = gcs
        self._settings = settings
        self._feed = feed

    def counts(self, wanted: Wanted, today: date) -> list[Count]:
        """What there is of the wanted records."""
        found = self._books.query(
            statements.counts_sql(self._feed.name), *self._chosen(wanted, today)
        )
        return [
            Count(
                row["source_object"],
                tuple(filter(None, row["reasons"].split(","))),
                bool(row["on_its_way"]),
                int(row["row_count"]),
            )
            for row in found
        ]

    def send(self, wanted: Wanted, owner: str, because: str, now: datetime) -> Done:
        """Claim the wanted records and land them. ReplayError where that is refused.

        Records that nobody can read any more stay in quarantine, and are named.
        """
        core.check(self._feed)
        if not because.strip():
            raise ReplayError("--because is empty; valid: what was corrected, like 'enum widened'")
        records, gone = read_again(self._gcs, self._feed, self._rejected(wanted, now.date()))
        if not records:
            return Done("", (), 0, tuple(gone))
        places = [record.rejected.place for record in records]
        identity = core.replay_id(now, self._feed.name, places, owner)
        made = core.objects(self._feed, identity, records)
        self._books.claim(identity, made, owner, because, now)
        self._land_all(identity, made, now)
        self._books.tidy(identity)
        return Done(identity, tuple(item.name for item in made), len(records), tuple(gone))

    def resume(self, now: datetime) -> list[str]:
        """Land what was claimed over an hour ago and has not landed; what was done, in sentences.

        The objects are made once more, of the same records in the same order, so they are the
        same. Where that is not possible any more the records are given free.
        """
        return [
            line
            for row in self._books.query(statements.OPEN_SQL, *self._since(now.date()))
            if row["replayed_at"] < now - RESUME_AFTER
            and (line := self._resume(row["replay_id"], row["replayed_date"], row["since"]))
        ]

    def stuck(self, now: datetime, landed: Collection[str]) -> list[str]:
        """The replays claimed over an hour ago of which an object is not in ``landed``."""
        found = self._books.query(statements.OBJECTS_SQL, *self._since(now.date()))
        late = [row for row in found if row["replayed_at"] < now - RESUME_AFTER]
        return sorted({row["replay_id"] for row in late if row["object"] not in landed})

    def _resume(self, identity: str, day: date, since: date) -> str | None:
        own = [jobs.date_parameter("day", day), jobs.string_parameter("replay_id", identity)]
        claimed = self._books.query(
            statements.claimed_sql(self._feed.name), *own, jobs.date_parameter("since", since)
        )
        missing = {name for name in {row["object"] for row in claimed} if not self._landed(name)}
        if not missing:
            return None
        made = {item.name: item for item in self._made_again(identity, claimed)}
        expected = {(row["object"], row["position"], place_of(row, "from_")) for row in claimed}
        found = {(i.name, at, r.place) for i in made.values() for at, r in i.records}
        if expected == found and self._books.rivals(identity, day, since) == 0:
            for name in sorted(missing):
                self._land(made[name])
            return f"replay {identity}: landed {', '.join(sorted(missing))}"
        if missing != {row["object"] for row in claimed}:
            return f"replay {identity}: {', '.join(sorted(missing))} cannot be made again"
        self._books.withdraw(identity, day)
        return f"replay {identity}: given free, as its records cannot be read again"

    def _made_again(self, identity: str, claimed: Sequence[dict[str, Any]]) -> list[ReplayObject]:
        records, gone = read_again(
            self._gcs, self._feed, [rejected_of(row, "from_") for row in claimed]
        )
        if gone:
            return []
        with suppress(ReplayError):
            return core.objects(self._feed, identity, records)
        return []

    def leftovers(self, today: date) -> int:
        """Take records out of quarantine whose replay is published; how many there were."""
        since = self._since(today)
        name = self._feed.name
        count = self._books.query(statements.leftovers_sql(name, delete=False), *since)[0][
            "row_count"
        ]
        if count:
            self._books.query(statements.leftovers_sql(name, delete=True), *since)
        return int(count)

    def _rejected(self, wanted: Wanted, today: date) -> list[Rejected]:
        if wanted.limit < 1:
            raise ReplayError(f"--limit: found {wanted.limit}; valid: 1 or more records")
        sql = statements.lines_sql(self._feed.name, wanted.limit)
        never = jobs.strings_parameter("never", core.NEVER)
        return [
            rejected_of(row, "source_")
            for row in self._books.query(sql, *self._chosen(wanted, today), never)
        ]

    def _land(self, item: ReplayObject) -> None:
        """Upload the object, unless it is there: an object of a replay is written once."""
        from google.api_core.exceptions import PreconditionFailed

        if self._landed(item.name):  # the emulator knows no preconditions
            return
        blob = self._gcs.bucket(self._settings.landing_bucket).blob(item.name)
        with suppress(PreconditionFailed):
            blob.upload_from_string(item.content, "application/octet-stream", if_generation_match=0)

    def _land_all(self, identity: str, made: Sequence[ReplayObject], now: datetime) -> None:
        """Land the objects. Who may not write them gives the records free, for who may."""
        from google.api_core.exceptions import Forbidden

        for item in made:
            try:
                self._land(item)
            except Forbidden:
                if item is made[0]:
                    self._books.withdraw(identity, now.date())
                raise

    def _landed(self, name: str) -> bool:
        return bool(self._gcs.bucket(self._settings.landing_bucket).blob(name).exists())

    def _chosen(self, wanted: Wanted, today: date) -> list[dict[str, Any]]:
        since = wanted.since or today - timedelta(days=QUARANTINE_DAYS)
        return [
            jobs.date_parameter("since", since),
            jobs.string_parameter("feed", self._feed.name),
            jobs.string_parameter("object", wanted.object or ""),
            jobs.string_parameter("any", "no" if wanted.reasons else "yes"),
            jobs.strings_parameter("reasons", wanted.reasons),
        ]

    def _since(self, today: date) -> list[dict[str, Any]]:
        return [
            jobs.date_parameter("since", today - timedelta(days=QUARANTINE_DAYS)),
            jobs.string_parameter("feed", self._feed.name),
        ]
