"""The rows of the mart ``fct_km_divergence`` that follow from what was driven and written."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from local.sample import plates, windows
from local.sample.answer import Divergence, DivergenceKey, VehicleDay
from local.sample.fleet import Vehicle

_TOLERANCE = Decimal("0.1")


@dataclass(slots=True)
class _Claim:
    """Metres declared, and what telemetry says of the days that they are for."""

    metres: int = 0
    measured: Decimal = Decimal("0.000")
    trusted: bool = False

    def hold_against(self, measured: VehicleDay | None) -> None:
        """Compare with one more day."""
        if measured and not measured.faltante:
            self.measured += measured.km_dia
            self.trusted |= not measured.outlier

    def row(self) -> Divergence:
        declared = Decimal(self.metres).scaleb(-3)
        return Divergence(declared, self.measured, self._finding(declared))

    def _finding(self, declared: Decimal) -> str:
        if not self.trusted:
            return "sem_telemetria"
        beyond = abs(declared - self.measured) > _TOLERANCE * self.measured
        return "divergencia" if beyond else "nenhum"


def divergences(
    declared: Mapping[tuple[Vehicle, date], int],
    billed: Mapping[tuple[Vehicle, date], int],
    vehicle_days: Mapping[tuple[str, date], VehicleDay],
) -> dict[DivergenceKey, Divergence]:
    """Declared metres by day and billed metres by window against what telemetry measured.

    A day whose odometer falls measures nothing and is not trusted; a claim without any
    trusted day has nothing to be compared with.
    """
    claims: dict[DivergenceKey, _Claim] = defaultdict(_Claim)
    for (vehicle, day), metres in declared.items():
        for key in _keys(vehicle, day):
            claims[key].metres += metres
            claims[key].hold_against(vehicle_days.get((vehicle.device_id, day)))
    days = _by_window(vehicle_days)
    for (vehicle, window), metres in billed.items():
        claim = claims[
            DivergenceKey(window, "janela", "medicao", plates.normal(vehicle.number), None)
        ]
        claim.metres += metres
        for measured in days.get((vehicle.device_id, window), ()):
            claim.hold_against(measured)
    in_order = sorted(claims, key=lambda key: (*key[:4], key.dia or date.min))
    return {key: claims[key].row() for key in in_order}


def _keys(vehicle: Vehicle, day: date) -> Iterator[DivergenceKey]:
    """The rows that a bulletin counts in."""
    window, plate = windows.window_of(day), plates.normal(vehicle.number)
    yield DivergenceKey(window, "dia", "boletim", plate, day)
    yield DivergenceKey(window, "janela", "boletim", plate, None)


def _by_window(
    vehicle_days: Mapping[tuple[str, date], VehicleDay],
) -> Mapping[tuple[str, date], Iterable[VehicleDay]]:
    days: dict[tuple[str, date], list[VehicleDay]] = defaultdict(list)
    for (device, day), measured in vehicle_days.items():
        days[device, windows.window_of(day)].append(measured)
    return days
