"""Event times that do not exist, in another layout, or just inside or outside the window."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from tests.corpus.recipe import DUPLICATE, VALID, Fate, Part, Recipe, Shelf, json_line
from tests.corpus.rows import (
    HEADER,
    between,
    between_rows,
    leg,
    line,
    log_entry,
    row,
    spoiled,
    trip,
)

KIND = "time"
_JSON = Shelf(KIND, "telemetry_events", ".json")
_CSV = Shelf(KIND, "telemetry_events", ".csv")
_LOG = Shelf(KIND, "app_logs", ".ndjson")
_TRIPS = Shelf(KIND, "trips", ".ndjson")
_SPRING = datetime(2018, 11, 5, 12, tzinfo=UTC)
_AUTUMN = datetime(2018, 2, 20, 12, tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# name, text, the instant in UTC. The window is from 9 April 12:00:00 to 10 June 12:05:00.
_GOOD: list[tuple[str, str, str]] = [
    ("utc", "2025-06-02T10:00:00Z", "2025-06-02T10:00:00"),
    ("blank-for-t", "2025-06-02 10:00:00Z", "2025-06-02T10:00:00"),
    ("naive", "2025-06-02T10:00:00", "2025-06-02T13:00:00"),
    ("offset", "2025-06-02T10:00:00-03:00", "2025-06-02T13:00:00"),
    ("offset-of-minus-zero", "2025-06-02T10:00:00-00:00", "2025-06-02T10:00:00"),
    ("offset-of-half-an-hour", "2025-06-02T10:00:00+05:30", "2025-06-02T04:30:00"),
    ("offset-over-a-day-line", "2025-06-02T00:30:00+14:00", "2025-06-01T10:30:00"),
    ("largest-offset", "2025-06-02T10:00:00+23:59", "2025-06-01T10:01:00"),
    ("one-decimal", "2025-06-02T10:00:00.5Z", "2025-06-02T10:00:00.500000"),
    ("nine-decimals", "2025-06-02T10:00:00.123456999Z", "2025-06-02T10:00:00.123456"),
    ("decimals-naive", "2025-06-02T10:00:00.000001", "2025-06-02T13:00:00.000001"),
    ("last-of-the-future", "2025-06-10T12:05:00Z", "2025-06-10T12:05:00"),
    ("first-of-the-late", "2025-04-09T12:00:00Z", "2025-04-09T12:00:00"),
]
_WINDOW: list[tuple[str, str, str]] = [
    ("too-far-ahead", "2025-06-10T12:05:00.000001Z", "future"),
    ("naive-too-far-ahead", "2025-06-10T09:05:00.000001", "future"),
    ("last-year-there-is", "9999-12-31T23:59:59Z", "future"),
    ("too-late", "2025-04-09T11:59:59.999999Z", "late"),
    ("epoch", "1970-01-01T00:00:00Z", "late"),
    ("first-year-there-is", "0001-01-01T00:00:00Z", "late"),
]
_FORMAT: dict[str, str] = {
    "30-february": "2025-02-30T10:00:00Z",
    "29-february-of-a-common-year": "2025-02-29T10:00:00Z",
    "31-june": "2025-06-31T10:00:00Z",
    "month-13": "2025-13-01T10:00:00Z",
    "month-0": "2025-00-10T10:00:00Z",
    "day-0": "2025-06-00T10:00:00Z",
    "hour-24": "2025-06-01T24:00:00Z",
    "minute-60": "2025-06-01T10:60:00Z",
    "leap-second": "2016-12-31T23:59:60Z",
    "leap-second-in-brasilia": "2016-12-31T20:59:60-03:00",
    "offset-of-24-hours": "2025-06-01T10:00:00+24:00",
    "offset-of-60-minutes": "2025-06-01T10:00:00+03:60",
    "offset-without-colon": "2025-06-01T10:00:00-0300",
    "offset-of-hours": "2025-06-01T10:00:00-03",
    "offset-after-a-blank": "2025-06-01T10:00:00 -03:00",
    "offset-with-a-unicode-minus": "2025-06-01T10:00:00\u221203:00",
    "offset-and-z": "2025-06-01T10:00:00-03:00Z",
    "zone-name": "2025-06-01T10:00:00[America/Sao_Paulo]",
    "zone-word": "2025-06-01T10:00:00 BRT",
    "lower-z": "2025-06-01T10:00:00z",
    "lower-t": "2025-06-01t10:00:00Z",
    "two-blanks": "2025-06-01  10:00:00Z",
    "no-time": "2025-06-01",
    "no-seconds": "2025-06-01T10:00Z",
    "point-without-decimals": "2025-06-01T10:00:00.Z",
    "ten-decimals": "2025-06-01T10:00:00.1234567890Z",
    "semicolon-for-a-point": "2025-06-01T10:00:00;5Z",
    "basic-layout": "20250601T100000Z",
    "week-date": "2025-W22-7T10:00:00Z",
    "day-of-the-year": "2025-152T10:00:00Z",
    "one-digit-month": "2025-6-01T10:00:00Z",
    "brazilian": "01/06/2025 10:00:00",
    "american": "6/1/2025 10:00:00 AM",
    "words": "Sun Jun 01 2025 10:00:00 GMT-0300",
    "today": "hoje",
    "year-0": "0000-01-01T00:00:00Z",
    "year-10000": "10000-01-01T00:00:00Z",
    "signed-year": "+2025-06-01T10:00:00Z",
    "two-digit-year": "25-06-01T10:00:00Z",
    "before-year-1-in-utc": "0001-01-01T00:00:00+01:00",
    "after-year-9999-in-utc": "9999-12-31T23:59:59-03:00",
    "full-width-digits": "\uff12\uff10\uff12\uff15-06-01T10:00:00Z",
    "arabic-digits": "2025-06-01T\u0661\u0660:00:00Z",
    "no-break-space-after": "2025-06-01T10:00:00Z\u00a0",
    "nul-after": "2025-06-01T10:00:00Z\0",
    "date-twice": "2025-06-01T10:00:00Z/2025-06-01T11:00:00Z",
    "epoch-seconds-as-text": "1748772000",
    "epoch-milliseconds-as-text": "1748772000000",
    "excel-serial": "45809.4167",
}
# Milliseconds since 1970 in a column with that unit: the reason, or valid.
_COUNTS: list[tuple[str, str, Fate]] = [
    ("milliseconds", "1748772000000", VALID),
    ("milliseconds-as-a-float", "1.748772e12", VALID),
    ("last-of-the-future", "1749557100000", VALID),
    ("too-far-ahead", "1749557100001", ("future:logged_at",)),
    ("last-millisecond-there-is", "253402300799999", ("future:logged_at",)),
    ("past-the-last-millisecond", "253402300800000", ("range:logged_at",)),
    ("first-millisecond-there-is", "-62135596800000", ("late:logged_at",)),
    ("before-the-first-millisecond", "-62135596800001", ("range:logged_at",)),
    ("seconds", "1748772000", ("late:logged_at",)),
    ("microseconds", "1748772000000000", ("range:logged_at",)),
    ("nanoseconds", "1748772000000000000", ("range:logged_at",)),
    ("zero", "0", ("late:logged_at",)),
    ("minus-1", "-1", ("late:logged_at",)),
    ("past-64-bits", "9223372036854775808", ("range:logged_at",)),
    ("1e400", "1e400", ("range:logged_at",)),
    ("half-a-millisecond", "1748772000000.5", ("type:logged_at",)),
    ("as-text", '"1748772000000"', ("type:logged_at",)),
    ("iso-text", '"2025-06-01T10:00:00Z"', ("type:logged_at",)),
    ("true", "true", ("type:logged_at",)),
    ("null", "null", ("missing:logged_at",)),
]
# Local times of São Paulo around the nights in 2018 when clocks changed, and their instants.
_CLOCKS: list[tuple[str, datetime, str, str]] = [
    ("before-the-gap", _SPRING, "2018-11-03T23:59:59", "2018-11-04T02:59:59"),
    ("start-of-the-gap", _SPRING, "2018-11-04T00:00:00", "2018-11-04T03:00:00"),
    ("in-the-gap", _SPRING, "2018-11-04T00:30:00", "2018-11-04T03:30:00"),
    ("end-of-the-gap", _SPRING, "2018-11-04T00:59:59.999999", "2018-11-04T03:59:59.999999"),
    ("after-the-gap", _SPRING, "2018-11-04T01:00:00", "2018-11-04T03:00:00"),
    ("offset-in-the-gap", _SPRING, "2018-11-04T00:30:00-03:00", "2018-11-04T03:30:00"),
    ("before-the-overlap", _AUTUMN, "2018-02-17T22:59:59", "2018-02-18T00:59:59"),
    ("start-of-the-overlap", _AUTUMN, "2018-02-17T23:00:00", "2018-02-18T01:00:00"),
    ("in-the-overlap", _AUTUMN, "2018-02-17T23:30:00", "2018-02-18T01:30:00"),
    ("second-of-the-overlap", _AUTUMN, "2018-02-17T23:30:00-03:00", "2018-02-18T02:30:00"),
    ("after-the-overlap", _AUTUMN, "2018-02-18T00:00:00", "2018-02-18T03:00:00"),
]


def recipes() -> Iterator[Recipe]:
    """All of this kind."""
    for name, text, instant in _GOOD:
        yield from _both(name, text, VALID, {"event_timestamp": _utc(instant)})
    for name, text, kind in _WINDOW:
        yield from _both(name, text, (f"{kind}:event_timestamp",))
    for name, text in _FORMAT.items():
        yield from _both(name, text, ("format:event_timestamp",))
    yield from _differing()
    yield from _counts()
    yield from _clock_changes()
    yield from _same_instant()


def _both(
    name: str, text: str, fate: Fate, values: dict[str, Any] | None = None
) -> Iterator[Recipe]:
    """The time in NDJSON and in CSV."""
    device = f"t-{name}"[:40]
    odd = Part(line(device, 30, timestamp=text), fate, values or {})
    yield _JSON.made(name, *between(device, odd))
    odd = Part(row(device + "-c", 30, timestamp=text), fate, values or {})
    yield _CSV.made(name, *between_rows(device + "-c", odd))


def _differing() -> Iterator[Recipe]:
    """What is one thing in JSON and another in CSV."""
    text = " 2025-06-02T10:00:00Z\t"
    odd = Part(line("t-blanks", 30, timestamp=text), ("format:event_timestamp",))
    yield _JSON.made("blanks-around", *between("t-blanks", odd))
    yield _CSV.made(
        "blanks-around", *between_rows("t-blanksc", Part(row("t-blanksc", timestamp=text)))
    )
    odd = Part(line("t-empty", 30, timestamp=""), ("format:event_timestamp",))
    yield _JSON.made("empty", *between("t-empty", odd))
    odd = Part(row("t-emptyc", 30, timestamp=""), ("missing:event_timestamp",))
    yield _CSV.made("empty", *between_rows("t-emptyc", odd))
    for name, value in (
        ("number", "1748772000"),
        ("float", "1748772000.5"),
        ("array", "[2025, 6, 1]"),
    ):
        odd = Part(spoiled(f"t-{name}", "timestamp", value), ("type:event_timestamp",))
        yield _JSON.made(f"{name}-for-a-text", *between(f"t-{name}", odd))


def _counts() -> Iterator[Recipe]:
    for name, text, fate in _COUNTS:
        shown = json.dumps(log_entry(f"t-{name}", timestamp="HERE")).replace('"HERE"', text)
        good = Part(json_line(log_entry(f"t-{name}-good")))
        yield _LOG.made(f"epoch-{name}", good, Part(shown.encode() + b"\n", fate))


def _clock_changes() -> Iterator[Recipe]:
    for name, now, text, instant in _CLOCKS:
        due = {"event_timestamp": _utc(instant)}
        shelf = Shelf(KIND, "telemetry_events", ".json", now)
        yield shelf.made(name, Part(line(f"d-{name}", timestamp=text), values=due))
        shelf = Shelf(KIND, "telemetry_events", ".csv", now)
        yield shelf.made(name, HEADER, Part(row(f"dc-{name}", timestamp=text), values=due))
        yield _leg(name, text, instant)


def _leg(name: str, text: str, instant: str) -> Recipe:
    """The time in a leg, where no window says how old it may be."""
    empty = ("arrival_at", "arrival_site", "trip_time_min", "trip_distance_km")
    stop = {"departure_at": _utc(instant), "departure_site": "Usina", **dict.fromkeys(empty)}
    record = json_line(trip(f"d-{name}", stops=[leg(departure_time=text)]))
    return _TRIPS.made(f"leg-{name}", Part(record, values={"stops": [stop]}))


def _same_instant() -> Iterator[Recipe]:
    """One instant in many clothes is one row."""
    texts = ["2025-06-02T13:00:00Z", "2025-06-02T10:00:00", "2025-06-02 10:00:00-03:00"]
    texts += [
        "2025-06-02T13:00:00.000Z",
        "2025-06-02T13:00:00.000000999Z",
        "2025-06-03T03:00:00+14:00",
    ]
    fates = [VALID, *[DUPLICATE] * (len(texts) - 1)]
    pairs = list(zip(texts, fates, strict=True))
    lines = [Part(line("t-same", timestamp=text), fate) for text, fate in pairs]
    yield _JSON.made("one-instant-six-texts", *lines)
    rows = [Part(row("t-samec", timestamp=text), fate) for text, fate in pairs]
    yield _CSV.made("one-instant-six-texts", HEADER, *rows)
    gap = ["2018-11-04T00:30:00", "2018-11-04T01:30:00"]
    parts = [Part(line("t-gap", timestamp=t), f) for t, f in zip(gap, fates[:2], strict=True)]
    yield Shelf(KIND, "telemetry_events", ".json", _SPRING).made(
        "the-gap-meets-the-hour-after", *parts
    )
