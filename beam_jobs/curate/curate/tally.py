"""Counts of rows per object, and the names of the files that hold them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(slots=True)
class ObjectTally:
    """Rows of one object; ``event_dates`` and ``last_event`` are those of its valid ones."""

    read: int = 0
    valid: int = 0
    rejected: int = 0
    duplicate: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    event_dates: set[date] = field(default_factory=set)
    last_event: datetime | None = None

    def add(self, other: ObjectTally) -> None:
        """Count what the other counted, too."""
        self.read += other.read
        self.valid += other.valid
        self.rejected += other.rejected
        self.duplicate += other.duplicate
        self.reasons.update(other.reasons)
        self.event_dates |= other.event_dates
        self.last_event = max(filter(None, (self.last_event, other.last_event)), default=None)


@dataclass(slots=True)
class Tally:
    """Object tallies by the object's number in the batch, and the files that were written."""

    objects: dict[int, ObjectTally] = field(default_factory=dict)
    rows_files: list[str] = field(default_factory=list)
    rejects_files: list[str] = field(default_factory=list)

    def of(self, number: int) -> ObjectTally:
        """The tally of an object, to add to."""
        return self.objects.setdefault(number, ObjectTally())


def merge(tallies: Iterable[Tally]) -> Tally:
    """All tallies as one. Their order does not matter."""
    total = Tally()
    for tally in tallies:
        for number, counted in tally.objects.items():
            total.of(number).add(counted)
        total.rows_files += tally.rows_files
        total.rejects_files += tally.rejects_files
    return total
