"""Decompresses gzip in steps of bounded size."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from isal import isal_zlib

from curate.records import UnreadableError

MAGIC = b"\x1f\x8b"
_GZIP = 31  # window bits that ask for a gzip header and check its trailer


def decompressed(chunks: Iterator[bytes], size: int) -> Iterator[bytes]:
    """The bytes that ``chunks`` hold: as they are, or decompressed if they start as gzip does."""
    head = b""
    for chunk in chunks:
        head += chunk
        if len(head) >= len(MAGIC):
            break
    rest = chain([head] if head else [], chunks)
    yield from gunzip(rest, size) if head.startswith(MAGIC) else rest


def gunzip(chunks: Iterator[bytes], size: int) -> Iterator[bytes]:
    """Decompress gzip members that follow one another, at most ``size`` bytes at once.

    Zeros after a member are padding. UnreadableError where a member is damaged or not
    complete, after everything before the damage was given.
    """
    member = isal_zlib.decompressobj(_GZIP)
    begun = False
    try:
        for chunk in chunks:
            rest = chunk
            while rest:
                if not begun:
                    rest = rest.lstrip(b"\0")
                    begun = bool(rest)
                    continue
                yield from _inflate(member, rest, size)
                rest = b""
                if member.eof:
                    rest = member.unused_data
                    member, begun = isal_zlib.decompressobj(_GZIP), False
    except isal_zlib.error as error:  # type: ignore[misc]  # typed as an instance
        raise UnreadableError(f"damaged gzip: {error}") from error
    if begun:
        raise UnreadableError("truncated gzip: it ends within a member")


def _inflate(member: isal_zlib.Decompress, data: bytes, size: int) -> Iterator[bytes]:
    """What ``data`` adds to the member, in pieces of at most ``size`` bytes."""
    while True:
        piece = member.decompress(data, size)
        if piece:
            yield piece
        data = member.unconsumed_tail
        if member.eof or (not data and len(piece) < size):
            return
