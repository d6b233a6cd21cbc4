"""Puts rows with invalid ones and duplicates into objects, and keeps the books about them."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple, TypeAlias, TypeVar

from local.sample.answer import ObjectAnswer, TableAnswer
from local.sample.model import WAVES, SampleObject, Settings

Fields: TypeAlias = dict[str, Any]
"""A row as its source writes it, by attribute or by name in the header."""

FAULT_EVERY = 30
"""Good rows for each invalid one: more than 95 % of an object of any size are valid."""
RESENT_EVERY = 120
"""Good rows for each duplicate: less than 1 % of an object of any size."""
_MAX_ROWS = 100_000
_Row = TypeVar("_Row")


class Line(NamedTuple):
    """A row as written: an invalid one has reasons."""

    text: str
    reasons: tuple[str, ...] = ()
    duplicate: bool = False


class Fault(NamedTuple):
    """One way to be invalid: what is done to a row's fields, or to its text afterwards."""

    spoil: Callable[[Fields], Fields]
    reasons: tuple[str, ...]
    cut: Callable[[str], str] = str

    def line(self, fields: Fields, write: Callable[[Fields], str]) -> Line:
        """The row, spoiled."""
        return Line(self.cut(write(self.spoil(fields))), self.reasons)


def changed(values: Fields, *reasons: str) -> Fault:
    """The fault of other values."""
    return Fault(lambda fields: fields | values, reasons)


def without(name: str, *reasons: str) -> Fault:
    """The fault of an attribute that is not there."""
    return Fault(lambda fields: {k: v for k, v in fields.items() if k != name}, reasons)


def cut(how: Callable[[str], str], *reasons: str) -> Fault:
    """The fault of another text."""
    return Fault(dict, reasons, how)


def latin_1(values: Fields) -> Fault:
    """The fault of Latin-1 in UTF-8; the values hold a letter that the two write otherwise.

    Bytes that are no UTF-8 are surrogates in the text.
    """

    def encoded(text: str) -> str:
        return text.encode("latin-1").decode("utf-8", "surrogateescape")

    return Fault(lambda fields: fields | values, ("encoding",), encoded)


def soiled(
    rows: Sequence[Fields],
    write: Callable[[Fields], str],
    faults: Iterator[Fault],
    stale: Fields | None = None,
) -> list[Line]:
    """Good rows with invalid ones and duplicates strewn in.

    A duplicate is an earlier row word for word. Where the last row of a key wins and
    ``stale`` values are given, every other one is the row to come, with those values.
    """
    lines = []
    for place, row in enumerate(rows, start=1):
        text = write(row)
        turn, resent = divmod(place, RESENT_EVERY)
        if resent == 0 and stale is not None and turn % 2 == 0:
            lines.append(Line(write(row | stale), duplicate=True))
        lines.append(Line(text))
        if resent == 0 and (stale is None or turn % 2):
            lines.append(Line(write(rows[place - 7]), duplicate=True))
        if place % FAULT_EVERY == 0:
            lines.append(next(faults).line(row, write))
    return lines


def chunks(rows: Iterable[_Row], settings: Settings) -> Iterator[list[_Row]]:
    """The rows of one object after the other: a few objects, however small the sample."""
    size = min(_MAX_ROWS, max(60, 6 * settings.vehicles))
    source = iter(rows)
    while chunk := list(islice(source, size)):
        yield chunk


class Feed(ABC):
    """The objects of one feed, made one at a time, and what is to be found in them."""

    name: str

    def __init__(self) -> None:
        self._entries: dict[int, list[ObjectAnswer]] = {wave: [] for wave in WAVES}
        self.secrets: set[str] = set()

    @abstractmethod
    def objects(self, wave: int) -> Iterator[SampleObject]:
        """The objects of a wave in upload order; to be read to the end, the first wave first."""

    @abstractmethod
    def table(self, after: int) -> TableAnswer:
        """The curated table when the waves up to ``after`` are published."""

    def answers(self, wave: int, after: int) -> list[ObjectAnswer]:  # noqa: ARG002
        """The objects of a wave, as they are counted when the waves up to ``after`` are in."""
        return self._entries[wave]

    def _made(self, wave: int, name: str, content: bytes, lines: Iterable[Line]) -> SampleObject:
        """The object, entered in the books."""
        reasons: Counter[str] = Counter()
        valid = rejected = duplicate = 0
        for line in lines:
            reasons.update(line.reasons)
            rejected += bool(line.reasons)
            duplicate += line.duplicate
            valid += not line.reasons and not line.duplicate
        self._enter(
            wave,
            ObjectAnswer(
                feed=self.name,
                name=name,
                read=valid + rejected + duplicate,
                valid=valid,
                rejected=rejected,
                duplicate=duplicate,
                reasons=dict(sorted(reasons.items())),
            ),
        )
        return SampleObject(self.name, name, content, wave)

    def _enter(self, wave: int, answer: ObjectAnswer) -> None:
        self._entries[wave].append(answer)
