"""The telemetry feed: events, dirt and duplicates, in objects of every condition."""

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import NamedTuple

from local.sample import telemetry_dirt
from local.sample.answer import ObjectAnswer, TableAnswer
from local.sample.books import Feed
from local.sample.drive import Drivers, Event
from local.sample.fleet import Vehicle
from local.sample.logbook import Logbook
from local.sample.model import SampleObject, Settings
from local.sample.telemetry_files import CSV_FORMS, encoded, object_name, truncated
from local.sample.telemetry_rows import CSV_COLUMNS, csv_fields, ndjson_line
from local.sample.text import csv_line
from local.sample.timeline import Day, Form, Part, parts_of

TELEMETRY = "telemetry_events"

_FAULT_EVERY = {Form.CSV: 40, Form.CSV_GZ: 40, Form.LATIN_1: 50}
"""Good rows for each invalid one, so that more than 95 % are valid in every larger object."""
_FAULT_EVERY_ELSE = 67
_RESENT_EVERY, _RETURNED_EVERY = 160, 320
"""Good rows for each duplicate inside the object, and of an earlier object: 0.9 % in all."""
_DELAYED_EVERY = 61
"""Events for each one that comes with a later object than its neighbours."""
_UNCLOSED_FROM = 60
"""Rows from which a CSV object can bear an unclosed quote at its end."""


class _Line(NamedTuple):
    """A row as written: a fault has reasons, a good row its event, a duplicate neither."""

    text: str
    reasons: tuple[str, ...] = ()
    event: Event | None = None


