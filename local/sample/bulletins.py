"""The km_bulletins feed: runs that drivers wrote down by hand, in Latin-1 and with commas.

What they say is what they drove, more or less: it is by the vehicle how they are wrong.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import cycle

from local.sample import habits, plates
from local.sample.answer import TableAnswer
from local.sample.books import Fault, Feed, Fields, changed, chunks, cut, soiled
from local.sample.fleet import Vehicle
from local.sample.logbook import Logbook
from local.sample.model import ZONE, SampleObject, Settings
from local.sample.runs import Run, runs_of
from local.sample.text import comma, csv_line
from local.sample.timeline import Day

BULLETINS = "km_bulletins"
HEADER = (
    "ata",
    "placa",
    "data",
    "turno",
    "local saída",
    "hora saída",
    "km saída",
    "local chegada",
    "hora chegada",
    "km chegada",
    "km rota",
    "pessoas",
    "empresa",
    "observação",  # no column of the contract
)
_SHIFTS = ("A", "B", "C")
_REMARKS = ("", "pneu trocado; sem atraso", 'desvio pela "BR-060"', "chuva;\nestrada de terra")


class Bulletins(Feed):
    """One bulletin per vehicle and day, with a row a run. All in the first wave."""

    name = BULLETINS

    def __init__(
        self, settings: Settings, fleet: list[Vehicle], days: list[Day], logbook: Logbook
    ) -> None:
        super().__init__()
        self._settings = settings
        self._fleet = [v for v in fleet if v.registered]
        self._days = days
        self._logbook = logbook
        self._faults = cycle(_faults(settings.until))
        self._rows = self._newest = 0
        self.declared: dict[tuple[Vehicle, date], int] = {}
        """Metres by vehicle and day, once the objects were made."""

    def objects(self, wave: int) -> Iterator[SampleObject]:
        """A few objects."""
        if wave > 1:
            return
        folder = f"{BULLETINS}/{self._settings.until.astimezone(ZONE):%Y/%m/%d}"
        stale = {"km saída": "0", "km chegada": "0", "km rota": "0"}
        for index, rows in enumerate(chunks(self._written(), self._settings)):
            lines = soiled(rows, _record, self._faults, stale)
            records = [";".join(HEADER), *(line.text for line in lines)]
            content = "".join(f"{record}\r\n" for record in records).encode("latin-1")
            yield self._made(wave, f"{folder}/boletim {index:03d}.csv", content, lines)

    def table(self, after: int) -> TableAnswer:  # noqa: ARG002
        """A row a run."""
        newest = datetime.fromtimestamp(self._newest, ZONE) if self._rows else None
        return TableAnswer(self._rows, newest)

    def _written(self) -> Iterator[Fields]:
        for day in self._days:
            for vehicle in self._fleet:
                driven = self._logbook.driven(vehicle, day.date)
                if driven is None or habits.loses_bulletin(vehicle.number, day.date):
                    continue
                metres = driven.metres * habits.declared_percent(vehicle.number) // 100
                self.declared[vehicle, day.date] = metres
                for run in runs_of(vehicle.number, day, driven.first, metres):
                    yield self._row(vehicle, day.date, run)

    def _row(self, vehicle: Vehicle, day: date, run: Run) -> Fields:
        number = vehicle.number
        start, end = (datetime.fromtimestamp(second, ZONE) for second in (run.start, run.end))
        self._rows += 1
        self._newest = max(self._newest, run.start - run.start % 60)
        values = (
            f"{day:%y%m%d}/{number + 1}",
            plates.declared(number, number + day.toordinal()),
            f"{day:%d/%m/%Y}",
            _SHIFTS[run.shift] if number % 6 else "administrativo",
            f"Garagem {vehicle.unit}; portão {number % 4 + 1}",
            f"{start:%H:%M}",
            comma(run.odometer, 3),
            f'Alojamento "{vehicle.unit}"' if run.shift else f"Usina {vehicle.unit}",
            f"{end:%H:%M}" if number % 10 else "",
            comma(run.odometer + run.metres, 3),
            comma(run.metres, 3),
            str(number * 7 % 46),
            vehicle.carrier,
            _REMARKS[(number + run.shift) % len(_REMARKS)],
        )
        return dict(zip(HEADER, values, strict=True))


def _record(fields: Fields) -> str:
    return csv_line(fields.values(), ";")


def _faults(until: datetime) -> list[Fault]:
    future, late = ((until + timedelta(days=d)).astimezone(ZONE) for d in (3, -80))
    broken_order = ("rule:odometer_order", "rule:route_distance")
    return [
        changed({"km saída": "987654,321"}, *broken_order),
        changed({"km rota": "999,5"}, "rule:route_distance"),
        changed({"hora saída": "25:10"}, "pattern:hora_saida", "format:saida_em"),
        changed({"hora saída": " "}, "missing:hora_saida", "missing:saida_em"),
        changed({"hora chegada": "7h30"}, "pattern:hora_chegada"),
        changed({"data": "31/02/2026"}, "format:data", "format:saida_em"),
        changed({"data": f"{until:%Y-%m-%d}"}, "format:data", "format:saida_em"),
        changed({"data": f"{future:%d/%m/%Y}"}, "future:saida_em"),
        changed({"data": f"{late:%d/%m/%Y}"}, "late:saida_em"),
        changed({"km saída": "12,5 km"}, "format:km_saida"),
        changed({"km chegada": "1.234,5"}, "format:km_chegada"),
        changed({"km rota": "-3,5"}, "range:km_rota"),
        changed({"placa": "AB-12345"}, "pattern:placa"),
        changed({"ata": "9" * 33}, "length:ata"),
        changed({"pessoas": "201"}, "range:pessoas"),
        changed({"pessoas": "muitas", "empresa": ""}, "format:pessoas", "missing:empresa"),
        cut(lambda text: f"{text};sobra", "ragged_row"),
    ]
