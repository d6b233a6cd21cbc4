"""Turns a task into slices of valid rows, slices of rejects, and a tally."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TypeAlias

import polars as pl

from curate import reading
from curate.examine import Examiner, Reject, examiner
from curate.job import Job
from curate.ranges import Range, Task
from curate.records import Block, Fault
from curate.rejects import rejects_frame
from curate.schema import OBJECT
from curate.shuffle import by_bucket
from curate.tally import Tally

_HELD_ROW_BYTES = 16 << 20
_HELD_REJECT_BYTES = 8 << 20
_MAX_RECORDS = 50_000
"""Records that are judged at once: a block may hold millions that are of one byte each."""
_REJECT_OVERHEAD = 512
"""Bytes that a reject takes beside its line, which may be of one byte, or withheld."""

log = logging.getLogger(__name__)


class Kind(Enum):
    """What a slice holds."""

    ROWS = auto()
    REJECTS = auto()


Slice: TypeAlias = tuple[Kind, int, bytes]
"""Kind, bucket of the key or number of the rejects' file, and the packed frame."""


def judge(task: Task, job: Job) -> Iterator[Slice | Tally]:
    """Judge all records of the task; the tally comes last."""
    held = _Held(job)
    for part in task:
        yield from _judge_range(part, job, held)
    yield from held.rows_slices()
    yield from held.reject_slices()
    _log_progress(task, job, held.tally)
    yield held.tally


def _log_progress(task: Task, job: Job, tally: Tally) -> None:
    counts = tally.objects.values()
    log.info(
        "judged %d records, %d of them rejected, up to %sobject %d of %d",
        sum(counted.read for counted in counts),
        sum(counted.rejected for counted in counts),
        "" if task[-1].end is None else f"byte {task[-1].end} of ",
        task[-1].number + 1,
        len(job.batch.objects),
    )


def _judge_range(part: Range, job: Job, held: _Held) -> Iterator[Slice]:
    version = job.batch.objects[part.number]
    examine = examiner(
        job.feed, job.feed.source_of(version.name), job.batch.created_at, job.pii_key_secret
    )
    held.tally.of(part.number)  # an object without a record is accounted for, too
    for item in reading.read(version, part, job.feed, job.block_bytes):
        for piece in _pieces(item):
            held.add(part.number, *_examined(piece, examine))
            if held.row_bytes >= _HELD_ROW_BYTES:
                yield from held.rows_slices()
            if held.reject_bytes >= _HELD_REJECT_BYTES:
                yield from held.reject_slices()


def _pieces(item: Block | Fault) -> Iterator[Block | Fault]:
    if isinstance(item, Fault):
        yield item
    else:
        yield from item.pieces(_MAX_RECORDS)


def _examined(item: Block | Fault, examine: Examiner) -> tuple[pl.DataFrame | None, list[Reject]]:
    if isinstance(item, Fault):
        return None, [examine.refuse(item)]
    return examine.examine(item) if len(item) else (None, [])


@dataclass(slots=True)
class _Held:
    """What a task has judged and not yet handed on."""

    job: Job
    tally: Tally = field(default_factory=Tally)
    row_bytes: int = 0
    reject_bytes: int = 0
    _frames: list[pl.DataFrame] = field(default_factory=list)
    _rejects: dict[int, list[Reject]] = field(default_factory=dict)

    def add(self, number: int, frame: pl.DataFrame | None, rejects: list[Reject]) -> None:
        """Keep and count what was judged of an object."""
        counted = self.tally.of(number)
        if frame is not None:
            self._frames.append(frame.with_columns(pl.lit(number, pl.Int32).alias(OBJECT)))
            self.row_bytes += int(frame.estimated_size())
            counted.read += len(frame)
        if rejects:
            self._rejects.setdefault(number, []).extend(rejects)
            self.reject_bytes += sum(
                _REJECT_OVERHEAD + len(reject.line or b"") for reject in rejects
            )
            counted.read += len(rejects)
            counted.rejected += len(rejects)
            counted.reasons.update(Counter(code for r in rejects for code in r.reasons))

    def rows_slices(self) -> Iterator[Slice]:
        """The rows held, a slice for each bucket of the key."""
        if self._frames:
            frame = pl.concat(self._frames)
            for bucket, part in by_bucket(frame, self.job.feed.key, self.job.buckets):
                yield Kind.ROWS, bucket, self.job.shuffle.pack(part)
        self._frames, self.row_bytes = [], 0

    def reject_slices(self) -> Iterator[Slice]:
        """The rejects held, a slice for each file."""
        files: dict[int, list[pl.DataFrame]] = {}
        for number, rejects in self._rejects.items():
            frame = rejects_frame(self.job.batch.objects[number], rejects)
            files.setdefault(self.job.reject_file(number), []).append(frame)
        for file, frames in files.items():
            yield Kind.REJECTS, file, self.job.shuffle.pack(pl.concat(frames))
        self._rejects, self.reject_bytes = {}, 0
