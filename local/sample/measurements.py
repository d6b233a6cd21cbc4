"""The contract_measurements feed: what carriers bill for a measurement window."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import cycle
from random import Random
from typing import NamedTuple

from local.sample import habits, plates, windows
from local.sample.answer import Price, TableAnswer
from local.sample.books import Fault, Feed, Fields, changed, cut, soiled
from local.sample.bulletins import Bulletins
from local.sample.fleet import Vehicle
from local.sample.model import SampleObject, Settings
from local.sample.text import comma, csv_line
from local.sample.timeline import Day

MEASUREMENTS = "contract_measurements"
HEADER = (
    "unidade",
    "empresa",
    "período",
    "placa",
    "frota",
    "rota",
    "turnos",
    "regime",
    "Contrato/Spot",
    "tipo",
    "km rodado",
    "R$/km",
    "total variável",
    "R$/mês fixo",
    "parcela",
    "total a faturar",
)
_SECOND_ROUTE_PERCENT = 40


class Measurements(Feed):
    """An object per window that the sample's days touch, and one for the window before.

    Each vehicle has a row per route. What it bills are the bulletins of the window, up to now
    where it is not closed. Nobody knows bulletins of the window before. All in the first wave.
    """

    name = MEASUREMENTS

    def __init__(
        self, settings: Settings, fleet: list[Vehicle], days: list[Day], bulletins: Bulletins
    ) -> None:
        super().__init__()
        touched = sorted({windows.window_of(day.date) for day in days})
        self._windows = [windows.before(touched[0]), *touched]
        self._fleet = [v for v in fleet if v.registered]
        self._bulletins = bulletins
        self._random = Random(f"{settings.seed} {MEASUREMENTS}")  # noqa: S311 - no secret
        self._faults = cycle(_faults())
        self._rows = 0
        self.billed: dict[tuple[Vehicle, date], int] = {}
        """Metres by vehicle and first day of the window, once the objects were made."""
        self.prices: dict[tuple[str, date], Price] = {}
        """By plate in its normal form and first day of the window, once the objects were made."""

    def objects(self, wave: int) -> Iterator[SampleObject]:
        """One object a window."""
        if wave > 1:
            return
        declared: dict[tuple[Vehicle, date], int] = defaultdict(int)
        for (vehicle, day), metres in self._bulletins.declared.items():
            declared[vehicle, windows.window_of(day)] += metres
        for window in self._windows:
            for vehicle in self._fleet:
                metres = declared.get((vehicle, window), 0)
                if window is self._windows[0]:
                    metres = self._random.randrange(1_500_000, 4_000_000)
                percent = habits.billed_percent(vehicle.number)
                billed = metres * percent // 100
                self.billed[vehicle, window] = billed
                self.prices[plates.normal(vehicle.number), window] = _price(vehicle, billed)
            rows = [row for v in self._fleet for row in _rows(v, window, self.billed[v, window])]
            self._rows += len(rows)
            lines = soiled(rows, _record, self._faults, stale={"total a faturar": "0,00"})
            records = [";".join(HEADER), *(line.text for line in lines)]
            content = "".join(f"{record}\n" for record in records).encode("latin-1")
            name = f"{MEASUREMENTS}/{window:%Y/%m}/medição {window:%Y-%m-%d}.csv"
            yield self._made(wave, name, content, lines)

    def table(self, after: int) -> TableAnswer:  # noqa: ARG002
        """A row per vehicle, route and window; the last day of the newest is still to come."""
        return TableAnswer(self._rows, None)


class _Bill(NamedTuple):
    """What a vehicle is billed by: metres by route, R$ 0.0001 per km, centavos a month."""

    shares: tuple[int, ...]
    price: int
    fixed: int

    def variable(self, share: int) -> int:
        """A route's distance at the price, in centavos."""
        return (share * self.price + 50_000) // 100_000


def _bill(vehicle: Vehicle, metres: int) -> _Bill:
    number = vehicle.number
    second = metres * _SECOND_ROUTE_PERCENT // 100
    shares = (metres - second, second) if number % 2 else (metres,)
    spot = number % 9 == 4  # noqa: PLR2004
    fixed = 0 if spot else 1_250_000 + number % 10 * 50_000
    return _Bill(shares, 38_500 + number % 40 * 250, fixed)


def _price(vehicle: Vehicle, metres: int) -> Price:
    """What the window comes to per kilometre: what was billed, by what it was billed for."""
    bill = _bill(vehicle, metres)
    per_km = Decimal(bill.price).scaleb(-4)
    if metres:
        centavos = sum(map(bill.variable, bill.shares))
        per_km = Decimal(centavos).scaleb(-2) / Decimal(metres).scaleb(-3)
    return Price(per_km, Decimal(bill.fixed).scaleb(-2))


def _rows(vehicle: Vehicle, window: date, metres: int) -> Iterator[Fields]:
    """One or two routes; each repeats the vehicle's fixed amount, the first one bills it."""
    number = vehicle.number
    bill = _bill(vehicle, metres)
    for place, share in enumerate(bill.shares):
        variable = bill.variable(share)
        part = bill.fixed if place == 0 else 0
        values = (
            vehicle.unit,
            vehicle.carrier,
            f"{window:%d/%m/%Y} a {windows.last_day(window):%d/%m/%Y}",
            plates.declared(number, number + window.month),
            vehicle.fleet_number,
            f"{vehicle.unit} {place + 1:02d} (centro; bairro {number % 7})",
            str(20 + number % 40),
            "safra" if window.month in range(4, 12) else "entressafra",
            "Contrato" if bill.fixed else "Spot",
            vehicle.body,
            comma(share, 3),
            comma(bill.price, 4),
            comma(variable, 2),
            comma(bill.fixed, 2),
            comma(part, 2),
            comma(variable + part, 2),
        )
        yield dict(zip(HEADER, values, strict=True))


def _record(fields: Fields) -> str:
    return csv_line(fields.values(), ";")


def _faults() -> list[Fault]:
    period = ("format:periodo_inicio", "format:periodo_fim")
    return [
        changed({"período": "01/11/2026 a 30/11/2026"}, *period),
        changed({"total variável": "-10,00"}, "range:total_variavel"),
        changed({"Contrato/Spot": "Avulso"}, "enum:modalidade"),
        changed({"R$/km": "a combinar"}, "format:valor_km"),
        changed({"período": "16/11/2026 a 15/10/2026"}, "rule:window_order"),
        changed({"rota": ""}, "missing:rota"),
        cut(lambda text: text.rpartition(";")[0], "ragged_row"),
        changed({"km rodado": "1.234,5", "turnos": "-1"}, "range:turnos", "format:km_rodado"),
    ]
