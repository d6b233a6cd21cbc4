"""Reads NDJSON: a record is a line."""

from __future__ import annotations

import numpy as np

from curate.lines import END, LineBlocks
from curate.records import Block, Fault, Records

_BLANK = ord(" ")


def read(blocks: LineBlocks) -> Records:
    """The records of the lines; blank lines are none."""
    for block in blocks:
        if isinstance(block, Fault):
            yield block
        elif not block.content.isspace():  # or a little gzip of blank lines would take minutes
            yield _records(block.position, block.content)


def _records(position: int, content: bytes) -> Block:
    lines = content.removesuffix(END).split(END)
    lengths = np.fromiter(map(len, lines), np.int64, len(lines)) + len(END)
    starts = np.cumsum(lengths) - lengths
    positions = position + starts
    # A record starts with a brace; what starts with a blank, or is only an end, may be none.
    first = np.frombuffer(content, np.uint8)[starts]
    blank = [i for i in np.flatnonzero(first <= _BLANK) if not lines[i].strip()]
    if blank:
        positions = np.delete(positions, blank)
        lines = [line for line in lines if line and not line.isspace()]
    return Block(positions, lines)
