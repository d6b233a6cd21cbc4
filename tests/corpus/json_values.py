"""Numbers that are none, are too large, or stand as texts, in columns of each numeric kind."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from tests.corpus.recipe import VALID, Part, Recipe, Shelf
from tests.corpus.rows import between, between_rows, log_entry, row, spoiled

KIND = "number"
_JSON = Shelf(KIND, "telemetry_events", ".json")
_CSV = Shelf(KIND, "telemetry_events", ".csv")
_LOG = Shelf(KIND, "app_logs", ".ndjson")
_MALFORMED, _TYPE, _RANGE, _MISSING, _FORMAT = (
    "malformed_json",
    "type",
    "range",
    "missing",
    "format",
)

# name, JSON text, verdict where NUMERIC(12, 3) is due, verdict where INT64 is due. Both columns
# have a minimum of 0, only the first is required. A verdict is a reason, or the valid value.
_JSON_NUMBERS: list[tuple[str, str, Any, Any]] = [
    ("nan", "NaN", _MALFORMED, _MALFORMED),
    ("infinity", "Infinity", _MALFORMED, _MALFORMED),
    ("minus-infinity", "-Infinity", _MALFORMED, _MALFORMED),
    ("1e400", "1e400", _RANGE, _RANGE),
    ("minus-1e400", "-1e400", _RANGE, _RANGE),
    ("1e-400", "1e-400", Decimal(0), 0),
    ("1e308", "1e308", _RANGE, _RANGE),
    ("2-to-the-63-less-1", "9223372036854775807", _RANGE, 2**63 - 1),
    ("2-to-the-63", "9223372036854775808", _RANGE, _RANGE),
    ("2-to-the-64", "18446744073709551616", _RANGE, _RANGE),
    ("minus-2-to-the-63", "-9223372036854775808", _RANGE, _RANGE),
    ("minus-2-to-the-63-less-1", "-9223372036854775809", _RANGE, _RANGE),
    ("2-to-the-53-and-1", "9007199254740993", _RANGE, 2**53 + 1),
    ("30-digits", "1" * 30, _RANGE, _RANGE),
    ("400-digits", "1" * 400, _RANGE, _RANGE),
    ("5000-digits", "1" * 5000, _RANGE, _RANGE),
    ("minus-5000-digits", "-" + "1" * 5000, _RANGE, _RANGE),
    ("5000-decimals", "0." + "1" * 5000, Decimal("0.111"), _TYPE),
    ("minus-1", "-1", _RANGE, _RANGE),
    ("minus-0", "-0", Decimal(0), 0),
    ("minus-0.0", "-0.0", Decimal(0), 0),
    ("1.0", "1.0", Decimal(1), 1),
    ("1.5", "1.5", Decimal("1.5"), _TYPE),
    ("1e3", "1e3", Decimal(1000), 1000),
    ("1E-3", "1E-3", Decimal("0.001"), _TYPE),
    ("leading-zero", "01", _MALFORMED, _MALFORMED),
    ("plus-sign", "+1", _MALFORMED, _MALFORMED),
    ("no-digit-before-the-point", ".5", _MALFORMED, _MALFORMED),
    ("no-digit-after-the-point", "5.", _MALFORMED, _MALFORMED),
    ("hexadecimal", "0x10", _MALFORMED, _MALFORMED),
    ("underscore", "1_000", _MALFORMED, _MALFORMED),
    ("decimal-comma", "1,5", _MALFORMED, _MALFORMED),
    ("full-width-digits", "\uff11\uff12", _MALFORMED, _MALFORMED),
    ("number-as-text", '"1000.5"', _TYPE, _TYPE),
    ("integer-as-text", '"7"', _TYPE, _TYPE),
    ("brazilian-text", '"1.000,5"', _TYPE, _TYPE),
    ("empty-text", '""', _TYPE, _TYPE),
    ("nan-as-text", '"NaN"', _TYPE, _TYPE),
    ("true", "true", _TYPE, _TYPE),
    ("false", "false", _TYPE, _TYPE),
    ("null", "null", _MISSING, None),
    ("array", "[1]", _TYPE, _TYPE),
    ("object", '{"$numberDouble": "1"}', _TYPE, _TYPE),
    ("array-of-1e400", "[1e400]", _TYPE, _TYPE),
    ("largest", "999999999.999", Decimal("999999999.999"), _TYPE),
    ("rounds-down-to-largest", "999999999.9994", Decimal("999999999.999"), _TYPE),
    ("rounds-up-too-far", "999999999.9996", _RANGE, _TYPE),
    ("ten-digits", "1000000000", _RANGE, 10**9),
    ("half-to-even", "0.0005", Decimal(0), _TYPE),
]
# name, CSV text of a NUMERIC(12, 3) with a decimal point, its verdict.
_CSV_NUMBERS: list[tuple[str, str, Any]] = [
    ("nan", "NaN", _FORMAT),
    ("infinity", "inf", _FORMAT),
    ("exponent", "1e3", _FORMAT),
    ("thousands-point", "1.000.000", _FORMAT),
    ("thousands-comma-quoted", '"1,000.5"', _FORMAT),
    ("thousands-blank", "1 000", _FORMAT),
    ("thousands-apostrophe", "1'000", _FORMAT),
    ("decimal-comma-quoted", '"1000,5"', _FORMAT),
    ("currency", "R$ 10", _FORMAT),
    ("percent", "10%", _FORMAT),
    ("unit", "10 km", _FORMAT),
    ("hexadecimal", "0x10", _FORMAT),
    ("no-digit-before-the-point", ".5", _FORMAT),
    ("no-digit-after-the-point", "5.", _FORMAT),
    ("two-signs", "--5", _FORMAT),
    ("accounting-minus", "(5)", _FORMAT),
    ("trailing-minus", "5-", _FORMAT),
    ("unicode-minus", "\u22125", _FORMAT),
    ("full-width-digits", "\uff11\uff12", _FORMAT),
    ("arabic-digits", "\u0661\u0662", _FORMAT),
    ("no-break-space", "\u00a05", _FORMAT),
    ("formula", "=1+1", _FORMAT),
    ("excel-error", "#N/A", _FORMAT),
    ("null-word", "NULL", _FORMAT),
    ("true", "true", _FORMAT),
    ("empty", "", _MISSING),
    ("blank", " \t", _MISSING),
    ("empty-quoted", '""', _MISSING),
    ("minus-1", "-1", _RANGE),
    ("30-digits", "1" * 30, _RANGE),
    ("400-digits", "1" * 400, _RANGE),
    ("5000-digits", "1" * 5000, _RANGE),
    ("ten-digits", "1000000000", _RANGE),
    ("plus-sign", "+5", Decimal(5)),
    ("leading-zeros", "007.50", Decimal("7.5")),
    ("minus-0", "-0", Decimal(0)),
    ("blanks-around", " 5 ", Decimal(5)),
    ("quoted", '"5.25"', Decimal("5.25")),
    ("5000-decimals", "0." + "1" * 5000, Decimal("0.111")),
]


def recipes() -> Iterator[Recipe]:
    """All of this kind."""
    for name, text, number, whole in _JSON_NUMBERS:
        odd = _part(spoiled(f"n-{name}", "odometroKm", text), "odometro_km", number)
        yield _JSON.made(name, *between(f"n-{name}", odd))
        yield _of_integer(name, text, whole)
    for name, text, number in _CSV_NUMBERS:
        odd = _part(row(f"c-{name}", 30, odometroKm=text), "odometro_km", number)
        yield _CSV.made(name, *between_rows(f"c-{name}", odd))
    ragged = Part(row("c-comma", 30, odometroKm="1000,5"), ("ragged_row",))
    yield _CSV.made("decimal-comma-is-one-field-more", *between_rows("c-comma", ragged))


def _of_integer(name: str, text: str, due: Any) -> Recipe:
    def entry(number: int, value: str) -> bytes:
        shown = json.dumps(log_entry(f"i-{name}-{number}", proxy={"responseByteSize": "HERE"}))
        return shown.replace('"HERE"', value).encode() + b"\n"

    odd = _part(entry(2, text), "response_bytes", due)
    return _LOG.made(name, Part(entry(1, "1")), odd, Part(entry(3, "3")))


def _part(content: bytes, column: str, due: Any) -> Part:
    """The part whose column has this reason (a text), or this value."""
    if not isinstance(due, str):
        return Part(content, VALID, {column: due})
    return Part(content, (due if due == _MALFORMED else f"{due}:{column}",))
