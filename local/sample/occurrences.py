"""The occurrences feed: what went wrong, and the action plan, whose state goes on.

The second wave brings newer states of some.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import cycle

from local.sample import people
from local.sample.answer import TableAnswer
from local.sample.books import Fault, Feed, Fields, Line, changed, chunks, cut, latin_1, soiled
from local.sample.fleet import Vehicle
from local.sample.model import WAVES, ZONE, SampleObject, Settings
from local.sample.text import csv_line
from local.sample.timeline import Day

OCCURRENCES = "occurrences"
HEADER = (
    "unidade",
    "transportadora",
    "frota",
    "evento",
    "tempo de atraso",
    "categoria",
    "responsável",
    "data",
    "status",
    "causa raiz",
    "prazo baseline",
    "prazo revisado",
)
_DONE = "Concluído"
_STATES = ("Planejado", "Em andamento", "Atrasado", _DONE)
_EVENTS = (
    ("Pneu furado", "Manutenção", "Pneu além do limite;\nsem estepe a bordo"),
    ("Atraso na saída; turno A", "Gestão", "Escala sem reserva"),
    ("Excesso de velocidade", "Comportamental", 'Treinamento "direção segura"\r\n\r\nvencido'),
    ("Ar-condicionado parado", "Manutenção", ""),
)
_GOES_ON_EVERY = 10


class Occurrences(Feed):
    """Every other vehicle has one a day."""

    name = OCCURRENCES

    def __init__(self, settings: Settings, fleet: list[Vehicle], days: list[Day]) -> None:
        super().__init__()
        self._settings = settings
        self._fleet = [v for v in fleet if v.registered]
        self._days = days
        self._faults = cycle(_faults())
        self._updates: list[Fields] = []
        self._states: dict[int, Counter[str]] = {wave: Counter() for wave in WAVES}

    def objects(self, wave: int) -> Iterator[SampleObject]:
        """A few objects, then one or more with newer states."""
        folder = f"{OCCURRENCES}/{self._settings.until.astimezone(ZONE):%Y/%m/%d}"
        source = self._updates if wave > 1 else self._reported()
        for index, rows in enumerate(chunks(source, self._settings)):
            lines = soiled(rows, _record, self._faults, stale={"status": _STATES[0]})
            if any(line.duplicate for line in lines):
                lines.append(_unclosed(rows[0]))
            records = [";".join(HEADER), *(line.text for line in lines)]
            text = "".join(f"{record}\n" for record in records)
            content = text.encode("utf-8", "surrogateescape")
            yield self._made(wave, f"{folder}/ocorrencias-{wave}-{index:03d}.csv", content, lines)

    def table(self, after: int) -> TableAnswer:
        """A row each, however often its state is sent."""
        return TableAnswer(sum(self.states(after).values()), None)

    def states(self, after: int) -> dict[str, int]:
        """Rows per status when the waves up to ``after`` are published."""
        total = Counter(self._states[1])
        if after > 1:
            total.update(self._states[2])
        return {status: total[status] for status in sorted(total) if total[status]}

    def _reported(self) -> Iterator[Fields]:
        for day in self._days:
            for vehicle in self._fleet:
                if (vehicle.number + day.date.toordinal()) % 2 == 0:
                    yield self._row(vehicle, day.date)

    def _row(self, vehicle: Vehicle, day: date) -> Fields:
        place = self._states[1].total()
        status = _STATES[place % len(_STATES)]
        self._states[1][status] += 1
        event, category, cause = _EVENTS[place // 3 % len(_EVENTS)]
        responsible = people.name(300 + place)
        self.secrets.add(responsible)
        deadline = day + timedelta(days=15)
        values = (
            vehicle.unit,
            vehicle.carrier,
            vehicle.fleet_number,
            event,
            str(place * 13 % 180) if place % 5 else "",
            category,
            responsible,
            f"{day:%d/%m/%Y}",
            status,
            cause,
            f"{deadline:%d/%m/%Y}",
            f"{deadline + timedelta(days=20):%d/%m/%Y}" if status == "Atrasado" else "",
        )
        row = dict(zip(HEADER, values, strict=True))
        if place % _GOES_ON_EVERY == 0 and status != _DONE:
            self._updates.append(row | {"status": _DONE, "causa raiz": "Plano cumprido"})
            self._states[2].update({status: -1, _DONE: 1})
        return row


def _record(fields: Fields) -> str:
    return csv_line(fields.values(), ";")


def _unclosed(fields: Fields) -> Line:
    """A record whose first field opens a quote for ever; only the last of an object."""
    plain = (value for value in fields.values() if not set(value) & set(';"\n'))
    return Line('"' + ";".join(plain), ("unbalanced_quote",))


def _faults() -> list[Fault]:
    return [
        changed({"status": "Aberto"}, "enum:status"),
        changed({"categoria": "Mecânica"}, "enum:categoria"),
        changed({"data": "2026-11-20"}, "format:data"),
        changed({"unidade": "UXX"}, "enum:unidade"),
        changed({"tempo de atraso": "15min"}, "format:tempo_atraso_min"),
        changed({"tempo de atraso": "-5"}, "range:tempo_atraso_min"),
        latin_1({"categoria": "Manutenção"}),
        changed({"evento": "", "frota": " "}, "missing:frota", "missing:evento"),
        changed({"evento": "x" * 501}, "length:evento"),
        changed({"prazo baseline": "a definir"}, "format:prazo_baseline"),
        cut(lambda text: f"{text};sobra", "ragged_row"),
    ]
