"""Guesses the type of a column from the values that it has in a sample.

A guess fits every value that it was made of, as the curate job reads them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from atvos.contract import EpochUnit, LogicalType
from atvos.contract.values import MAX_PRECISION, MAX_SCALE
from atvos.scaffold.dates import Form, form_of
from atvos.scaffold.names import snake_case, words

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_NUMBER = {m: re.compile(rf"-?(?:0|[1-9][0-9]*)(?:{re.escape(m)}[0-9]+)?") for m in ".,"}
_THOUSANDS = re.compile(r"-?[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+|-?[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]+")
_LOOKED_AT, _TRIED, _NEARLY_ALL = 1000, 20, 0.9
"""Texts that are looked at for what nearly all are, those tried as dates, and that share."""
_INT64 = 2**63
_MOST_DIGITS = 300
"""A text of more digits may be no double at all."""
_SPARE_DIGITS = 3
"""Digits before the point that are left free for numbers larger than the sample's."""
_USUAL_SCALE, _USUAL_PRECISION = 2, 12
_DEGREES = words("lat latitude lon lng long longitude")
_DATED = words(
    """
    at em time timestamp ts date datetime data hora dia day instant instante epoch created
    updated criado atualizado when quando inicio fim start end
    """
)
_EPOCHS = {
    EpochUnit.MILLISECONDS: (946_684_800_000, 4_102_444_800_000),
    EpochUnit.SECONDS: (946_684_800, 4_102_444_800),
}
"""Counts from 2000 to 2100."""
_SENTINELS = frozenset({"-1", "-99", "-999", "-9999", "99999", "999999", "9999999"})
_NO_VALUES = frozenset({"", "-", "--", "n/a", "na", "nan", "null", "none", "nd", "n/d", "s/n", "?"})


class UnfitError(Exception):
    """Values that no type of a column fits; says why, and quotes no value."""


@dataclass(frozen=True)
class Guess:
    """What the values of a column are taken for.

    ``read`` gives the typed value of one of them: a Decimal of a NUMERIC, an instant in UTC.
    ``notes`` are for the person who edits, ``form`` is how a date or time is written.
    """

    type: LogicalType
    physical_type: str
    read: Callable[[Any], Any]
    notes: tuple[str, ...] = ()
    form: Form | None = None
    epoch_unit: EpochUnit | None = None


def text_guess(notes: tuple[str, ...] = ()) -> Guess:
    """Values that are kept as the texts that they are."""
    return Guess(LogicalType.STRING, "STRING", str, notes)


def guess(name: str, values: Sequence[Any], decimal_mark: str | None) -> Guess:
    """The type that fits all values, none of them null; UnfitError where there is none.

    ``decimal_mark`` is that of a CSV, whose values are texts; None for JSON.
    """
    kinds = {type(value) for value in values}
    if not values:
        return text_guess(("no value in the sample: is it a text?",))
    if kinds == {bool}:
        return Guess(LogicalType.BOOLEAN, "BOOL", bool)
    if kinds <= {int, float}:
        return _of_numbers(name, values, list(map(_decimal, values)))
    if kinds != {str}:
        raise UnfitError("values of several types: " + ", ".join(sorted(map(_kind, kinds))))
    return _of_texts(name, values, decimal_mark)


def _of_texts(name: str, texts: Sequence[str], mark: str | None) -> Guess:
    dated = is_dated(name)
    form = form_of(texts, dated)
    if form is not None:
        return _of_form(form, texts)
    if mark is None:
        return text_guess(_text_notes(texts, "."))
    if all(text.lower() in ("true", "false") for text in texts):
        return Guess(LogicalType.BOOLEAN, "BOOL", lambda text: text.lower() == "true")
    if all(map(_NUMBER[mark].fullmatch, texts)) and max(map(len, texts)) <= _MOST_DIGITS:
        whole = all(map(_INTEGER.fullmatch, texts))
        numbers = [Decimal(text.replace(mark, ".")) for text in texts]
        if whole and max(map(abs, numbers)) >= _INT64:
            return text_guess(("whole numbers beyond 64 bits, kept as texts",))
        return _of_numbers(name, [int(text) if whole else 0.0 for text in texts], numbers, mark)
    return text_guess(_text_notes(texts, mark))


def _of_form(form: Form, texts: Sequence[str]) -> Guess:
    kind = LogicalType.DATE if form.is_date else LogicalType.TIMESTAMP
    notes: tuple[str, ...] = ()
    if form.rivals:
        notes += (f"all values fit {', '.join(form.rivals)} as well: which is it?",)
    if form.naive:
        notes += ("times without an offset are taken as São Paulo's",)
    if any("1900" in text or "9999" in text for text in texts):
        notes += ("years 1900 or 9999 may mean null: nullValues",)
    return Guess(kind, kind.value.upper(), form.read, notes, form=form)


