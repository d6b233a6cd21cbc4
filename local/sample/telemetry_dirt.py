"""Telemetry that must be rejected, each row with the reason codes that it was made to have."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import cycle
from typing import Any, TypeAlias

from local.sample.drive import Event
from local.sample.telemetry_rows import CSV_COLUMNS, csv_fields, ndjson_line
from local.sample.text import csv_line, instant_text

Fields: TypeAlias = dict[str, Any]
Spoil: TypeAlias = Callable[[Fields], Fields]
"""Takes an event's fields and gives them back spoiled."""

_LATE = timedelta(days=70)
_FUTURE = timedelta(hours=6)
"""Hours, not minutes: a batch may be made well after the sample was."""


class Dirt:
    """A stream of invalid rows: each kind by turns, written over a true event's fields."""

    def __init__(self, until: datetime) -> None:
        now = int(until.timestamp() * 1000)
        future = instant_text(now + _FUTURE // timedelta(milliseconds=1), 0)
        late = instant_text(now - _LATE // timedelta(milliseconds=1), 0)
        self._ndjson = cycle([*_ndjson_faults(future, late), _cut_line, _array_line])
        self._csv = cycle([*_csv_faults(future, late), _ragged_row])

    def ndjson(self, event: Event) -> tuple[str, tuple[str, ...]]:
        """The next invalid line of an NDJSON object, and its reason codes."""
        return next(self._ndjson)(event)

    def csv(self, event: Event) -> tuple[str, tuple[str, ...]]:
        """The next invalid record of a CSV object, and its reason codes."""
        return next(self._csv)(event)


def latin_1_line(event: Event) -> tuple[str, tuple[str, ...]]:
    """A line that is not UTF-8 once it is encoded as Latin-1."""
    line = json.dumps(
        json.loads(ndjson_line(event)) | {"viagemId": "Conexão Goiânia"}, ensure_ascii=False
    )
    return line, ("encoding",)


def unclosed_row(event: Event) -> tuple[str, tuple[str, ...]]:
    """A CSV record whose first field opens a quote for ever; only the last of an object."""
    return '"' + csv_line(_in_order(csv_fields(event._replace(trip=None)))), ("unbalanced_quote",)


Fault: TypeAlias = Callable[[Event], tuple[str, tuple[str, ...]]]


def _ndjson_faults(future: str, late: str) -> list[Fault]:
    kinds: list[tuple[Spoil, Sequence[str]]] = [
        (lambda f: f | {"odometroKm": str(f["odometroKm"])}, ["type:odometro_km"]),
        (lambda f: f | {"deviceId": {"id": f["deviceId"]}}, ["type:device_id"]),
        (lambda f: f | {"timestamp": 1_795_000_000_000}, ["type:event_timestamp"]),
        (lambda f: _without(f, "tipoVeiculo"), ["missing:tipo_veiculo"]),
        (lambda f: f | {"custoFixo": None}, ["missing:custo_fixo"]),
        (lambda f: f | {"timestamp": future}, ["future:event_timestamp"]),
        (lambda f: f | {"timestamp": late}, ["late:event_timestamp"]),
        (lambda f: f | {"timestamp": "2026-02-30T10:00:00-03:00"}, ["format:event_timestamp"]),
        (lambda f: f | {"odometroKm": -12.5}, ["range:odometro_km"]),
        (lambda f: f | {"tipoVeiculo": "fretado"}, ["enum:tipo_veiculo"]),
        (lambda f: f | {"deviceId": ""}, ["length:device_id"]),
        (lambda f: f | {"viagemId": "V" * 65}, ["length:viagem_id"]),
        (
            lambda f: f | {"tipoVeiculo": "URBANO", "custoVariavel": -0.01},
            ["enum:tipo_veiculo", "range:custo_variavel"],
        ),
        (
            lambda f: _without(f, "deviceId") | {"timestamp": "ontem", "custoFixo": True},
            ["missing:device_id", "format:event_timestamp", "type:custo_fixo"],
        ),
    ]

    def fault(spoil: Spoil, codes: Sequence[str]) -> Fault:
        return lambda event: (json.dumps(spoil(json.loads(ndjson_line(event)))), tuple(codes))

    return [fault(spoil, codes) for spoil, codes in kinds]


def _csv_faults(future: str, late: str) -> list[Fault]:
    kinds: list[tuple[Spoil, Sequence[str]]] = [
        (lambda f: f | {"odometroKm": "1204,5"}, ["format:odometro_km"]),
        (lambda f: f | {"deviceId": " "}, ["missing:device_id"]),
        (lambda f: f | {"tipoVeiculo": "fretado"}, ["enum:tipo_veiculo"]),
        (lambda f: f | {"timestamp": "23/11/2026 08:00"}, ["format:event_timestamp"]),
        (lambda f: f | {"odometroKm": "-0.001"}, ["range:odometro_km"]),
        (lambda f: f | {"timestamp": future}, ["future:event_timestamp"]),
        (lambda f: f | {"timestamp": late}, ["late:event_timestamp"]),
    ]

    def fault(spoil: Spoil, codes: Sequence[str]) -> Fault:
        return lambda event: (csv_line(_in_order(spoil(csv_fields(event)))), tuple(codes))

    return [fault(spoil, codes) for spoil, codes in kinds]


def _cut_line(event: Event) -> tuple[str, tuple[str, ...]]:
    return ndjson_line(event)[:-20], ("malformed_json",)


def _array_line(event: Event) -> tuple[str, tuple[str, ...]]:
    return f"[{ndjson_line(event)}]", ("not_an_object",)


def _ragged_row(event: Event) -> tuple[str, tuple[str, ...]]:
    return csv_line(_in_order(csv_fields(event))[:-1]), ("ragged_row",)


def _in_order(fields: Fields) -> list[str]:
    return [fields[column] for column in CSV_COLUMNS]


def _without(fields: Fields, name: str) -> Fields:
    return {key: value for key, value in fields.items() if key != name}
