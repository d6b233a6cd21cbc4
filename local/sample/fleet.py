"""The registry of vehicles: who drives, and the CSV snapshot that says so."""

import csv
import io
from dataclasses import dataclass

from local.sample.model import VEHICLES, ObjectAnswer

HEADER = ("deviceId", "placa", "tipo", "frota", "unidade", "transportadora", "assentos")
_UNITS = ("UAE", "UAT", "UCP", "UEL", "UMV", "URC", "USL", "UCR", "UAL")
_CARRIERS = ("Sertran", "Conlog (Concórdia Logística)", "Conlog, Concórdia Logística")
_KINDS = ("ônibus", "micro-ônibus", "van")
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_ROWS_PER_FAULT = 33
"""Registered vehicles for each invalid row, to keep at least 95 % valid."""


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A device that sends telemetry. ``number`` counts from 0, unknown devices last."""

    number: int
    device_id: str
    registered: bool

    @property
    def kind(self) -> str:
        """What the device calls its own type."""
        return "agricola" if self.number % 4 == 3 else "urbano"  # noqa: PLR2004


def fleet_of(registered: int) -> list[Vehicle]:
    """The registered vehicles, then a fiftieth (one at least) that no registry knows."""
    known = [Vehicle(n, f"ATV-{n + 1:05d}", True) for n in range(registered)]
    strangers = range(max(1, registered // 50))
    return known + [Vehicle(registered + n, f"ATV-{90_001 + n}", False) for n in strangers]


def snapshot(fleet: list[Vehicle], name: str) -> tuple[bytes, ObjectAnswer]:
    """The CSV of the registered vehicles, and what is to be found in it."""
    rows = [_row(v.number, v.device_id) for v in fleet if v.registered]
    valid = len(rows)
    reasons: dict[str, int] = {}
    faults = _faults()[: valid // _ROWS_PER_FAULT]
    for place, (row, codes) in enumerate(faults):
        rows.insert(place * 20 + 5, row)
        reasons |= dict.fromkeys(codes, 1)
    duplicate = valid >= 10  # noqa: PLR2004
    if duplicate:
        # The stale row of a vehicle comes first: in a snapshot the last one wins.
        rows.insert(0, [*rows[0][:3], "F0000", *rows[0][4:]])
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(rows)
    return text.getvalue().encode(), ObjectAnswer(
        feed=VEHICLES,
        name=name,
        read=len(rows),
        valid=valid,
        rejected=len(faults),
        duplicate=int(duplicate),
        reasons=dict(sorted(reasons.items())),
    )


def _faults() -> list[tuple[list[str], list[str]]]:
    """Invalid rows, of devices that are nowhere else, with their reason codes."""
    plate, unit, ragged = (_row(n, f"ATV-{80_001 + n}") for n in range(3))
    plate[1] = "AB-12345"
    unit[4], unit[6] = "UXX", "0"
    return [
        (plate, ["pattern:placa"]),
        (unit, ["enum:unidade", "range:assentos"]),
        ([*ragged, "sobra"], ["ragged_row"]),
    ]


def _row(number: int, device_id: str) -> list[str]:
    return [
        device_id,
        _plate(number),
        _KINDS[number % 3],
        f"F{number + 1:04d}",
        _UNITS[number % len(_UNITS)],
        _CARRIERS[number % 3],
        "" if number % 13 == 8 else str(16 + number % 30),  # noqa: PLR2004
    ]


def _plate(number: int) -> str:
    """Old (AAA9999) and Mercosul (AAA9A99) plates by turns, separators as they come."""
    letters = "".join(_LETTERS[(number // 24**place) % 24] for place in (2, 1, 0))
    digits = f"{number * 37 % 10_000:04d}"
    if number % 2:
        digits = digits[0] + _LETTERS[number % 24] + digits[2:]
    plate = letters + ("", "-", " ")[number % 3] + digits
    return plate.lower() if number % 17 == 11 else plate  # noqa: PLR2004
