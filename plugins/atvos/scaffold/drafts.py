"""Drafts the columns of a table from records: what stands where, of which type, how protected."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from atvos.contract import LogicalType, Protection, SourcePath
from atvos.scaffold.dates import is_time_of_day
from atvos.scaffold.guesses import Guess, UnfitError, guess, text_guess
from atvos.scaffold.names import ColumnNames
from atvos.scaffold.personal import (
    is_personal_name,
    looks_personal,
    may_name_people,
    protection_of,
)
from atvos.scaffold.samples import MAX_DEPTH, Record

MAX_COLUMNS = 300
_UNREADABLE_NAME = re.compile(r'["\\\x00-\x1f]')
"""What the name of an attribute cannot have where the curate job is to find it."""
_ENUM_VALUES = 12
_ENUM_REPEATS = 5
_ENUM_LONGEST = 40


@dataclass(frozen=True)
class Draft:
    """A column as it is proposed.

    ``sources`` are where its values stand; ``values`` are those of the records, in order, None
    for null. An array has ``item``, whose values are all elements; an array of objects has
    ``fields`` instead. ``records`` is how many records tell whether it is required.
    """

    name: str
    sources: tuple[SourcePath, ...]
    values: list[Any] = field(repr=False)
    guess: Guess
    enum: tuple[str, ...] = ()
    protection: Protection | None = None
    fields: tuple[Draft, ...] = ()
    item: Draft | None = None

    @property
    def required(self) -> bool:
        """Whether no record has a null; an array is never required, as none is an empty one."""
        return not self.is_array and None not in self.values

    @property
    def is_array(self) -> bool:
        """Whether its values are arrays."""
        return self.item is not None or bool(self.fields)


@dataclass
class Table:
    """The columns of a table, and what of the records is in none of them, by why."""

    columns: list[Draft] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


def draft_table(records: Sequence[Record], decimal_mark: str | None) -> Table:
    """The columns that the records have; ``decimal_mark`` is that of a CSV, None of JSON."""
    table = Table()
    names = ColumnNames()
    for path, values in _leaves(records, table.left_out):
        if len(table.columns) >= MAX_COLUMNS:
            table.left_out[f"beyond the first {MAX_COLUMNS} columns"] += 1
            continue
        try:
            table.columns.append(_draft(names, path, values, decimal_mark, table.left_out))
        except UnfitError as error:
            table.left_out[f"{_shown(path)}: {error}"] += 1
    return table


def _leaves(
    records: Sequence[Record | None], left_out: Counter[str], start: SourcePath = ()
) -> Iterator[tuple[SourcePath, list[Any]]]:
    """Path and values of all that is no object, in the order in which it is first met."""
    for name in dict.fromkeys(name for record in records for name in record or ()):
        if not name.strip() or _UNREADABLE_NAME.search(name) or looks_personal([name]):
            left_out["values whose names are blank, look like data, or have quotes or escapes"] += 1
            continue
        path = (*start, name)
        values = [record.get(name) if record else None for record in records]
        objects = [value for value in values if isinstance(value, dict)]
        if not objects:
            yield path, values
        elif len(objects) < len(values) - values.count(None):
            left_out[f"{_shown(path)}: values of several types, objects among them"] += 1
        elif len(path) == MAX_DEPTH:
            left_out[f"{_shown(path)}: objects nested too deeply"] += 1
        else:
            yield from _leaves(values, left_out, path)


def _draft(
    names: ColumnNames,
    path: SourcePath,
    values: list[Any],
    mark: str | None,
    left_out: Counter[str],
) -> Draft:
    present = [value for value in values if value is not None]
    if not any(isinstance(value, list) for value in present):
        return _scalar(names, path, values, mark)
    if not all(isinstance(value, list) for value in present):
        raise UnfitError("values of several types, arrays among them")
    elements = [element for value in present for element in value]
    if not elements:
        raise UnfitError("no array in the sample has an element")
    if None in elements:
        raise UnfitError("an element is null")
    array = Guess(LogicalType.ARRAY, "ARRAY", list)
    if not any(isinstance(element, dict) for element in elements):
        item = _scalar(ColumnNames(), path, elements, mark)
        return Draft(names.take(path), (path,), values, array, item=item)
    if not all(isinstance(element, dict) for element in elements):
        raise UnfitError("elements of several types, objects among them")
    fields = tuple(_fields(path, elements, left_out))
    if not fields:
        raise UnfitError("objects without anything that a column could hold")
    return Draft(names.take(path), (path,), values, array, fields=fields)


def _fields(
    path: SourcePath, elements: Sequence[Record], left_out: Counter[str]
) -> Iterator[Draft]:
    names = ColumnNames()
    for inner, values in _leaves(elements, left_out):
        try:
            yield _scalar(names, inner, values, None)
        except UnfitError as error:
            left_out[f"{_shown((*path, *inner))}: {error}"] += 1


def _scalar(names: ColumnNames, path: SourcePath, values: list[Any], mark: str | None) -> Draft:
    present = [value for value in values if value is not None]
    texts = [value for value in present if isinstance(value, str)]
    found = guess(path[-1], present, mark)
    place = ".".join(path)
    protection = protection_of(place, texts)
    dated = found.form is not None or found.epoch_unit is not None
    if protection is not None and not (dated and not is_personal_name(place)):
        if len(texts) < len(present):
            raise UnfitError("looks like personal data and is no text: only texts are protected")
        found = text_guess()
    else:
        protection = None
    is_text = found.type is LogicalType.STRING and protection is None
    enum = _enum(texts) if is_text else ()
    return Draft(names.take(path), (path,), values, found, enum=enum, protection=protection)


def _enum(texts: Sequence[str]) -> tuple[str, ...]:
    """The texts that there are, if they are few, come often, and name nobody."""
    distinct = Counter(texts)
    few = 0 < len(distinct) <= _ENUM_VALUES and len(texts) >= _ENUM_REPEATS * len(distinct)
    usable = all(text == text.strip() and 0 < len(text) <= _ENUM_LONGEST for text in distinct)
    often = all(count > 1 for count in distinct.values())
    plain = all(text.isprintable() and not is_time_of_day(text) for text in distinct)
    if few and usable and often and plain and not may_name_people(distinct):
        return tuple(sorted(distinct))
    return ()


def personal_columns(columns: Iterable[Draft]) -> Iterator[str]:
    """Names of the columns that hold what looks like personal data."""
    for column in columns:
        inner = (*column.fields, *([column.item] if column.item else []))
        if column.protection is not None or any(personal_columns(inner)):
            yield column.name


def _shown(path: SourcePath) -> str:
    """A path as a comment may show it."""
    return ascii(".".join(path))[1:-1][:80]
