"""The registry of vehicles: who drives, and the CSV snapshots that say so."""

from collections.abc import Iterator
from dataclasses import dataclass

from local.sample import habits, plates
from local.sample.answer import TableAnswer
from local.sample.books import Feed, Line
from local.sample.model import ZONE, SampleObject, Settings
from local.sample.text import csv_line

VEHICLES = "vehicles"
HEADER = ("deviceId", "placa", "tipo", "frota", "unidade", "transportadora", "assentos")
UNITS = ("UAE", "UAT", "UCP", "UEL", "UMV", "URC", "USL", "UCR", "UAL")
_CARRIERS = ("Sertran", "Conlog (Concórdia Logística)", "Conlog, Concórdia Logística")
_KINDS = ("ônibus", "micro-ônibus", "van")
_ROWS_PER_FAULT = 33
"""Registered vehicles for each invalid row, to keep at least 95 % valid."""


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A device that sends telemetry. ``number`` counts from 0, unknown devices last.

    A ``late`` vehicle is registered with the second wave only.
    """

    number: int
    device_id: str
    registered: bool
    late: bool = False

    @property
    def kind(self) -> str:
        """What the device calls its own type."""
        return "agricola" if self.number % 4 == 3 else "urbano"  # noqa: PLR2004

    @property
    def body(self) -> str:
        """What the registry calls its type."""
        return _KINDS[self.number % 3]

    @property
    def fleet_number(self) -> str:
        """What the carrier paints on it."""
        return f"F{self.number + 1:04d}"

    @property
    def unit(self) -> str:
        """The unit that it serves."""
        return UNITS[self.number % len(UNITS)]

    @property
    def carrier(self) -> str:
        """Its owner, in one of several spellings."""
        return _CARRIERS[self.number % 3]

    def known(self, wave: int) -> bool:
        """Whether the registry of that wave has it."""
        return self.registered and (wave > 1 or not self.late)


def fleet_of(registered: int) -> list[Vehicle]:
    """The registered vehicles, then a fiftieth (one at least) that no registry knows.

    As many of the registered are late: the last ones that send telemetry every day.
    """
    share = max(1, registered // 50)
    steady = [n for n in range(1, registered) if habits.always_sends(n)]
    late = set(steady[-share:])
    known = [Vehicle(n, f"ATV-{n + 1:05d}", True, n in late) for n in range(registered)]
    return known + [Vehicle(registered + n, f"ATV-{90_001 + n}", False) for n in range(share)]


class Vehicles(Feed):
    """The registry, twice: the first snapshot lacks the late vehicles."""

    name = VEHICLES

    def __init__(self, settings: Settings, fleet: list[Vehicle]) -> None:
        super().__init__()
        self._today = settings.until.astimezone(ZONE).date()
        self._fleet = fleet

    def objects(self, wave: int) -> Iterator[SampleObject]:
        """One snapshot a wave."""
        lines = self._lines(wave)
        text = "".join(f"{record}\n" for record in [csv_line(HEADER), *(x.text for x in lines)])
        name = f"{VEHICLES}/{self._today:%Y/%m/%d}/frota-{wave}.csv"
        yield self._made(wave, name, text.encode(), lines)

    def table(self, after: int) -> TableAnswer:
        """The newest snapshot alone."""
        return TableAnswer(sum(v.known(after) for v in self._fleet), None)

    def _lines(self, wave: int) -> list[Line]:
        known = [v for v in self._fleet if v.known(wave)]
        lines = [Line(csv_line(_row(v.number, v.device_id))) for v in known]
        for place, fault in enumerate(_faults()[: len(known) // _ROWS_PER_FAULT]):
            lines.insert(place * 20 + 5, fault)
        if len(known) >= 10:  # noqa: PLR2004
            # The stale row of a vehicle comes first: in a snapshot the last one wins.
            row = _row(known[0].number, known[0].device_id)
            stale = csv_line([*row[:3], "F0000", *row[4:]])
            lines.insert(0, Line(stale, duplicate=True))
        return lines


def _faults() -> list[Line]:
    """Invalid rows, of devices that are nowhere else, with their reason codes."""
    plate, unit, ragged = (_row(n, f"ATV-{80_001 + n}") for n in range(3))
    plate[1] = "AB-12345"
    unit[4], unit[6] = "UXX", "0"
    return [
        Line(csv_line(plate), ("pattern:placa",)),
        Line(csv_line(unit), ("enum:unidade", "range:assentos")),
        Line(csv_line([*ragged, "sobra"]), ("ragged_row",)),
    ]


def _row(number: int, device_id: str) -> list[str]:
    vehicle = Vehicle(number, device_id, True)
    return [
        device_id,
        plates.registered(number),
        vehicle.body,
        vehicle.fleet_number,
        vehicle.unit,
        vehicle.carrier,
        "" if number % 13 == 8 else str(16 + number % 30),  # noqa: PLR2004
    ]