class Telemetry(Feed):
    """All in the first wave. Events of vehicles that are not registered are pending."""

    name = TELEMETRY

    def __init__(
        self, settings: Settings, fleet: list[Vehicle], days: list[Day], logbook: Logbook
    ) -> None:
        super().__init__()
        self._settings = settings
        self._days = days
        self._logbook = logbook
        random = Random(settings.seed)  # noqa: S311 - sample data, no secret
        self._drivers = Drivers(fleet, days[-1], random)
        self._dirt = telemetry_dirt.Dirt(settings.until)
        self._known = {v.device_id for v in fleet if v.known(1)}
        self._late = {v.device_id for v in fleet if v.late}
        self._replayed: list[int] = []
        self._delayed: list[Event] = []
        self._earlier: deque[Event] = deque(maxlen=64)
        self._good = 0
        self._newest = 0

    def objects(self, wave: int) -> Iterator[SampleObject]:
        """An object or more a day, and one that is empty."""
        if wave > 1:
            return
        # Not a folder that holds objects: the emulator keeps folders and objects as files.
        yield SampleObject(TELEMETRY, f"{TELEMETRY}/reenvios/", b"")
        parts = list(parts_of(self._settings, self._days))
        for part in parts:
            yield self._object(part, last=part is parts[-1])
            if part is parts[0]:
                # An upload that broke off at once.
                name = f"{TELEMETRY}/{part.day.date:%Y/%m/%d}/part-vazia.json"
                self._replayed.append(0)
                yield self._made(1, name, b"", [])

    def answers(self, wave: int, after: int) -> list[ObjectAnswer]:
        """Rows of late vehicles are pending until the second wave registers them."""
        entries = super().answers(wave, after)
        if after == 1:
            return entries
        return [
            replace(entry, valid=entry.valid + rows, pending=entry.pending - rows)
            for entry, rows in zip(entries, self._replayed, strict=wave == 1)
        ]

    def table(self, after: int) -> TableAnswer:
        """The rows that got through; the newest of all is of a vehicle that is not late."""
        rows = sum(answer.valid for answer in self.answers(1, after))
        return TableAnswer(rows, datetime.fromtimestamp(self._newest / 1000, UTC))

    def _object(self, part: Part, last: bool) -> SampleObject:
        driven = self._drivers.drive(part)
        lines = self._lines(part, self._arriving(part, driven, last))
        name = object_name(TELEMETRY, part)
        texts = [line.text for line in lines]
        whole = len(lines)
        if part.form is Form.TRUNCATED_GZ:
            whole //= 2
            content = truncated(texts, whole)
        else:
            content = encoded(part, texts)
        kept = lines[:whole]
        self._enter(1, self._count(name, kept, unreadable=part.form is Form.TRUNCATED_GZ))
        self._publish(part, driven, kept)
        return SampleObject(TELEMETRY, name, content)

    def _arriving(self, part: Part, driven: list[Event], last: bool) -> list[Event]:
        """The events in the order in which the object has them, which is nearly time's.

        Some events are kept back for the next object; the truncated one takes and keeps
        none, as nobody could say whether they get through.
        """
        if part.form is Form.TRUNCATED_GZ:
            return sorted((e for e in driven if e.sent), key=_shuffled)
        delayed, self._delayed = self._delayed, []
        if not last:
            self._delayed = [e for e in driven if e.sent and e.serial % _DELAYED_EVERY == 0]
        waiting = {event.serial for event in self._delayed}
        punctual = (e for e in driven if e.sent and e.serial not in waiting)
        return delayed + sorted(punctual, key=_shuffled)

    def _lines(self, part: Part, events: list[Event]) -> list[_Line]:
        """Good rows with invalid ones and duplicates strewn in."""
        fault_every = _FAULT_EVERY.get(part.form, _FAULT_EVERY_ELSE)
        lines = []
        for place, event in enumerate(events):
            self._good += 1
            lines.append(_Line(_written(part, event), event=event))
            if self._good % fault_every == 0:
                lines.append(_Line(*self._fault(part, event)))
            if self._good % _RESENT_EVERY == 0:
                lines.append(_duplicate(part, events[max(0, place - 7)], self._good))
            if self._good % _RETURNED_EVERY == 0 and self._earlier:
                lines.append(_duplicate(part, self._earlier[0], self._good))
                self._earlier.rotate(-1)
        if part.form is Form.CSV and len(lines) >= _UNCLOSED_FROM:
            lines.append(_Line(*telemetry_dirt.unclosed_row(events[0])))
        return lines

    def _fault(self, part: Part, event: Event) -> tuple[str, tuple[str, ...]]:
        if part.form is Form.LATIN_1:
            return telemetry_dirt.latin_1_line(event)
        return self._dirt.csv(event) if part.form in CSV_FORMS else self._dirt.ndjson(event)

    def _count(self, name: str, lines: list[_Line], unreadable: bool) -> ObjectAnswer:
        """The counts of the first wave; notes the rows that the second lets through."""
        reasons = Counter(code for line in lines for code in line.reasons)
        rejected = sum(bool(line.reasons) for line in lines)
        if unreadable:  # one reject stands for all that the truncation took
            rejected += 1
            reasons["unreadable"] += 1
        events = [line.event for line in lines if line.event is not None]
        valid = sum(event.device_id in self._known for event in events)
        self._replayed.append(sum(event.device_id in self._late for event in events))
        return ObjectAnswer(
            feed=TELEMETRY,
            name=name,
            read=len(lines) + unreadable,
            valid=valid,
            rejected=rejected,
            duplicate=len(lines) + unreadable - rejected - len(events),
            pending=len(events) - valid,
            reasons=dict(sorted(reasons.items())),
        )

    def _publish(self, part: Part, driven: list[Event], kept: list[_Line]) -> None:
        """Enter what gets through: sooner or later all that was driven, but for a truncation."""
        arrived = [line.event for line in kept if line.event is not None]
        if part.form is Form.TRUNCATED_GZ:
            serials = {event.serial for event in arrived}
            driven = [e for e in driven if e.serial in serials or not e.sent]
        self._logbook.add(part.day.date, driven)
        self._newest = max([self._newest, *(e.instant for e in driven if e.sent)])
        self._earlier.extend(arrived[:: max(1, len(arrived) // 32)])


def _shuffled(event: Event) -> int:
    """The time of sending: up to a quarter of an hour after the event (ms)."""
    return event.instant + event.serial * 7919 % 900_000


def _written(part: Part, event: Event, restyle: int = 0) -> str:
    if part.form in CSV_FORMS:
        fields = csv_fields(event, restyle)
        return csv_line([fields[column] for column in CSV_COLUMNS])
    return ndjson_line(event, restyle, ascii_only=part.form is Form.LATIN_1)


def _duplicate(part: Part, event: Event, turn: int) -> _Line:
    """The event again: word for word, or its instant with another offset and other values.

    The other odometer would show in the mart, were it not the first row that is kept.
    """
    if turn // _RESENT_EVERY % 2:
        return _Line(_written(part, event))
    changed = event._replace(odometer=event.odometer + 700_000, variable_cost=1)
    return _Line(_written(part, changed, restyle=5))
