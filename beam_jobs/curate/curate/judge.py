"""The scalar judge: docs/curate.md in code. It alone gives reason codes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from atvos.contract import Column, Feed, Source, SourcePath, reasons
from curate import row_rules
from curate.attributes import JsonAttributes
from curate.shape import shape
from curate.values import (
    BLANKS,
    RefusedError,
    Scalar,
    Value,
    broken_constraints,
    from_json,
    from_text,
    is_null,
    stored,
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Either the typed values of the columns that are read, in order, or the reasons."""

    values: tuple[Value, ...] = ()
    reasons: tuple[str, ...] = ()
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """The instants between which an event time is neither late nor in the future."""

    earliest: datetime | None
    latest: datetime | None

    @classmethod
    def of(cls, feed: Feed, now: datetime) -> Window:
        """The window of a batch that was made at ``now``."""
        return cls(
            None if feed.max_late is None else _shifted(now, -feed.max_late),
            None if feed.max_future is None else _shifted(now, feed.max_future),
        )

    def broken(self, instant: datetime) -> Iterator[str]:
        """The kind of reason against an event time, if there is one."""
        if self.latest is not None and instant > self.latest:
            yield reasons.FUTURE
        if self.earliest is not None and instant < self.earliest:
            yield reasons.LATE


def source_paths(feed: Feed) -> tuple[SourcePath, ...]:
    """Where the values of the feed's columns stand, each once."""
    return tuple(dict.fromkeys(path for c in feed.read_columns for path in c.sources))


def header_names(feed: Feed) -> tuple[str, ...]:
    """The header names that the columns of a CSV are read from, each once."""
    return tuple(name for (name,) in source_paths(feed))


def event_column(feed: Feed) -> Column | None:
    """The column with the event time; of a derived date, the timestamp it is derived from."""
    if feed.event_time is None:
        return None
    column = feed.by_name[feed.event_time]
    return column if column.derived_from is None else feed.by_name[column.derived_from]


class Judge:
    """Judges one record after the other against a contract.

    ``now`` is when the batch was made; ``source`` tells how its CSV writes numbers.
    """

    def __init__(self, feed: Feed, source: Source, now: datetime) -> None:
        self._columns = feed.read_columns
        self._rules = feed.row_rules
        self._event = event_column(feed)
        self._window = Window.of(feed, now)
        self._decimal_mark = source.decimal_mark
        self._attributes = JsonAttributes(shape(feed.read_columns))

    def line(self, line: bytes) -> Verdict:
        """The verdict on a JSON text."""
        try:
            found = self._attributes.read(line)
        except RefusedError as refused:
            return Verdict(reasons=(refused.kind,), detail=refused.detail)
        return self._verdict(found)

    def row(self, texts: Mapping[str, str]) -> Verdict:
        """The verdict on the fields of a CSV row, by header name."""
        found: dict[SourcePath, object] = {
            (name,): text.strip(BLANKS) or None for name, text in texts.items()
        }
        return self._verdict(found, self._decimal_mark)

    def _verdict(
        self, found: Mapping[SourcePath, object], decimal_mark: str | None = None
    ) -> Verdict:
        """The verdict on what was found; CSV's values are texts and have a decimal mark."""
        values, codes = self._judged(self._columns, found, decimal_mark)
        codes = codes or [
            reasons.of(reasons.RULE, rule.name)
            for rule in self._rules
            if not row_rules.holds(rule, values)
        ]
        return Verdict(reasons=tuple(codes)) if codes else Verdict(values=tuple(values.values()))

    def _judged(
        self,
        columns: Sequence[Column],
        found: Mapping[SourcePath, object],
        decimal_mark: str | None = None,
        prefix: str = "",
    ) -> tuple[dict[str, Value], list[str]]:
        """The columns' values by name, and the codes of all faults."""
        values: dict[str, Value] = {}
        codes: list[str] = []
        for column in columns:
            value = _value(column, found)
            if column.items is not None:
                values[column.name], faults = self._array(column, column.items, value)
            else:
                values[column.name], kinds = self._column(column, value, decimal_mark)
                faults = [reasons.of(kind, prefix + column.name) for kind in kinds]
            codes += faults
        return values, codes

    def _column(
        self, column: Column, value: object, decimal_mark: str | None
    ) -> tuple[Scalar, list[str]]:
        """The value that is stored, or the kinds of what is wrong with it."""
        if value is None:
            return None, [reasons.MISSING] if column.required else []
        try:
            if decimal_mark is None:
                typed = from_json(column, value)
            else:
                typed = from_text(column, str(value), decimal_mark)
        except RefusedError as refused:
            return None, [refused.kind]
        kinds = broken_constraints(column, typed)
        if column is self._event:
            kinds += self._window.broken(_as_instant(typed))
        return (None, kinds) if kinds else (stored(column, typed), [])

    def _array(self, column: Column, item: Column, value: object) -> tuple[Value, list[str]]:
        """The elements that are stored, and the codes of all their faults, each once."""
        if value is None:
            missing = [reasons.of(reasons.MISSING, column.name)]
            return [], missing if column.required else []
        if not isinstance(value, list):
            return None, [reasons.of(reasons.TYPE, column.name)]
        judged = [self._element(item, element) for element in value]
        codes = dict.fromkeys(code for _, faults in judged for code in faults)
        return [kept for kept, _ in judged], list(codes)

    def _element(self, item: Column, element: object) -> tuple[object, list[str]]:
        """What is stored of an element, and the codes of its faults."""
        if not item.fields and element is not None:
            kept, kinds = self._column(item, element, None)
            return kept, [reasons.of(kind, item.name) for kind in kinds]
        if not isinstance(element, dict):
            return None, [reasons.of(reasons.TYPE, item.name)]
        return self._judged(item.fields, element, prefix=f"{item.name}.")


def _value(column: Column, found: Mapping[SourcePath, object]) -> object:
    """The column's value from those of its sources; None for null."""
    if len(column.sources) == 1:
        value = found.get(column.sources[0])
        return None if is_null(column, value) else value
    parts = [found.get(path) for path in column.sources]
    if any(is_null(column, part) for part in parts):
        return None
    texts = [part for part in parts if isinstance(part, str)]
    if len(texts) < len(parts):
        return parts  # of no type that a timestamp can have
    joined = " ".join(texts)
    return None if is_null(column, joined) else joined


def _as_instant(value: Scalar) -> datetime:
    """An event time as an instant: a date is its midnight in UTC."""
    if isinstance(value, datetime):
        return value
    assert isinstance(value, date)
    return datetime(value.year, value.month, value.day, tzinfo=UTC)


def _shifted(now: datetime, by: timedelta) -> datetime | None:
    try:
        return now + by
    except OverflowError:
        return None
