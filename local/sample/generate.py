"""Puts events, dirt and duplicates into objects, and keeps the books about them."""

import gzip
import zlib
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import reduce
from random import Random
from typing import NamedTuple

from local.sample import dirt
from local.sample.drive import Distances, Drivers, Event
from local.sample.fleet import fleet_of, snapshot
from local.sample.model import (
    TELEMETRY,
    VEHICLES,
    ZONE,
    Answer,
    ObjectAnswer,
    Rows,
    SampleObject,
    Settings,
    TableAnswer,
)
from local.sample.text import CSV_COLUMNS, csv_fields, csv_line, ndjson_line
from local.sample.timeline import Form, Part, days_of, parts_of

_FAULT_EVERY = {Form.CSV: 40, Form.CSV_GZ: 40, Form.LATIN_1: 50}
"""Good rows for each invalid one, so that more than 95 % are valid in every larger object."""
_FAULT_EVERY_ELSE = 67
_RESENT_EVERY, _RETURNED_EVERY = 160, 320
"""Good rows for each duplicate inside the object, and of an earlier object: 0.9 % in all."""
_DELAYED_EVERY = 61
"""Events for each one that comes with a later object than its neighbours."""
_UNCLOSED_FROM = 60
"""Rows from which a CSV object can bear an unclosed quote at its end."""
_CSV_FORMS = (Form.CSV, Form.CSV_GZ)
_SUFFIXES = {
    Form.NDJSON_GZ: ".json.gz",
    Form.TRUNCATED_GZ: ".json.gz",
    Form.CSV: ".csv",
    Form.CSV_GZ: ".csv.gz",
}


class _Line(NamedTuple):
    """A row as written: a fault has reasons, a good row its event, a duplicate neither."""

    text: str
    reasons: tuple[str, ...] = ()
    event: Event | None = None


