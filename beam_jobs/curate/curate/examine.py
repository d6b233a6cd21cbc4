"""Judges blocks of records: the fast way where that proves them good, one by one elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import numpy as np
import polars as pl

from atvos.contract import Feed, Source, reasons
from curate.decode import RecordDecoder
from curate.judge import Judge, Verdict
from curate.pii_key import key_of
from curate.protect import Protector
from curate.prove import Prover, csv_sources
from curate.records import Block, Fault, without_line_end
from curate.redact import Redactor
from curate.schema import POSITION, frame_schema
from curate.values import Value
from curate.zones import local_days


@dataclass(frozen=True, slots=True)
class Reject:
    """A record that is no row, and why."""

    position: int
    reasons: tuple[str, ...]
    line: bytes | None
    """None where it is withheld, as it may hold personal data."""
    detail: str | None = None


class Examiner:
    """Judges blocks of one feed's objects that are written alike, and protects personal data.

    ``now`` is when the batch was made, ``key`` that of pseudonyms, where the feed has any.
    """

    def __init__(self, feed: Feed, source: Source, now: datetime, key: bytes | None = None) -> None:
        self._feed = feed
        self._judge = Judge(feed, source, now)
        self._prover = Prover(feed, source, now)
        self._decoder = RecordDecoder(feed)
        self._protector = Protector(feed, key)
        self._redactor = Redactor(feed, self._protector) if feed.protections else None
        schema = frame_schema(feed)
        self._schema = {column.name: schema[column.name] for column in feed.read_columns}

    def examine(self, block: Block) -> tuple[pl.DataFrame, list[Reject]]:
        """The block's valid rows, with ``_position``, and its rejects."""
        if block.texts is None:
            sources, kept, doubtful = self._decoder.columns(block.lines)
        else:
            sources = {**csv_sources(block.texts)}
            kept, doubtful = np.arange(len(block)), []
        frame, good = self._prover.prove(sources)
        doubtful = sorted([*doubtful, *kept[~good].tolist()])
        proven = frame.filter(good).with_columns(_positions(block.positions[kept[good]]))
        saved, rejects = self._one_by_one(block, doubtful)
        rows = pl.concat([proven, saved]) if len(saved) else proven
        return self._derived(self._protector.frame(rows)), rejects

    def refuse(self, fault: Fault) -> Reject:
        """The reject that a reader's fault is."""
        line = fault.line if self._redactor is None else None
        return Reject(fault.position, (fault.reason,), line, fault.detail)

    def _one_by_one(
        self, block: Block, doubtful: Sequence[int]
    ) -> tuple[pl.DataFrame, list[Reject]]:
        """What the scalar judge says of the records with these numbers."""
        saved: list[tuple[Value, ...]] = []
        positions: list[int] = []
        rejects: list[Reject] = []
        for index in doubtful:
            verdict = self._verdict(block, index)
            position = int(block.positions[index])
            if verdict.reasons:
                line = self._line(block, index, verdict)
                rejects.append(Reject(position, verdict.reasons, line, verdict.detail))
            else:
                saved.append(verdict.values)
                positions.append(position)
        return self._frame(saved).with_columns(_positions(positions)), rejects

    def _verdict(self, block: Block, index: int) -> Verdict:
        texts = block.row(index)
        return self._judge.line(block.lines[index]) if texts is None else self._judge.row(texts)

    def _line(self, block: Block, index: int, verdict: Verdict) -> bytes | None:
        """What a reject shows of a record: all of it, or what holds no personal data."""
        if self._redactor is None:
            return without_line_end(block.lines[index])
        if any(map(reasons.is_of_record, verdict.reasons)):
            return None
        texts = block.row(index)
        if texts is None:
            return self._redactor.line(block.lines[index])
        return self._redactor.row(texts)

    def _frame(self, rows: list[tuple[Value, ...]]) -> pl.DataFrame:
        columns = zip(*rows, strict=True) if rows else ([] for _ in self._schema)
        return pl.DataFrame(
            [
                pl.Series(name, list(values), dtype=dtype)
                for values, (name, dtype) in zip(columns, self._schema.items(), strict=True)
            ]
        )

    def _derived(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The frame with the derived dates, its columns in the contract's order."""
        for column in self._feed.columns:
            if column.derived_from is None:
                continue
            instants = frame.get_column(column.derived_from).cast(pl.Int64)
            days = local_days(instants.fill_null(0).to_numpy(), column.time_zone or "UTC")
            dates = pl.Series(column.name, days).cast(pl.Int32).cast(pl.Date)
            frame = frame.with_columns(dates.set(instants.is_null(), None))
        return frame.select([column.name for column in self._feed.columns] + [POSITION])


@lru_cache(maxsize=64)
def examiner(feed: Feed, source: Source, now: datetime, secret: str | None) -> Examiner:
    """This process's examiner, as its decoders take a while to build.

    ``secret`` names that of pseudonyms. Raises what ``key_of`` raises.
    """
    return Examiner(feed, source, now, key_of(feed, secret))


def _positions(values: Iterable[int]) -> pl.Series:
    return pl.Series(POSITION, values, dtype=pl.Int64)
