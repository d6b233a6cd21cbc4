"""Proposes what a table is dated, partitioned and keyed by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from atvos.contract import LogicalType
from atvos.scaffold.dates import is_time_of_day, joined
from atvos.scaffold.drafts import Draft
from atvos.scaffold.guesses import Guess
from atvos.scaffold.heads import SampleError
from atvos.scaffold.names import snake_case, words

_MAX_KEY = 3
_MAX_CANDIDATES = 12
_FEW_RECORDS = 20
"""Records fewer than these prove no key."""
_BEST_WORDS = words("timestamp event evento datetime ocorrencia occurred instante")
_WORST_WORDS = words(
    """
    created updated criado atualizado criacao atualizacao deadline prazo vencimento fim end
    chegada arrival expires received processed carga loaded
    """
)
_ID_WORDS = words("id uuid guid key chave codigo cod code numero number ata placa")


@dataclass(frozen=True, slots=True)
class Keys:
    """What a table is dated and keyed by.

    ``event`` is a timestamp or date, None where no record is sure to have one; ``key`` are
    columns in the order of the key, ``doubts`` what to think about.
    """

    event: Draft | None
    key: tuple[Draft, ...]
    doubts: tuple[str, ...]


def joined_timestamp(columns: Sequence[Draft]) -> Draft | None:
    """A timestamp of the first date and the first time of day that stand in two columns."""
    top = [column for column in columns if column.required and len(column.sources[0]) == 1]
    days = (c for c in top if c.guess.type is LogicalType.DATE)
    clocks = (c for c in top if c.protection is None and all(map(_is_clock, c.values)))
    day, clock = next(days, None), next(clocks, None)
    if day is None or clock is None or day.guess.form is None:
        return None
    form = joined(day.guess.form, clock.values)
    texts = [f"{one} {other}" for one, other in zip(day.values, clock.values, strict=True)]
    if form is None or not form.fits(texts):
        return None
    guess = Guess(LogicalType.TIMESTAMP, "TIMESTAMP", form.read, form=form)
    return Draft(f"{day.name}_{clock.name}"[:60], (*day.sources, *clock.sources), texts, guess)


def choose(columns: Sequence[Draft]) -> Keys:
    """Event time and key. SampleError where no column can be a key."""
    event = min((c for c in columns if _is_dated(c)), key=_event_rank, default=None)
    key, doubts = _key(columns, event)
    if event is None:
        doubts = ("no date or time that every record has: the newest file is the table", *doubts)
    return Keys(event, key, doubts)


def _is_clock(value: object) -> bool:
    return isinstance(value, str) and is_time_of_day(value)


def _is_dated(column: Draft) -> bool:
    return column.required and column.guess.type in (LogicalType.TIMESTAMP, LogicalType.DATE)


def _event_rank(column: Draft) -> tuple[bool, bool, bool]:
    """Timestamps before dates; those first whose names speak of the event itself."""
    named = set(snake_case(column.name).split("_"))
    is_date = column.guess.type is LogicalType.DATE
    return is_date, bool(named & _WORST_WORDS), not named & _BEST_WORDS


def _key(
    columns: Sequence[Draft], event: Draft | None
) -> tuple[tuple[Draft, ...], tuple[str, ...]]:
    candidates = _candidates(columns, event)
    typed = {id(column): _typed(column) for column in [*candidates, *([event] if event else [])]}
    distinct = _distinct_records(columns)

    def rows(chosen: tuple[Draft, ...]) -> int:
        return len({tuple(typed[id(column)][at] for column in chosen) for at in distinct})

    for chosen in _combinations(candidates, event):
        if rows(chosen) == len(distinct):
            few = (f"{len(distinct)} records prove little: is it unique?",)
            return _with_event(chosen, event), few if len(distinct) < _FEW_RECORDS else ()
    first = _with_event(tuple(candidates[: _MAX_KEY - 1]), event)
    return first, (f"NOT unique: {len(distinct)} different records have {rows(first)} keys",)


def _candidates(columns: Sequence[Draft], event: Draft | None) -> list[Draft]:
    """Columns for a key, the likeliest first. SampleError where there is not even one."""
    possible = [c for c in sorted(columns, key=_key_rank) if _can_be_key(c) and c is not event]
    # A measurement that happens to be unique identifies nothing.
    likely = [c for c in possible if not _is_measured(c)]
    if not possible and event is None:
        raise SampleError(
            "found no column that can be a key; valid: records with a text, a whole number, a "
            "number of up to 15 digits, a date or a boolean"
        )
    return (likely or ([] if event else possible))[:_MAX_CANDIDATES]


def _combinations(candidates: Sequence[Draft], event: Draft | None) -> Iterator[tuple[Draft, ...]]:
    """What may be a key, the likeliest first: an identifier alone, then more with the event."""
    dated = (event,) if event else ()
    yield from ((column,) for column in candidates if not dated or _is_identifier(column))
    for size in (1, 2) if dated else (2, 3):
        yield from ((*chosen, *dated) for chosen in combinations(candidates, size))
    yield from (dated,) if dated else ()


def _with_event(chosen: tuple[Draft, ...], event: Draft | None) -> tuple[Draft, ...]:
    """The key has the event time, so that a row that comes again meets the first one."""
    return chosen if event is None or event in chosen else (*chosen, event)


def _can_be_key(column: Draft) -> bool:
    return not column.is_array and column.guess.physical_type != "FLOAT64"


def _is_measured(column: Draft) -> bool:
    return column.guess.type in (LogicalType.NUMBER, LogicalType.BOOLEAN)


def _is_identifier(column: Draft) -> bool:
    return bool(set(column.name.split("_")) & _ID_WORDS)


def _key_rank(column: Draft) -> tuple[bool, bool, bool, bool]:
    """What every record has before the rest, people last; identifiers first."""
    dated = column.guess.type in (LogicalType.TIMESTAMP, LogicalType.DATE)
    return not column.required, column.protection is not None, not _is_identifier(column), dated


def _typed(column: Draft) -> list[Any]:
    return [None if value is None else column.guess.read(value) for value in column.values]


def _distinct_records(columns: Sequence[Draft]) -> list[int]:
    """Positions of the records that are not the same as one before: those prove nothing."""
    seen: dict[str, int] = {}
    for at in range(len(columns[0].values)):
        seen.setdefault(repr([column.values[at] for column in columns]), at)
    return list(seen.values())
