"""Reads a JSON array: a record is an element of the one top-level array."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import numpy as np

from atvos.contract import reasons
from curate.records import (
    BOM,
    KEPT_OF_LONG,
    MAX_RECORD,
    Block,
    Fault,
    Records,
    UnreadableError,
)

_SPACE = re.compile(r"[ \t\r\n]*")
# Lenient about control characters: the judge says what is wrong with one element. Integers are
# read as doubles, as Python refuses to read one of thousands of digits.
_ELEMENT = json.JSONDecoder(strict=False, parse_int=float)
_MAX_ELEMENTS = 50_000


class ElementScanner:
    """Finds where the elements of an array that is read in chunks begin and end.

    The text is the bytes as latin-1, so that a character is a byte and positions agree.
    """

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._text = ""
        self._offset = 0  # position of the text's first character in the object
        self._at = 0  # what was consumed of the text

    @property
    def position(self) -> int:
        """The byte offset of what comes next."""
        return self._offset + self._at

    @property
    def rest(self) -> bytes:
        """The beginning of what was read and not consumed."""
        return self._text[self._at : self._at + KEPT_OF_LONG].encode("latin-1")

    def elements(self) -> Iterator[tuple[int, bytes]]:
        """Position and bytes of each element; UnreadableError where it is no array."""
        self._skip_mark()
        self._expect("[", "no JSON array")
        if self._peek() == "]":
            self._at += 1
        else:
            yield self.position, self._element()
            while self._expect(",]", "a comma or the end of the array is missing") == ",":
                self._peek()
                yield self.position, self._element()
        if self._peek():
            raise UnreadableError("text after the end of the array")

    def _element(self) -> bytes:
        while True:
            try:
                _, end = _ELEMENT.raw_decode(self._text, self._at)
            except RecursionError as error:
                raise UnreadableError("an element is nested too deeply") from error
            except ValueError as error:
                # Malformed, or not yet read to its end: more text tells.
                if len(self._text) - self._at > MAX_RECORD or not self._more():
                    raise UnreadableError("an element is no JSON, or too long") from error
                continue
            # A number that ends where the text does may have more digits.
            if end < len(self._text) or not self._more():
                element = self._text[self._at : end].encode("latin-1")
                self._at = end
                return element

    def _expect(self, characters: str, otherwise: str) -> str:
        found = self._peek()
        if not found or found not in characters:
            raise UnreadableError(otherwise)
        self._at += 1
        return found

    def _peek(self) -> str:
        """The next character that is no space, empty at the end; stands before it after."""
        while True:
            self._at = _SPACE.match(self._text, self._at).end()  # type: ignore[union-attr]
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def _skip_mark(self) -> None:
        while len(self._text) < len(BOM) and self._more():
            pass
        if self._text.startswith(BOM.decode("latin-1")):
            self._at = len(BOM)

    def _more(self) -> bool:
        chunk = next(self._chunks, b"")
        if chunk:
            self._text = self._text[self._at :] + chunk.decode("latin-1")
            self._offset += self._at
            self._at = 0
        return bool(chunk)


def read(chunks: Iterator[bytes], size: int) -> Records:
    """The elements in blocks of about ``size`` bytes; a fault for what cannot be read."""
    scanner = ElementScanner(chunks)
    positions: list[int] = []
    lines: list[bytes] = []
    held = 0
    try:
        for position, element in scanner.elements():
            if len(element) > MAX_RECORD:
                yield Fault(position, reasons.TOO_LONG, element[:KEPT_OF_LONG])
                continue
            positions.append(position)
            lines.append(element)
            held += len(element)
            if held >= size or len(lines) >= _MAX_ELEMENTS:
                yield _block(positions, lines)
                positions, lines, held = [], [], 0
    except UnreadableError as error:
        yield _block(positions, lines)
        yield Fault(scanner.position, reasons.UNREADABLE, scanner.rest, str(error))
        return
    yield _block(positions, lines)


def _block(positions: list[int], lines: list[bytes]) -> Block:
    return Block(np.array(positions, dtype=np.int64), lines)
