"""The scalar judge: docs/curate.md in code. It alone gives reason codes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from atvos.contract import Column, Feed, Source, reasons
from curate.attributes import JsonAttributes
from curate.values import (
    BLANKS,
    RefusedError,
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


def source_names(feed: Feed) -> tuple[str, ...]:
    """The attributes or header names that the feed's columns are read from, each once."""
    return tuple(dict.fromkeys(name for c in feed.read_columns for name in c.sources))


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
        event = event_column(feed)
        self._event = None if event is None else event.name
        self._window = Window.of(feed, now)
        self._decimal_mark = source.decimal_mark
        self._attributes = JsonAttributes(source_names(feed))

    def line(self, line: bytes) -> Verdict:
        """The verdict on a JSON text."""
        try:
            found = self._attributes.read(line)
        except RefusedError as refused:
            return Verdict(reasons=(refused.kind,), detail=str(refused.__cause__))
        return self._verdict([_joined(c, [found.get(s) for s in c.sources]) for c in self._columns])

    def row(self, texts: Mapping[str, str]) -> Verdict:
        """The verdict on the fields of a CSV row, by header name."""
        values = []
        for column in self._columns:
            parts = [texts[name].strip(BLANKS) or None for name in column.sources]
            values.append(_joined(column, parts))
        return self._verdict(values, self._decimal_mark)

    def _verdict(self, values: Sequence[object], decimal_mark: str | None = None) -> Verdict:
        """The verdict on the columns' values; those of CSV are texts and have a decimal mark."""
        typed: list[Value] = []
        codes: list[str] = []
        for column, value in zip(self._columns, values, strict=True):
            if value is None:
                typed.append(None)
                kinds = [reasons.MISSING] if column.required else []
            else:
                result, kinds = self._column(column, value, decimal_mark)
                typed.append(result)
            codes += (reasons.of(kind, column.name) for kind in kinds)
        return Verdict(reasons=tuple(codes)) if codes else Verdict(values=tuple(typed))

    def _column(
        self, column: Column, value: object, decimal_mark: str | None
    ) -> tuple[Value, list[str]]:
        """The value that is stored, or the kinds of what is wrong with it."""
        try:
            if decimal_mark is None:
                typed = from_json(column, value)
            else:
                typed = from_text(column, str(value), decimal_mark)
        except RefusedError as refused:
            return None, [refused.kind]
        kinds = [*broken_constraints(column, typed)]
        if column.name == self._event:
            kinds += self._window.broken(_as_instant(typed))
        return (None, kinds) if kinds else (stored(column, typed), [])


def _joined(column: Column, parts: Sequence[object]) -> object:
    """The column's value from those of its sources; None for null."""
    if any(is_null(column, part) for part in parts):
        return None
    if len(parts) == 1:
        return parts[0]
    texts = [part for part in parts if isinstance(part, str)]
    if len(texts) < len(parts):
        return parts  # of no type that a timestamp can have
    value = " ".join(texts)
    return None if is_null(column, value) else value


def _as_instant(value: Value) -> datetime:
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
