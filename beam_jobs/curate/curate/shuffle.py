"""Slices of frames on their way from the workers that judge to those that write.

A distributed runner has a shuffle of its own and is given the bytes. The local one keeps
everything in memory, so it is given the paths of files instead.
"""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True, slots=True)
class Shuffle:
    """Packs frames into bytes; into files of the folder ``spill`` where there is one."""

    spill: str | None = None

    def pack(self, frame: pl.DataFrame) -> bytes:
        """The frame, or the path of the file that it is in."""
        if self.spill is None:
            buffer = io.BytesIO()
            frame.write_ipc_stream(buffer, compression="lz4")
            return buffer.getvalue()
        handle, path = tempfile.mkstemp(dir=self.spill, suffix=".arrows")
        with os.fdopen(handle, "wb") as file:
            frame.write_ipc_stream(file)  # not compressed: it is read once, in a moment
        return path.encode()

    def unpack(self, packet: bytes) -> pl.DataFrame:
        """The frame that ``pack`` was given."""
        return pl.read_ipc_stream(io.BytesIO(packet) if self.spill is None else packet.decode())


def key_hash(key: Iterable[str]) -> pl.Expr:
    """A hash of a row's key; that of equal keys is the same in every process."""
    return pl.struct(key).hash(seed=0)


def by_bucket(
    frame: pl.DataFrame, key: Iterable[str], buckets: int
) -> Iterator[tuple[int, pl.DataFrame]]:
    """The frame's rows by bucket; rows with equal keys are in the same one, here and elsewhere."""
    if buckets == 1:
        yield 0, frame
        return
    bucket = frame.select(key_hash(key) % buckets).to_series()
    for number in bucket.unique().sort():
        yield number, frame.filter(bucket == number)
