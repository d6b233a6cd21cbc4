"""Says in words what contracts say in values: spans, limits, comparisons, sources."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from atvos.contract import Check, Column, EpochUnit, LoadMode, Operator, Protection, Source
from atvos.contract import SourceFormat as Format
from atvos.dictionary.markdown import code, codes, text
from atvos.periods import Period

LOAD_MODES = {
    LoadMode.APPEND_FIRST: "the first row of a key stays",
    LoadMode.UPSERT_LATEST: "the newest row of a key counts",
    LoadMode.REPLACE_SNAPSHOT: "the newest object is the whole table",
}
PERIODS = {
    Period.DAY: "day",
    Period.MONTH: "calendar month",
    Period.MEASUREMENT: "measurement window, from the 16th to the 15th",
}
PROTECTIONS = {
    Protection.HASH: "a keyed hash stands in its place",
    Protection.STRIP_QUERY: "query strings are cut off",
}
TIERS = {1: "1 (paged)", 2: "2", 3: "3"}

_METRICS = {
    "nullValues": "null values",
    "invalidValues": "invalid values",
    "duplicateValues": "duplicates",
    "rowCount": "rows",
    "sql": "result",
}
_OPERATORS = {
    Operator.MUST_BE: "=",
    Operator.MUST_NOT_BE: "≠",
    Operator.GREATER: ">",
    Operator.GREATER_OR_EQUAL: "≥",
    Operator.LESS: "<",
    Operator.LESS_OR_EQUAL: "≤",
}
_EPOCHS = {EpochUnit.MILLISECONDS: "milliseconds", EpochUnit.SECONDS: "seconds"}
_UNITS = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))
_MONTH = timedelta(days=30)


def number(value: float) -> str:
    """A number without a fraction that it does not have.

    >>> number(2000.0), number(0.5)
    ('2000', '0.5')
    """
    return str(int(value)) if float(value).is_integer() else str(value)


def span(value: timedelta) -> str:
    """A span in the largest unit that it is a multiple of, but hours up to a day.

    >>> span(timedelta(minutes=5)), span(timedelta(hours=24)), span(timedelta(days=62))
    ('5 min', '24 h', '62 d')
    """
    seconds = value.total_seconds()
    for unit, length in _UNITS:
        if seconds % length == 0 and (unit != "d" or value > timedelta(days=1)):
            return f"{number(seconds / length)} {unit}"
    return f"{number(seconds)} s"


def retention(value: timedelta | None) -> str:
    """How long rows are kept; contracts count a month as 30 days.

    >>> retention(timedelta(days=720)), retention(timedelta(days=90)), retention(None)
    ('24 months of 30 days', '90 days', 'without limit')
    """
    if value is None:
        return "without limit"
    if value % _MONTH == timedelta() and value >= _MONTH * 12:
        return f"{value // _MONTH} months of 30 days"
    return f"{number(value / timedelta(days=1))} days"


def limits(column: Column) -> Iterator[str]:
    """What the contract asks of the column's values, each as a phrase in Markdown."""
    if column.enum:
        yield f"One of {codes(column.enum)}."
    if column.minimum is not None or column.maximum is not None:
        yield f"{_between(column.minimum, column.maximum)}."
    if column.min_length is not None or column.max_length is not None:
        yield f"{_between(column.min_length, column.max_length)} characters."
    if column.pattern is not None:
        yield f"Matches {code(column.pattern)}."


def origin(column: Column) -> Iterator[str]:
    """Where a feed's value stands in the file and how it is read, each as a phrase in Markdown."""
    if column.derived_from is not None:
        yield f"from {code(column.derived_from)}, in {column.time_zone}"
    elif column.sources:
        yield " and ".join(" → ".join(map(code, path)) for path in column.sources)
        if column.time_zone is not None:
            yield f"without offset: {column.time_zone}"
    if column.source_pattern is not None:
        yield f"the part that {code(column.source_pattern)} finds"
    if column.format is not None:
        yield f"written {code(column.format)}"
    if column.epoch_unit is not None:
        yield f"{_EPOCHS[column.epoch_unit]} since 1970"
    if column.null_values:
        yield f"null where {codes(column.null_values)}"


def comparison(check: Check) -> str:
    """What a check measures, and what it must be.

    >>> comparison(Check("a", "rowCount", Operator.GREATER, (0.0,)))
    'rows &gt; 0'
    """
    unit = " %" if check.percent else ""
    if check.operator is Operator.BETWEEN:
        low, high = map(number, check.bounds)
        bound = f"from {low} to {high}{unit}"
    else:
        bound = f"{_OPERATORS[check.operator]} {number(check.bounds[0])}{unit}"
    return text(f"{_METRICS[check.metric]} {bound}")


def source(form: Source) -> str:
    """How objects are written."""
    if form.format is Format.CSV:
        delimiter = "tab" if form.delimiter == "\t" else code(form.delimiter)
        header = "header in the file" if form.header is None else "no header"
        mark = code(form.decimal_mark)
        return f"CSV, {form.encoding}, delimiter {delimiter}, decimal mark {mark}, {header}"
    return {Format.NDJSON: "NDJSON", Format.JSON_ARRAY: "JSON array"}[form.format]


def _between(low: float | None, high: float | None) -> str:
    """
    >>> _between(0, None), _between(None, 9), _between(1, 64), _between(6, 6)
    ('At least 0', 'At most 9', '1 to 64', '6')
    """
    if low is None or high is None:
        return f"At most {number(high or 0)}" if low is None else f"At least {number(low)}"
    return number(low) if low == high else f"{number(low)} to {number(high)}"
