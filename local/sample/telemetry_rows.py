"""Writes telemetry down, as NDJSON and as CSV."""

import json

from local.sample.drive import Event
from local.sample.text import instant_text

CSV_COLUMNS = (
    "viagemId",
    "timestamp",
    "odometroKm",
    "deviceId",
    "firmware",  # no column of the contract
    "custoFixo",
    "custoVariavel",
    "tipoVeiculo",
)


def ndjson_line(event: Event, restyle: int = 0, ascii_only: bool = False) -> str:
    """The event as a JSON object. Another ``restyle`` writes the same event otherwise."""
    style = event.serial + restyle
    trip = f'"viagemId":{json.dumps(event.trip, ensure_ascii=ascii_only or style % 4 == 1)},'
    if event.trip is None and style % 2:
        trip = ""
    extra = '"firmware":{"v":"2.1"},' if style % 25 == 3 else ""  # noqa: PLR2004
    return (
        f'{{"deviceId":"{event.device_id}","timestamp":"{instant_text(event.instant, style)}",'
        f'{trip}"tipoVeiculo":"{event.kind}",{extra}"odometroKm":{_km(event.odometer, style)},'
        f'"custoVariavel":{_reais(event.variable_cost)},"custoFixo":{_reais(event.fixed_cost)}}}'
    )


def csv_fields(event: Event, restyle: int = 0) -> dict[str, str]:
    """The event's CSV fields by column; a trip that there is not is blank."""
    style = event.serial + restyle
    return {
        "viagemId": event.trip or "",
        "timestamp": instant_text(event.instant, style),
        "odometroKm": _km(event.odometer, style),
        "deviceId": event.device_id,
        "firmware": "2.1",
        "custoFixo": _reais(event.fixed_cost),
        "custoVariavel": _reais(event.variable_cost),
        "tipoVeiculo": event.kind,
    }


def _km(metres: int, style: int) -> str:
    """Kilometres; at times with a digit that the column does not keep."""
    if metres % 1000 == 0:
        return str(metres // 1000)
    return f"{metres // 1000}.{metres % 1000:03d}{'2' if style % 50 == 9 else ''}"  # noqa: PLR2004


def _reais(tenth_of_mils: int) -> str:
    return f"{tenth_of_mils // 10_000}.{tenth_of_mils % 10_000:04d}"
