"""Finds the rows of one bucket with equal keys, and writes those that stay."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow.parquet as pq

from atvos.batch import Batch
from atvos.contract import Feed, LoadMode
from curate.job import Job
from curate.judge import event_column
from curate.schema import OBJECT, POSITION, parquet_schema, texts_of, to_arrow
from curate.shuffle import key_hash
from curate.tally import Tally

_ROW = "_row"

log = logging.getLogger(__name__)


def write_bucket(keyed: tuple[int, Iterable[bytes]], job: Job) -> Tally:
    """Write a file per partition with the bucket's rows, each key once."""
    bucket, packets = keyed
    # One piece: to gather rows from many takes several times as long.
    frame = pl.concat([job.shuffle.unpack(packet) for packet in packets], rechunk=True)
    kept = without_duplicates(frame, job.feed, job.batch)
    tally = _counted(frame, kept, job.feed)
    del frame
    for day, part in _by_partition(kept, job.feed):
        name = f"rows/{day}-{bucket:03d}.parquet"
        with job.folder.create(name) as file:
            table = to_arrow(_with_lineage(part, job.batch), parquet_schema(job.feed))
            pq.write_table(
                table,
                file,
                compression="zstd",
                compression_level=1,
                # Dictionaries of numbers and times cost more time and bytes than they save.
                use_dictionary=texts_of(table.schema),
            )
        tally.rows_files.append(job.folder.file(name))
    log.info("wrote bucket %d of %d: %d rows", bucket + 1, job.buckets, len(kept))
    return tally


def without_duplicates(frame: pl.DataFrame, feed: Feed, batch: Batch) -> pl.DataFrame:
    """The row of each key that the load mode keeps, in the order of the table.

    Most keys occur once, and their hashes say so. Only rows whose hash occurs more than once are
    compared, only the columns that decide are sorted, and the rows themselves move once.
    """
    if feed.load_mode is LoadMode.REPLACE_SNAPSHOT:
        frame = frame.filter(pl.col(OBJECT) == len(batch.objects) - 1)
    event = event_column(feed)
    table_order = [*feed.cluster, *([event.name] if event else []), OBJECT, POSITION]
    rows = pl.Series(_ROW, np.flatnonzero(_kept(frame, feed)))
    order = frame.select(_ordinal(frame.get_column(name)) for name in table_order)[rows]
    return frame[rows.gather(order.select(pl.arg_sort_by(table_order)).to_series())]


def _kept(frame: pl.DataFrame, feed: Feed) -> npt.NDArray[np.bool_]:
    """The rows that stay where each key may occur once."""
    kept = np.ones(len(frame), np.bool_)
    hashes = frame.select(key_hash(feed.key)).to_series()
    again = np.flatnonzero(hashes.is_duplicated().to_numpy())
    if not len(again):
        return kept
    candidates = frame.select(*feed.key, OBJECT, POSITION)[again]
    stay = (
        candidates.with_row_index(_ROW)
        .sort(OBJECT, POSITION)
        .unique(list(feed.key), keep="first" if feed.load_mode is LoadMode.APPEND_FIRST else "last")
        .get_column(_ROW)
        .to_numpy()
    )
    kept[again] = False
    kept[again[stay]] = True
    return kept


def _ordinal(values: pl.Series) -> pl.Series:
    """Numbers that sort as the values do; a text has its place among the distinct ones."""
    if values.dtype != pl.String:
        return values
    return values.cast(pl.Enum(values.unique().drop_nulls().sort())).to_physical()


def _counted(frame: pl.DataFrame, kept: pl.DataFrame, feed: Feed) -> Tally:
    """Valid and duplicate rows per object, and what dates the valid ones have."""
    tally = Tally()
    for number, rows in frame.group_by(OBJECT).len().iter_rows():
        tally.of(number).duplicate += rows
    event = event_column(feed)
    for (number,), part in kept.group_by(OBJECT):
        counted = tally.of(int(str(number)))
        counted.duplicate -= len(part)
        counted.valid += len(part)
        if event is not None:
            counted.last_event = _as_instant(part.get_column(event.name).max())
        if feed.partition is not None:
            days = part.get_column(feed.partition.name).unique().drop_nulls()
            counted.event_dates.update(days.to_list())
    return tally


def _by_partition(frame: pl.DataFrame, feed: Feed) -> Iterator[tuple[str, pl.DataFrame]]:
    if feed.partition is None:
        if len(frame):
            yield "all", frame
        return
    for (day,), part in frame.partition_by(feed.partition.name, as_dict=True).items():
        yield day.isoformat() if isinstance(day, date) else "null", part


def _with_lineage(frame: pl.DataFrame, batch: Batch) -> pl.DataFrame:
    """The frame whose rows name their object instead of its number."""
    names = pl.Series([version.name for version in batch.objects], dtype=pl.String)
    generations = pl.Series([version.generation for version in batch.objects], dtype=pl.Int64)
    number = frame.get_column(OBJECT)
    return frame.drop(OBJECT, POSITION).with_columns(
        names.gather(number).alias("source_object"),
        generations.gather(number).alias("source_generation"),
        frame.get_column(POSITION).alias("source_position"),
    )


def _as_instant(value: object) -> datetime | None:
    """An event time as an instant: a date is its midnight in UTC."""
    if isinstance(value, datetime):
        return value
    return datetime.combine(value, time(), UTC) if isinstance(value, date) else None
