"""Good records of the feeds, and the parts that spoil one attribute of them."""

from __future__ import annotations

import json
from typing import Any

from tests.corpus.recipe import Part, json_line, nothing

TELEMETRY_COLUMNS = {
    "deviceId": "device_id",
    "timestamp": "event_timestamp",
    "tipoVeiculo": "tipo_veiculo",
    "odometroKm": "odometro_km",
    "custoVariavel": "custo_variavel",
    "custoFixo": "custo_fixo",
    "viagemId": "viagem_id",
}
CSV_HEADER = ",".join(TELEMETRY_COLUMNS).encode() + b"\n"
HEADER = nothing(CSV_HEADER)


def event(device: str, second: int = 0, **changes: Any) -> dict[str, Any]:
    """A valid telemetry event of 1 June 2025. Devices differ, so no two objects share a key."""
    return {
        "deviceId": device,
        "timestamp": f"2025-06-01T10:00:{second:02d}Z",
        "tipoVeiculo": "urbano",
        "odometroKm": 1000.5,
        "custoVariavel": 12.5,
        "custoFixo": 3,
        "viagemId": "T1",
    } | changes


def line(device: str, second: int = 0, **changes: Any) -> bytes:
    """A telemetry event as an NDJSON line."""
    return json_line(event(device, second, **changes))


def spoiled(device: str, attribute: str, text: str, second: int = 30) -> bytes:
    """A telemetry line of which one attribute is this JSON text, whatever it is."""
    shown = {key: json.dumps(value) for key, value in event(device, second).items()}
    shown[attribute] = text
    body = ", ".join(f'"{key}": {value}' for key, value in shown.items())
    return f"{{{body}}}\n".encode("utf-8", "surrogatepass")


def row(device: str, second: int = 0, **changes: str) -> bytes:
    """A telemetry event as a CSV row; the texts stand as they are given."""
    fields = {key: str(value) for key, value in event(device, second).items()} | changes
    return ",".join(fields.values()).encode() + b"\n"


def between(device: str, *parts: Part) -> tuple[Part, ...]:
    """The parts between two good lines, which must survive."""
    return (Part(line(device, 1)), *parts, Part(line(device, 2)))


def between_rows(device: str, *parts: Part) -> tuple[Part, ...]:
    """The parts under a header, between two good rows."""
    return (HEADER, Part(row(device, 1)), *parts, Part(row(device, 2)))


def trip(number: str, **changes: Any) -> dict[str, Any]:
    """A valid trip without legs; its driver is made up."""
    return {
        "id": number,
        "asset_id": "V-1",
        "register_number": "000042",
        "garage_name": "Central",
        "license_plate": "ABC-1D23",
        "unit": "UCP",
        "datetime": "2025-06-01T05:10:00",
        "full_distance": 62.5,
        "occupancy_percentage": 81.25,
        "motorista": "Nome Inventado",
        "stops": [],
    } | changes


def leg(**changes: Any) -> dict[str, Any]:
    """A valid leg of a trip."""
    return {"departure_time": "2025-06-01T05:10:00", "departure_site": "Usina"} | changes


def log_entry(number: str, **changes: Any) -> dict[str, Any]:
    """A valid entry of the application's log, of 1 June 2025 10:00 UTC."""
    return {
        "id": number,
        "timestamp": 1_748_772_000_000,
        "deploymentId": "d",
        "projectId": "p",
        "source": "edge",
        "host": "h",
        "level": "info",
    } | changes
