"""What a correct pipeline must find in a sample."""

import json
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Row counts; ``reasons`` are rows per reason code, and a row may have several codes.

    ``pending`` rows wait for their vehicle to be registered. A row is in one count only.
    """

    read: int = 0
    valid: int = 0
    rejected: int = 0
    duplicate: int = 0
    pending: int = 0
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
            pending=self.pending + other.pending,
            reasons=dict(sorted(reasons.items())),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectAnswer(Rows):
    """What a correct pipeline finds in one object. Replayed rows count as valid for theirs."""

    feed: str
    name: str


@dataclass(frozen=True, slots=True)
class TableAnswer:
    """A curated table. No event time where it has none, or one in the future."""

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
class DayTrips:
    """The trips of a vehicle that began on a day, and the occupancies (%) that are known."""

    trips: int = 0
    known: int = 0
    occupancy: Decimal = Decimal(0)

    def with_one(self, occupancy: Decimal | None) -> "DayTrips":
        """One trip more."""
        if occupancy is None:
            return DayTrips(self.trips + 1, self.known, self.occupancy)
        return DayTrips(self.trips + 1, self.known + 1, self.occupancy + occupancy)


@dataclass(frozen=True, slots=True)
class Price:
    """What a vehicle costs from a window on: R$ per kilometre, and R$ a month besides."""

    per_km: Decimal
    fixed: Decimal


class DivergenceKey(NamedTuple):
    """A row of the mart ``fct_km_divergence``; no ``dia`` where ``nivel`` is ``janela``.

    ``placa`` is in its normal form: upper case, no separators, the fifth character a letter.
    """

    janela_inicio: date
    nivel: str
    fonte: str
    placa: str
    dia: date | None


@dataclass(frozen=True, slots=True)
class Divergence:
    """Declared and measured distance (km, three places) and the finding that follows."""

    km_declarado: Decimal
    km_medido: Decimal
    achado: str


@dataclass(frozen=True, slots=True)
class ServiceTotals:
    """All that a host logged: its entries, its requests, and those that failed or crashed."""

    entries: int = 0
    requests: int = 0
    errors: int = 0
    crashes: int = 0

    def __add__(self, other: "ServiceTotals") -> "ServiceTotals":
        return ServiceTotals(
            self.entries + other.entries,
            self.requests + other.requests,
            self.errors + other.errors,
            self.crashes + other.crashes,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Everything that a correct pipeline must find, whatever batches the upload falls into.

    It tells of the end, when both waves are published; ``after_wave(1)`` tells of the time
    between. ``objects`` stand in upload order; folder placeholders are no data and not
    among them. ``vehicle_days`` holds every day with telemetry and the last seven days up to
    ``until``. ``trips`` is by device and day of the trip's start, ``prices`` by plate in its
    normal form and first day of the window. ``service_hours`` are totals per host,
    ``occurrences`` rows per status. ``secrets`` are the texts of people that were written: none
    may be found in a table, a log or a metric, not even as a part of another text.
    """

    objects: tuple[ObjectAnswer, ...]
    feeds: dict[str, Rows]
    tables: dict[str, TableAnswer]
    vehicle_days: dict[tuple[str, date], VehicleDay]
    divergences: dict[DivergenceKey, Divergence]
    trips: dict[tuple[str, date], DayTrips]
    prices: dict[tuple[str, date], Price]
    service_hours: dict[str, ServiceTotals]
    occurrences: dict[str, int]
    secrets: frozenset[str]
    first: "Answer | None" = None

    def after_wave(self, wave: int) -> "Answer":
        """The answer when the objects of the waves up to ``wave`` (1 or 2) are published."""
        return self.first if wave == 1 and self.first else self

    def to_json(self) -> str:
        """The answer as a document; a mapping with several keys is a list of objects."""
        document = _document(self)
        if self.first:
            document["after_wave_1"] = _document(self.first)
        return json.dumps(document, ensure_ascii=False, indent=1, default=str)


def _document(answer: Answer) -> dict[str, Any]:
    return {
        "objects": [{"feed": o.feed, "object": o.name, **_counts(o)} for o in answer.objects],
        "feeds": {name: _counts(rows) for name, rows in answer.feeds.items()},
        "tables": {
            name: {
                "rows": table.rows,
                "last_event_at": table.last_event_at and table.last_event_at.isoformat(),
            }
            for name, table in answer.tables.items()
        },
        "vehicle_days": [
            {"device_id": device, "day": day, **asdict(row)}
            for (device, day), row in answer.vehicle_days.items()
        ],
        "divergences": [
            {**key._asdict(), **asdict(row)} for key, row in answer.divergences.items()
        ],
        "trips": [
            {"device_id": device, "day": day, **asdict(row)}
            for (device, day), row in answer.trips.items()
        ],
        "prices": [
            {"placa": plate, "janela_inicio": window, **asdict(price)}
            for (plate, window), price in answer.prices.items()
        ],
        "service_hours": {host: asdict(totals) for host, totals in answer.service_hours.items()},
        "occurrences": answer.occurrences,
        "secrets": sorted(answer.secrets),
    }


def _counts(rows: Rows) -> dict[str, Any]:
    return {
        "read": rows.read,
        "valid": rows.valid,
        "rejected": rows.rejected,
        "duplicate": rows.duplicate,
        "pending": rows.pending,
        "reasons": rows.reasons,
    }
