"""What the readers hand over: blocks of records, and faults that stand for what is no record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

MAX_RECORD = 16 << 20
"""Bytes that a record may have."""
KEPT_OF_LONG = 64 << 10
"""Bytes that the quarantine keeps of a record that is too long, or of an object's rest."""
BOM = b"\xef\xbb\xbf"

Positions: TypeAlias = npt.NDArray[np.int64]


class UnreadableError(Exception):
    """An object cannot be read on: it is gone, or its bytes are damaged. Says why."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is rejected before its columns are looked at; counts as one row read.

    ``position`` is a byte offset in the decompressed object, ``line`` its text from there.
    """

    position: int
    reason: str
    line: bytes = field(repr=False)
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """Records that follow one another in an object, their bytes and byte offsets.

    ``texts`` has the fields of CSV rows by header name, one per record; JSON has None.
    """

    positions: Positions
    lines: Sequence[bytes] = field(repr=False)
    texts: Mapping[str, Sequence[str]] | None = field(default=None, repr=False)

    def __len__(self) -> int:
        return len(self.lines)

    def pieces(self, most: int) -> Iterator[Block]:
        """The block in pieces of at most so many records."""
        if len(self) <= most:
            yield self
            return
        for first in range(0, len(self), most):
            part = slice(first, first + most)
            texts = self.texts and {name: values[part] for name, values in self.texts.items()}
            yield Block(self.positions[part], self.lines[part], texts)

    def row(self, index: int) -> dict[str, str] | None:
        """The fields of one CSV row by header name; None of JSON."""
        if self.texts is None:
            return None
        return {name: texts[index] for name, texts in self.texts.items()}


Records: TypeAlias = Iterator[Block | Fault]


def without_line_end(line: bytes) -> bytes:
    r"""The line without the ``\n`` or ``\r\n`` that ends it.

    >>> without_line_end(b"a,b\r\n")
    b'a,b'
    """
    return line.removesuffix(b"\n").removesuffix(b"\r")