def _of_numbers(
    name: str, values: Sequence[float], numbers: Sequence[Decimal], mark: str = "."
) -> Guess:
    """Of numbers, exactly and as they are written; ``values`` tells only integers from others."""
    sentinels = sorted({str(number) for number in numbers} & _SENTINELS)
    notes = tuple(f"{text} may mean null: nullValues" for text in sentinels)
    if not all(isinstance(value, int) for value in values):
        return _of_fractions(name, numbers, mark, notes)
    least, greatest = min(numbers), max(numbers)
    for unit, (low, high) in _EPOCHS.items():
        if is_dated(name) and low <= least and greatest < high:
            return _of_epoch(unit)
    if least >= -_INT64 and greatest < _INT64:
        return Guess(LogicalType.INTEGER, "INT64", int, notes)
    if not math.isfinite(max(map(_double, numbers), key=abs)):
        raise UnfitError("numbers that no double holds")
    notes = ("whole numbers beyond 64 bits: a double loses digits of them",)
    return Guess(LogicalType.NUMBER, "FLOAT64", float, notes)


def _of_epoch(unit: EpochUnit) -> Guess:
    ticks = {EpochUnit.MILLISECONDS: 1000, EpochUnit.SECONDS: 1_000_000}[unit]
    start = datetime(1970, 1, 1, tzinfo=UTC)
    return Guess(
        LogicalType.TIMESTAMP,
        "TIMESTAMP",
        lambda value: start + timedelta(microseconds=int(value) * ticks),
        (f"counts {unit.value} since 1970 in UTC",),
        epoch_unit=unit,
    )


def _of_fractions(
    name: str, numbers: Sequence[Decimal], mark: str, notes: tuple[str, ...]
) -> Guess:
    whole = max(max(number.adjusted() + 1, 1) for number in numbers)
    scale = max(max(-int(number.as_tuple().exponent), 0) for number in numbers)
    if not math.isfinite(max(map(_double, numbers), key=abs)):
        raise UnfitError("numbers that no double holds")

    def double(value: Any) -> float:
        return float(str(value).replace(mark, "."))

    if set(snake_case(name).split("_")) & _DEGREES:
        return Guess(LogicalType.NUMBER, "FLOAT64", double, notes)
    if scale > MAX_SCALE or whole + scale > MAX_PRECISION:
        notes += (f"{whole} digits before and {scale} after the point: a double rounds some",)
        return Guess(LogicalType.NUMBER, "FLOAT64", double, notes)
    scale = max(scale, min(_USUAL_SCALE, MAX_PRECISION - whole))
    precision = min(max(whole + scale + _SPARE_DIGITS, _USUAL_PRECISION), MAX_PRECISION)

    def rounded(value: Any) -> Decimal:
        return Decimal(round(double(value) * 10.0**scale)).scaleb(-scale)

    return Guess(LogicalType.NUMBER, f"NUMERIC({precision}, {scale})", rounded, notes)


def is_dated(name: str) -> bool:
    """Whether a source's name for its values speaks of dates or times."""
    return bool(set(snake_case(name).split("_")) & _DATED)


def _text_notes(texts: Sequence[str], mark: str) -> tuple[str, ...]:
    """What looks as if it meant null, and that the other texts would be numbers or dates."""
    absent = sorted({text for text in texts if text.lower() in _NO_VALUES})
    if any(map(_THOUSANDS.fullmatch, texts)):
        return ("some look like numbers with separators of thousands, which are not read",)
    if not absent:
        return _nearly(texts, mark)
    rest = [text for text in texts if text not in absent]
    shown = ", ".join(map(repr, absent))
    if rest and all(map(_NUMBER[mark].fullmatch, rest)):
        return (f"numbers, but for {shown}: list those in nullValues if they mean null",)
    if rest and form_of(rest, dated=False):
        return (f"dates, but for {shown}: list those in nullValues if they mean null",)
    return (f"{shown} may mean null: nullValues",)


def _nearly(texts: Sequence[str], mark: str) -> tuple[str, ...]:
    """What nearly all of the texts are, where a few keep the column from being it."""
    seen = texts[:_LOOKED_AT]
    form = next((form for text in seen[:_TRIED] if (form := form_of([text], dated=False))), None)
    kinds = {
        "numbers": lambda text: _NUMBER[mark].fullmatch(text) is not None,
        "dates or times": lambda text: form is not None and form.read(text) is not None,
    }
    for kind, fits in kinds.items():
        share = sum(map(fits, seen)) / len(seen)
        if _NEARLY_ALL <= share < 1:
            return (f"{share:.0%} of the first {len(seen)} are {kind}: are the others faults?",)
    return ()


def _decimal(value: Any) -> Decimal:
    """The number exactly as its shortest decimal says it."""
    return Decimal(repr(value))


def _double(number: Decimal) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf


def _kind(kind: type) -> str:
    named = {bool: "boolean", int: "number", float: "number", str: "text", list: "array"}
    return named.get(kind, "object")