class Sample:
    """One sample. Its objects are made one at a time; read them once, in order.

    The answer is complete when the last object was taken.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._fleet = fleet_of(settings.vehicles)
        self._days = days_of(settings)
        random = Random(settings.seed)  # noqa: S311 - sample data, no secret
        self._drivers = Drivers(self._fleet, self._days[-1], random)
        self._dirt = dirt.Dirt(settings.until)
        self._distances = Distances()
        self._answers: list[ObjectAnswer] = []
        self._delayed: list[Event] = []
        self._earlier: deque[Event] = deque(maxlen=64)
        self._good = 0
        self._newest = 0
        self._answer: Answer | None = None

    @property
    def answer(self) -> Answer:
        """What must be found. RuntimeError before the last object was taken."""
        if self._answer is None:
            raise RuntimeError("the answer is known when objects() was read to its end")
        return self._answer

    def objects(self) -> Iterator[SampleObject]:
        """The objects in upload order, the registry first."""
        today = self._settings.until.astimezone(ZONE).date()
        name = f"{VEHICLES}/{today:%Y/%m/%d}/frota.csv"
        content, answer = snapshot(self._fleet, name)
        self._answers.append(answer)
        yield SampleObject(VEHICLES, name, content)

        first = self._days[0].date
        # Not a folder that holds objects: the emulator keeps folders and objects as files.
        yield SampleObject(TELEMETRY, f"{TELEMETRY}/reenvios/", b"")
        parts = list(parts_of(self._settings, self._days))
        for part in parts:
            yield self._object(part, last=part is parts[-1])
            if part is parts[0]:
                # An upload that broke off at once.
                name = f"{TELEMETRY}/{first:%Y/%m/%d}/part-vazia.json"
                self._answers.append(ObjectAnswer(feed=TELEMETRY, name=name))
                yield SampleObject(TELEMETRY, name, b"")
        self._answer = self._close()

    def _object(self, part: Part, last: bool) -> SampleObject:
        driven = self._drivers.drive(part)
        lines = self._lines(part, self._arriving(part, driven, last))
        name = _object_name(part)
        whole = len(lines)
        if part.form is Form.TRUNCATED_GZ:
            whole //= 2
            content = _truncated(lines, whole)
        else:
            content = _encoded(part, lines)
        kept = lines[:whole]
        self._answers.append(_count(name, kept, unreadable=part.form is Form.TRUNCATED_GZ))
        self._publish(part, driven, kept)
        return SampleObject(TELEMETRY, name, content)

    def _arriving(self, part: Part, driven: list[Event], last: bool) -> list[Event]:
        """The events in the order in which the object has them, which is nearly time's.

        Some events are kept back for the next object; the truncated one takes and keeps
        none, as nobody could say whether they get through.
        """
        if part.form is Form.TRUNCATED_GZ:
            return sorted(driven, key=_shuffled)
        delayed, self._delayed = self._delayed, []
        if not last:
            self._delayed = [e for e in driven if e.serial % _DELAYED_EVERY == 0]
        waiting = {event.serial for event in self._delayed}
        return delayed + sorted((e for e in driven if e.serial not in waiting), key=_shuffled)

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
            lines.append(_Line(*dirt.unclosed_row(events[0])))
        return lines

    def _fault(self, part: Part, event: Event) -> tuple[str, tuple[str, ...]]:
        if part.form is Form.LATIN_1:
            return dirt.latin_1_line(event)
        return self._dirt.csv(event) if part.form in _CSV_FORMS else self._dirt.ndjson(event)

    def _publish(self, part: Part, driven: list[Event], kept: list[_Line]) -> None:
        """Enter what gets through: sooner or later all that was driven, but for a truncation."""
        arrived = [line.event for line in kept if line.event is not None]
        if part.form is Form.TRUNCATED_GZ:
            serials = {event.serial for event in arrived}
            driven = [event for event in driven if event.serial in serials]
        self._distances.add(part.day.date, driven)
        self._newest = max([self._newest, *(event.instant for event in driven)])
        self._earlier.extend(arrived[:: max(1, len(arrived) // 32)])

    def _close(self) -> Answer:
        feeds = {
            feed: reduce(Rows.__add__, (a for a in self._answers if a.feed == feed), Rows())
            for feed in (VEHICLES, TELEMETRY)
        }
        last_event_at = datetime.fromtimestamp(self._newest / 1000, UTC)
        return Answer(
            objects=tuple(self._answers),
            feeds=feeds,
            tables={
                VEHICLES: TableAnswer(feeds[VEHICLES].valid, None),
                TELEMETRY: TableAnswer(feeds[TELEMETRY].valid, last_event_at),
            },
            vehicle_days=self._distances.rows(self._fleet, self._settings.until),
        )


def build(settings: Settings) -> tuple[list[SampleObject], Answer]:
    """A whole sample at once, for sizes that fit into memory."""
    sample = Sample(settings)
    objects = list(sample.objects())
    return objects, sample.answer


def _shuffled(event: Event) -> int:
    """The time of sending: up to a quarter of an hour after the event (ms)."""
    return event.instant + event.serial * 7919 % 900_000


def _written(part: Part, event: Event, restyle: int = 0) -> str:
    if part.form in _CSV_FORMS:
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


def _count(name: str, lines: Iterable[_Line], unreadable: bool) -> ObjectAnswer:
    reasons: Counter[str] = Counter()
    valid = rejected = duplicate = 0
    for line in lines:
        reasons.update(line.reasons)
        if line.reasons:
            rejected += 1
        elif line.event is None:
            duplicate += 1
        else:
            valid += 1
    if unreadable:  # one reject stands for all that the truncation took
        rejected += 1
        reasons["unreadable"] += 1
    return ObjectAnswer(
        feed=TELEMETRY,
        name=name,
        read=valid + rejected + duplicate,
        valid=valid,
        rejected=rejected,
        duplicate=duplicate,
        reasons=dict(sorted(reasons.items())),
    )


def _object_name(part: Part) -> str:
    folder = f"{TELEMETRY}/{part.day.date:%Y/%m/%d}"
    if part.form is Form.HOSTILE_NAME:
        return f'{folder}/reenvio d\'água; DROP TABLE "frota" #{part.index}.json'
    return f"{folder}/part-{part.index:05d}{_SUFFIXES.get(part.form, '.json')}"


def _encoded(part: Part, lines: list[_Line]) -> bytes:
    """The whole object. Line ends and blank lines vary, as they do between systems."""
    texts = [line.text for line in lines]
    if part.form is Form.CSV:
        # The last record stays without an end.
        return ("\ufeff" + "\r\n".join([",".join(CSV_COLUMNS), *texts])).encode()
    if part.form is Form.CSV_GZ:
        texts.insert(0, ",".join(f'"{column}"' for column in CSV_COLUMNS))
    if part.form is Form.HOSTILE_NAME:
        return "\r\n".join(["", *texts, "  "]).encode()
    content = ("\n".join(texts) + "\n").encode("latin-1" if part.form is Form.LATIN_1 else "utf-8")
    if part.form in (Form.NDJSON_GZ, Form.CSV_GZ):
        return gzip.compress(content, 6, mtime=0)
    return content


def _truncated(lines: list[_Line], whole: int) -> bytes:
    """A gzip stream that ends after ``whole`` lines and half of the next.

    The cut is where zlib was told to write out all that it had: every decoder, however it
    buffers, finds the same bytes before the damage.
    """
    text = "".join(line.text + "\n" for line in lines[:whole])
    if lines:
        text += lines[whole].text[: len(lines[whole].text) // 2]
    stream = zlib.compressobj(6, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    return stream.compress(text.encode()) + stream.flush(zlib.Z_SYNC_FLUSH)
