"""Regroups the bytes of an object into blocks of whole lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from atvos.contract import reasons
from curate.records import BOM, KEPT_OF_LONG, MAX_RECORD, Fault, UnreadableError

END = b"\n"


@dataclass(frozen=True, slots=True)
class Lines:
    """Whole lines with their ends, at ``position`` in the object; only its last may lack one."""

    position: int
    content: bytes = field(repr=False)


LineBlocks: TypeAlias = Iterator[Lines | Fault]


def whole_lines(
    chunks: Iterator[bytes], position: int = 0, longest: int = MAX_RECORD
) -> LineBlocks:
    """The lines of ``chunks``, whose first byte stands at ``position``, block by block.

    A line of more than ``longest`` bytes is a fault, and so is the rest of an object that
    cannot be read on. Chunks must not be longer than ``longest``; about three of that size
    are held at once.
    """
    rest = b""
    try:
        for chunk in chunks:
            block = rest + chunk
            cut = block.rfind(END) + 1
            rest = block[cut:]
            yield from _checked(block[:cut], position, longest)
            position += cut
            if len(rest) > longest:
                yield _too_long(rest, position)
                position, rest = _next_line(chunks, position + len(rest))
    except UnreadableError as error:
        yield Fault(position, reasons.UNREADABLE, rest[:KEPT_OF_LONG], str(error))
        return
    yield from _checked(rest, position, longest)


def _checked(block: bytes, position: int, longest: int) -> LineBlocks:
    """The block without a byte order mark, and without a first line that is too long.

    No other line can be too long: the others lie in one chunk.
    """
    skipped = len(BOM) if position == 0 and block.startswith(BOM) else 0
    first = block.find(END) if len(block) > longest else 0
    if first > longest:
        yield _too_long(block[:first], position)
        skipped = first + 1
    if skipped < len(block):
        yield Lines(position + skipped, block[skipped:])


def _next_line(chunks: Iterator[bytes], position: int) -> tuple[int, bytes]:
    """Read past the next line end: the position after it, and what was read of what follows."""
    for chunk in chunks:
        end = chunk.find(END) + 1
        if end:
            return position + end, chunk[end:]
        position += len(chunk)
    return position, b""


def _too_long(line: bytes, position: int) -> Fault:
    detail = f"longer than {MAX_RECORD} bytes, so only its beginning is kept"
    return Fault(position, reasons.TOO_LONG, line[:KEPT_OF_LONG], detail)
