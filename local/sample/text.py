"""Writes true events down, in the ways that the carriers' systems do."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta, timezone

from local.sample.drive import Event
from local.sample.model import ZONE

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
_WEST = timezone(timedelta(hours=-4))
_STYLES = 10


def instant_text(instant: int, style: int) -> str:
    """An instant (ms) as ISO 8601: mostly São Paulo's offset, at times none or another one.

    Styles that differ by five never write the same text.
    """
    zone = {5: UTC, 6: UTC, 9: _WEST}.get(style % _STYLES, ZONE)
    moment = datetime.fromtimestamp(instant // 1000, zone)
    text = f"{moment:%Y-%m-%d}{' ' if style % _STYLES == 8 else 'T'}{moment:%H:%M:%S}"  # noqa: PLR2004
    if instant % 1000:
        text += f".{instant % 1000:03d}"
    return text + {5: "+00:00", 6: "Z", 7: "", 8: "", 9: "-04:00"}.get(style % _STYLES, "-03:00")


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


def csv_line(fields: list[str]) -> str:
    """A CSV record without its line end; texts that need it are quoted."""
    line = io.StringIO()
    # The writer quotes the characters of its line end: without one it would quote none.
    csv.writer(line, lineterminator="\r\n").writerow(fields)
    return line.getvalue().removesuffix("\r\n")


def _km(metres: int, style: int) -> str:
    """Kilometres; at times with a digit that the column does not keep."""
    if metres % 1000 == 0:
        return str(metres // 1000)
    return f"{metres // 1000}.{metres % 1000:03d}{'2' if style % 50 == 9 else ''}"  # noqa: PLR2004


def _reais(tenth_of_mils: int) -> str:
    return f"{tenth_of_mils // 10_000}.{tenth_of_mils % 10_000:04d}"
