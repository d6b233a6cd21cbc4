"""The rejects of a batch: as a frame, and as the Parquet files of the quarantine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack

import polars as pl
import pyarrow.parquet as pq

from atvos.batch import ObjectVersion
from curate.examine import Reject
from curate.job import Job
from curate.schema import REJECTS, to_arrow
from curate.tally import Tally

_FRAME: dict[str, pl.DataType | type[pl.DataType]] = {
    "source_bucket": pl.String,
    "source_object": pl.String,
    "source_generation": pl.Int64,
    "source_position": pl.Int64,
    "reasons": pl.List(pl.String),
    "detail": pl.String,
    "line": pl.String,
    "line_encoding": pl.String,
}


def rejects_frame(version: ObjectVersion, rejects: Sequence[Reject]) -> pl.DataFrame:
    """Rejects of one object, a row each."""
    lines = [_as_text(reject.line) for reject in rejects]
    # Column by column: row by row, a reject would take kilobytes for as long as this runs.
    return pl.DataFrame(
        {
            "source_bucket": [version.bucket] * len(rejects),
            "source_object": [version.name] * len(rejects),
            "source_generation": [version.generation] * len(rejects),
            "source_position": [reject.position for reject in rejects],
            "reasons": [reject.reasons for reject in rejects],
            "detail": [reject.detail for reject in rejects],
            "line": [text for text, _ in lines],
            "line_encoding": [encoding for _, encoding in lines],
        },
        schema=_FRAME,
    )


def write_rejects(keyed: tuple[int, Iterable[bytes]], job: Job) -> Tally:
    """Write the slices of one file, one after the other, so that few are held at once."""
    number, packets = keyed
    name = f"rejects/{number:03d}.parquet"
    with ExitStack() as stack:
        file = stack.enter_context(job.folder.create(name))
        writer = stack.enter_context(pq.ParquetWriter(file, REJECTS, compression="zstd"))
        for packet in packets:
            writer.write_table(to_arrow(job.shuffle.unpack(packet), REJECTS))
    return Tally(rejects_files=[job.folder.file(name)])


def _as_text(line: bytes | None) -> tuple[str | None, str]:
    """The line and its encoding; latin-1 gives every byte a character, and so loses none."""
    if line is None:
        return None, "withheld"
    try:
        return line.decode(), "utf-8"
    except UnicodeDecodeError:
        return line.decode("latin-1"), "latin-1"
