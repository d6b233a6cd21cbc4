"""Finds out how a CSV is written, and reads its rows as far as they can be read."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from atvos.scaffold.heads import Head
from atvos.scaffold.personal import looks_personal

ASCII = "ascii"
"""The encoding of a file that does not show which one it has."""
BLANKS = " \t\r\n\v\f"
_DELIMITERS = ";,\t|"
_LOOKED_AT = 200
_LINES_OF_A_ROW = 1000
_FRACTION = {mark: re.compile(rf"-?[0-9]+{re.escape(mark)}[0-9]+") for mark in ",."}
_VALUE_LIKE = re.compile(r"[-+]?[0-9][0-9.,:/ TZ-]*")


@dataclass(frozen=True, slots=True)
class CsvHead:
    """A CSV's form and the rows that could be read, none of them the header line's.

    ``decimal_mark`` is None where no number shows it, ``names`` are None where the first line is
    a row like the others. ``skipped`` counts the rows that could not be read, by reason.
    """

    encoding: str
    delimiter: str
    decimal_mark: str | None
    names: tuple[str, ...] | None
    rows: list[list[str]]
    skipped: Counter[str]


def read_csv(head: Head, most: int) -> CsvHead:
    """At most ``most`` rows of a CSV, and how it is written."""
    encoding = _encoding(head.content)
    content = head.content if head.whole else head.content[: head.content.rfind(b"\n") + 1]
    lines = content.decode(encoding, "surrogateescape").split("\n")
    lines = [line + "\n" for line in lines[:-1]] + [line for line in lines[-1:] if line]
    delimiter = _delimiter(lines[:_LOOKED_AT])
    skipped: Counter[str] = Counter()
    read = _rows(lines, delimiter, most, skipped)
    rows = [[field.strip(BLANKS) for field in row] for row in read]
    width = len(rows[0]) if rows else 0
    names = tuple(rows[0]) if rows and _is_header(rows[0], rows[1:]) else None
    kept = []
    for row in rows[1:] if names else rows:
        if names and tuple(row) == names:
            skipped["rows that repeat the header"] += 1
        elif len(row) != width:
            skipped["rows of another width than the first"] += 1
        elif any(_is_broken(field) for field in row):
            skipped[f"rows that are no {encoding}"] += 1
        else:
            kept.append(row)
    return CsvHead(encoding, delimiter, _decimal_mark(kept), names, kept, skipped)


def _encoding(content: bytes) -> str:
    """Latin-1 where more lines are no UTF-8 than have characters that only it can tell."""
    if content.isascii():
        return ASCII
    foreign = [line for line in content.split(b"\n")[:-1] or [content] if not line.isascii()]
    broken = sum(not _is_utf8(line) for line in foreign)
    return "latin-1" if broken > len(foreign) - broken else "utf-8"


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _is_broken(text: str) -> bool:
    return not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text)


def _delimiter(lines: Sequence[str]) -> str:
    """The delimiter by which most rows are as wide as the first, and the widest of those."""
    return max(_DELIMITERS, key=lambda delimiter: _evenness(lines, delimiter))


def _evenness(lines: Sequence[str], delimiter: str) -> tuple[float, int]:
    widths = [len(row) for row in _rows(lines, delimiter, _LOOKED_AT, Counter())]
    if not widths or widths[0] == 1:
        return (0.0, 1 if delimiter == "," else 0)
    return (round(widths.count(widths[0]) / len(widths), 1), widths[0])


def _rows(
    lines: Sequence[str], delimiter: str, most: int, skipped: Counter[str]
) -> Iterator[list[str]]:
    """The rows that are not empty; one of many lines that is too narrow had a stray quote."""
    at = given = 0
    width: int | None = None
    csv.field_size_limit(1 << 30)
    reader, begin = csv.reader(lines, delimiter=delimiter), 0
    while given < most:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            skipped["rows with a carriage return outside quotes"] += 1
            begin += reader.line_num
            reader, at = csv.reader(_from(lines, begin), delimiter=delimiter), 0
            continue
        taken, at = reader.line_num - at, reader.line_num
        if taken > 1 and (taken > _LINES_OF_A_ROW or (width is not None and len(row) != width)):
            skipped["rows with a quote that is not closed"] += 1
            begin += at - taken + 1
            reader, at = csv.reader(_from(lines, begin), delimiter=delimiter), 0
        elif row:
            width = len(row) if width is None else width
            given += 1
            yield row


def _from(lines: Sequence[str], begin: int) -> Iterator[str]:
    return (lines[at] for at in range(begin, len(lines)))


def _is_header(first: Sequence[str], others: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns: no value, and nothing that returns below."""
    named = [field for field in first if field]
    if not named or any(_VALUE_LIKE.fullmatch(field) for field in named) or looks_personal(named):
        return False
    below = [row for row in others[:_LOOKED_AT] if len(row) == len(first) and row != first]
    return not any(field and field == row[at] for row in below for at, field in enumerate(first))


def _decimal_mark(rows: Sequence[Sequence[str]]) -> str | None:
    found = dict.fromkeys(",.", 0)
    for row in rows[:_LOOKED_AT]:
        for field in row:
            for mark, form in _FRACTION.items():
                found[mark] += form.fullmatch(field) is not None
    return None if found[","] == found["."] else max(found, key=lambda mark: found[mark])
