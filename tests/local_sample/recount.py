"""Counts a sample's rows again, with the standard library and none of the generator's code.

Deliberately plain: one row at a time, everything in memory. It knows the two contracts by
heart, so it also says what the generator believes about them.
"""

import csv
import gzip
import io
import json
import math
import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from local.sample import SampleObject

SAO_PAULO = ZoneInfo("America/Sao_Paulo")
COLUMNS = {
    "deviceId": "device_id",
    "timestamp": "event_timestamp",
    "tipoVeiculo": "tipo_veiculo",
    "odometroKm": "odometro_km",
    "custoVariavel": "custo_variavel",
    "custoFixo": "custo_fixo",
    "viagemId": "viagem_id",
}
SHORTEST = {"deviceId": 1, "viagemId": 0}
NUMBERS = ("odometroKm", "custoVariavel", "custoFixo")


class Position(NamedTuple):
    """A valid telemetry row."""

    device_id: str
    instant: datetime
    trip: str | None
    odometer: Decimal


class Counts(NamedTuple):
    """What was found in one object."""

    read: int
    valid: int
    rejected: int
    duplicate: int
    reasons: dict[str, int]


class Recount:
    """A warehouse that takes batches of telemetry objects; the first row of a key stays."""

    def __init__(self, until: datetime) -> None:
        self.until = until
        self.published: dict[tuple[str, datetime, str | None], Position] = {}
        self.counts: dict[str, Counts] = {}

    def take(self, batch: Iterable[SampleObject]) -> None:
        """Judge a batch, remove its own duplicates, then those of what is published."""
        fresh: dict[tuple[str, datetime, str | None], tuple[str, Position]] = {}
        judged: dict[str, list[list[str] | Position]] = {}
        for item in batch:
            judged[item.name] = [self._judge(*record) for record in records(item)]
            for row in judged[item.name]:
                if isinstance(row, Position):
                    fresh.setdefault(row[:3], (item.name, row))
        new = {key: row for key, row in fresh.items() if key not in self.published}
        self.published |= {key: row for key, (_, row) in new.items()}
        valid = Counter(name for name, _ in new.values())
        for name, rows in judged.items():
            rejects = [row for row in rows if isinstance(row, list)]
            reasons = Counter(code for codes in rejects for code in codes)
            self.counts[name] = Counts(
                len(rows),
                valid[name],
                len(rejects),
                len(rows) - len(rejects) - valid[name],
                dict(sorted(reasons.items())),
            )

    def vehicle_days(self) -> dict[tuple[str, date], tuple[Decimal, int, bool]]:
        """Kilometres, events and whether the odometer fell, by device and day."""
        days: dict[tuple[str, date], list[Position]] = defaultdict(list)
        for row in self.published.values():
            days[row.device_id, row.instant.astimezone(SAO_PAULO).date()].append(row)
        result = {}
        for key, rows in days.items():
            odometers = [row.odometer for row in sorted(rows, key=lambda row: row.instant)]
            fell = odometers != sorted(odometers)
            km = Decimal(0) if fell else max(odometers) - min(odometers)
            result[key] = (km, len(rows), fell)
        return result

    def _judge(self, fields: dict[str, Any], codes: list[str]) -> list[str] | Position:
        if codes:
            return codes
        codes = []
        for name, column in COLUMNS.items():
            value = fields.get(name)
            if value is None:
                codes += [f"missing:{column}"] if name != "viagemId" else []
            elif name in NUMBERS and isinstance(value, bool | str):
                codes.append(f"type:{column}")
            elif name in NUMBERS and math.isnan(value):  # a CSV text that is no number
                codes.append(f"format:{column}")
            elif name in NUMBERS and value < 0:
                codes.append(f"range:{column}")
            elif name not in NUMBERS and not isinstance(value, str):
                codes.append(f"type:{column}")
            elif name in SHORTEST and not SHORTEST[name] <= len(value) <= 64:
                codes.append(f"length:{column}")
            elif name == "tipoVeiculo" and value not in ("urbano", "agricola"):
                codes.append(f"enum:{column}")
            elif name == "timestamp":
                codes += self._time_faults(value)
        if codes:
            return codes
        odometer = Decimal(str(fields["odometroKm"])).quantize(Decimal("0.001"))
        instant = instant_of(fields["timestamp"])
        return Position(fields["deviceId"], instant, fields.get("viagemId"), odometer)

    def _time_faults(self, text: str) -> list[str]:
        try:
            ahead = instant_of(text) - self.until
        except ValueError:
            return ["format:event_timestamp"]
        if ahead > timedelta(minutes=5):
            return ["future:event_timestamp"]
        return ["late:event_timestamp"] if -ahead > timedelta(days=62) else []


def instant_of(text: str) -> datetime:
    """The instant of an ISO 8601 text; a naive one is São Paulo's."""
    if not re.match(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d", text):
        raise ValueError(text)
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=SAO_PAULO)).astimezone(UTC)


def records(item: SampleObject) -> Iterator[tuple[dict[str, Any], list[str]]]:
    """Every record with the codes of what is wrong with it as a whole."""
    data, damaged = unpacked(item)
    if item.name.endswith((".csv", ".csv.gz")):
        yield from _csv_records(data)
        return
    *lines, rest = data.split(b"\n")
    for line in lines if damaged else [*lines, rest]:
        if line.strip():
            yield _json_record(line)
    if damaged:
        yield {}, ["unreadable"]


def unpacked(item: SampleObject) -> tuple[bytes, bool]:
    """The object's bytes, as far as they can be had, and whether some are lost."""
    if not item.content.startswith(b"\x1f\x8b"):
        return item.content, False
    try:
        return gzip.decompress(item.content), False
    except EOFError:
        return zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(item.content), True


def _json_record(line: bytes) -> tuple[dict[str, Any], list[str]]:
    try:
        record = json.loads(line.decode())
    except UnicodeDecodeError:
        return {}, ["encoding"]
    except json.JSONDecodeError:
        return {}, ["malformed_json"]
    return (record, []) if isinstance(record, dict) else ({}, ["not_an_object"])


def _csv_records(data: bytes) -> Iterator[tuple[dict[str, Any], list[str]]]:
    reader = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
    header = next(reader)
    try:
        for row in reader:
            if len(row) != len(header):
                yield {}, ["ragged_row"]
                continue
            fields: dict[str, Any] = {
                name: text.strip() or None for name, text in zip(header, row, strict=True)
            }
            for name in NUMBERS:
                if fields.get(name) is not None:
                    number = re.fullmatch(r"-?\d+(\.\d+)?", fields[name])
                    fields[name] = float(fields[name]) if number else float("nan")
            yield fields, []
    except csv.Error:  # the end was reached inside quotes
        yield {}, ["unbalanced_quote"]
