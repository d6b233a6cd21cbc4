"""The mart rows that the fleet's drives make."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from local.sample.answer import VehicleDay
from local.sample.drive import JUMP_M, Event
from local.sample.fleet import Vehicle
from local.sample.model import ZONE

_REPORT_DAYS = 7
"""Days up to today on which every registered vehicle has a mart row."""


@dataclass(slots=True)
class Driven:
    """A vehicle's day: odometers and metres driven, and whether the odometer fell.

    ``metres`` is what a driver would say: neither a fall nor a leap of the odometer counts.
    """

    first: int
    sent: bool
    lowest: int
    highest: int
    newest: int
    events: int = 0
    metres: int = 0
    fell: bool = False

    def add(self, odometer: int) -> None:
        """Count the next event by its odometer."""
        step = odometer - self.newest
        self.events += 1
        self.fell |= step < 0
        self.metres += step if 0 <= step < JUMP_M else 0
        self.lowest = min(self.lowest, odometer)
        self.highest = max(self.highest, odometer)
        self.newest = odometer

    def row(self) -> VehicleDay:
        """What the mart says of it."""
        metres = 0 if self.fell else self.highest - self.lowest
        return VehicleDay(Decimal(metres).scaleb(-3), self.events, self.fell, False)


class Logbook:
    """What was driven, by vehicle and day, as far as its events get through or were not sent."""

    def __init__(self) -> None:
        self._days: dict[tuple[str, date], Driven] = {}

    def add(self, day: date, events: Iterable[Event]) -> None:
        """Count events of one day, each vehicle's in order of time."""
        for event in events:
            odometer = event.odometer
            key = (event.device_id, day)
            if key not in self._days:
                self._days[key] = Driven(odometer, event.sent, odometer, odometer, odometer)
            self._days[key].add(odometer)

    def driven(self, vehicle: Vehicle, day: date) -> Driven | None:
        """What the vehicle drove that day, None where nothing is known of it."""
        return self._days.get((vehicle.device_id, day))

    def vehicle_days(
        self, fleet: Collection[Vehicle], until: datetime
    ) -> dict[tuple[str, date], VehicleDay]:
        """By device and day, for a registry of ``fleet``: what was driven, and who is missing."""
        today = until.astimezone(ZONE).date()
        registered = {v.device_id for v in fleet}
        sent = {
            key: driven.row()
            for key, driven in self._days.items()
            if driven.sent and key[0] in registered
        }
        days = {day for _, day in sent}
        days |= {today - timedelta(days=back) for back in range(_REPORT_DAYS)}
        missing = VehicleDay(Decimal("0.000"), 0, False, True)
        rows = {(v.device_id, day): missing for v in fleet for day in days} | sent
        return dict(sorted(rows.items(), key=lambda item: (item[0][1], item[0][0])))
