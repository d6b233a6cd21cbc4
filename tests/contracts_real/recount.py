"""Counts the two real files with the standard library, and writes ``expected.json``.

    python -m tests.contracts_real.recount

It knows the files by heart and reads no contract, so that it can be held against whatever
reads them by contract.
"""

import csv
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

DATA = Path(__file__).parents[2] / "../shared/data"
EXPECTED = Path(__file__).with_name("expected.json")
CHICAGO = ZoneInfo("America/Chicago")

_WHOLE = r"[+-]?\d+"
_NUMBER = r"[+-]?\d+(\.\d+)?"
_TIME = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)?"


@dataclass(frozen=True)
class Recipe:
    """How one file is counted: which texts mean null, what a column must look like."""

    file: str
    instant: Callable[[Mapping[str, str]], str]
    key: tuple[str, ...]
    required: tuple[str, ...]
    sentinels: Mapping[str, str] = field(default_factory=dict)
    whole: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    values: Mapping[str, Iterable[str]] = field(default_factory=dict)


GLOBE = {"latitude": (-90.0, 90.0), "longitude": (-180.0, 180.0)}
RECIPES = {
    "tides_vehicle_locations": Recipe(
        file="tides_vehicle_locations.csv",
        instant=lambda row: f"{row['date']} {row['timestamp']}",
        key=("location_ping_id",),
        required=("location_ping_id", "vehicle_id", "latitude", "longitude"),
        sentinels={"odometer": "1054683"},
        whole=("stop_sequence", "odometer", "schedule_deviation"),
        numbers=("latitude", "longitude", "heading", "speed"),
        ranges={
            **GLOBE,
            "heading": (0, 360),
            "speed": (0, float("inf")),
            "odometer": (0, float("inf")),
            "stop_sequence": (0, float("inf")),
        },
        values={"gps_quality": ("Excellent", "Good", "Poor")},
    ),
    "capmetrics_vehicle_positions": Recipe(
        file="capmetrics_vehicle_positions_2015-03-18.csv",
        instant=lambda row: row["timestamp"],
        key=("vehicle_id",),
        required=("vehicle_id", "route_id", "trip_id"),
        sentinels={"latitude": "0.0", "longitude": "0.0"},
        numbers=("latitude", "longitude", "speed"),
        ranges={**GLOBE, "speed": (0, float("inf"))},
    ),
}


def recount(recipe: Recipe) -> dict[str, Any]:
    """Rows, reasons, nulls and times of one file. Days are those of Chicago's clock."""
    reasons: Counter[str] = Counter()
    nulls: Counter[str] = Counter()
    instants: dict[tuple[object, ...], datetime] = {}
    read = rejected = 0
    with (DATA / recipe.file).open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, strict=True):
            read += 1
            codes = _faults(recipe, row)
            reasons.update(codes)
            if codes:
                rejected += 1
                continue
            moment = datetime.fromisoformat(recipe.instant(row))
            instant = (moment if moment.tzinfo else moment.replace(tzinfo=CHICAGO)).astimezone(UTC)
            key = (instant, *(row[column] for column in recipe.key))
            if key not in instants:
                instants[key] = instant
                nulls.update(c for c, text in row.items() if _null(recipe, c, text))
    return {
        "file": recipe.file,
        "read": read,
        "valid": len(instants),
        "rejected": rejected,
        "duplicate": read - rejected - len(instants),
        "reasons": dict(sorted(reasons.items())),
        "days": len({instant.astimezone(CHICAGO).date() for instant in instants.values()}),
        "nulls": dict(sorted(nulls.items())),
        "first_event_at": min(instants.values()).isoformat(),
        "last_event_at": max(instants.values()).isoformat(),
    }


def _null(recipe: Recipe, column: str, text: str) -> bool:
    return not text.strip() or text == recipe.sentinels.get(column)


def _faults(recipe: Recipe, row: Mapping[str, str]) -> list[str]:
    codes = [f"missing:{c}" for c in recipe.required if _null(recipe, c, row[c])]
    if not re.fullmatch(_TIME, recipe.instant(row)):
        codes.append("format:event_timestamp")
    for column, text in row.items():
        if _null(recipe, column, text):
            continue
        pattern = _WHOLE if column in recipe.whole else _NUMBER
        low, high = recipe.ranges.get(column, (float("-inf"), float("inf")))
        if column in (*recipe.whole, *recipe.numbers):
            if not re.fullmatch(pattern, text):
                codes.append(f"format:{column}")
            elif not low <= float(text) <= high:
                codes.append(f"range:{column}")
        if column in recipe.values and text not in recipe.values[column]:
            codes.append(f"enum:{column}")
    return codes


if __name__ == "__main__":
    found = {name: recount(recipe) for name, recipe in RECIPES.items()}
    EXPECTED.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
