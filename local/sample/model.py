"""What is asked of the generator, and what it gives back."""

import json
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/Sao_Paulo")
"""The zone of days and of times without an offset."""

TELEMETRY = "telemetry_events"
VEHICLES = "vehicles"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How much to generate. ValueError where a value is out of bounds.

    ``until`` is the run's now: the newest valid event is some seconds older, the oldest
    up to ``days`` days. ``vehicles`` counts the registry, whose days have about
    ``events_per_vehicle_day`` events each; a day that the period cuts has fewer.
    """

    until: datetime
    seed: int = 7
    vehicles: int = 100
    days: int = 7
    events_per_vehicle_day: int = 36

    def __post_init__(self) -> None:
        # Until 2019 clocks in São Paulo were put back once a year, and a time
        # without an offset could mean two instants.
        if self.until.tzinfo is None or self.until.year < 2020:  # noqa: PLR2004
            raise ValueError(f"until={self.until}: valid is an instant with an offset, from 2020")
        # The contract takes events of the last 62 days; older ones are planted as late.
        bounds = {"vehicles": 80_000, "days": 60, "events_per_vehicle_day": 10_000}
        for name, most in bounds.items():
            value = getattr(self, name)
            if not 1 <= value <= most:
                raise ValueError(f"{name}={value}: valid is 1 to {most}")


@dataclass(frozen=True, slots=True)
class SampleObject:
    """One object to upload: its full name in the landing bucket and its bytes."""

    feed: str
    name: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Row counts; ``reasons`` are rows per reason code, and a row may have several codes."""

    read: int = 0
    valid: int = 0
    rejected: int = 0
    duplicate: int = 0
    reasons: dict[str, int] = field(default_factory=dict)

    def __add__(self, other: "Rows") -> "Rows":
        reasons = dict(self.reasons)
        for code, rows in other.reasons.items():
            reasons[code] = reasons.get(code, 0) + rows
        return Rows(
            read=self.read + other.read,
            valid=self.valid + other.valid,
            rejected=self.rejected + other.rejected,
            duplicate=self.duplicate + other.duplicate,
            reasons=dict(sorted(reasons.items())),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectAnswer(Rows):
    """What a correct pipeline finds in one object."""

    feed: str
    name: str


@dataclass(frozen=True, slots=True)
class TableAnswer:
    """A curated table once everything is published; no event time where it has none."""

    rows: int
    last_event_at: datetime | None


@dataclass(frozen=True, slots=True)
class VehicleDay:
    """A row of the mart ``fct_vehicle_day``: a vehicle on a day in São Paulo.

    ``km_dia`` is the day's largest minus its smallest odometer in km with three places, and
    zero on a day whose odometer falls (``outlier``) or that has no event (``faltante``).
    """

    km_dia: Decimal
    events: int
    outlier: bool
    faltante: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """Everything that a correct pipeline must find, whatever batches the upload falls into.

    ``objects`` stand in upload order; folder placeholders are no data and not among them.
    ``vehicle_days`` holds every day with telemetry and the last seven days up to ``until``.
    """

    objects: tuple[ObjectAnswer, ...]
    feeds: dict[str, Rows]
    tables: dict[str, TableAnswer]
    vehicle_days: dict[tuple[str, date], VehicleDay]

    def to_json(self) -> str:
        """The answer as a document; a vehicle's day is a mapping in a list."""
        document = {
            "objects": [{"feed": o.feed, "object": o.name, **_counts(o)} for o in self.objects],
            "feeds": {name: _counts(rows) for name, rows in self.feeds.items()},
            "tables": {
                name: {
                    "rows": table.rows,
                    "last_event_at": table.last_event_at and table.last_event_at.isoformat(),
                }
                for name, table in self.tables.items()
            },
            "vehicle_days": [
                {
                    "device_id": device,
                    "day": day.isoformat(),
                    "km_dia": str(row.km_dia),
                    "events": row.events,
                    "outlier": row.outlier,
                    "faltante": row.faltante,
                }
                for (device, day), row in self.vehicle_days.items()
            ],
        }
        return json.dumps(document, ensure_ascii=False, indent=1)


def _counts(rows: Rows) -> dict[str, Any]:
    return {
        "read": rows.read,
        "valid": rows.valid,
        "rejected": rows.rejected,
        "duplicate": rows.duplicate,
        "reasons": rows.reasons,
    }
