"""Finds the rows of one bucket with equal keys, and writes those that stay."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time

import polars as pl
import pyarrow.parquet as pq

from atvos.batch import Batch
from atvos.contract import Feed, LoadMode
from curate.job import Job
from curate.judge import event_column
from curate.schema import OBJECT, POSITION, parquet_schema, to_arrow
from curate.tally import Tally

_ROW = "_row"

log = logging.getLogger(__name__)


def write_bucket(keyed: tuple[int, Iterable[bytes]], job: Job) -> Tally:
    """Write a file per partition with the bucket's rows, each key once."""
    bucket, packets = keyed
    frame = pl.concat([job.shuffle.unpack(packet) for packet in packets])
    kept = without_duplicates(frame, job.feed, job.batch)
    tally = _counted(frame, kept, job.feed)
    del frame
    for day, part in _by_partition(kept, job.feed):
        name = f"rows/{day}-{bucket:03d}.parquet"
        with job.folder.create(name) as file:
            table = to_arrow(_with_lineage(part, job.batch), parquet_schema(job.feed))
            pq.write_table(table, file, compression="zstd", compression_level=1)
        tally.rows_files.append(job.folder.file(name))
    log.info("wrote bucket %d of %d: %d rows", bucket + 1, job.buckets, len(kept))
    return tally


def without_duplicates(frame: pl.DataFrame, feed: Feed, batch: Batch) -> pl.DataFrame:
    """The row of each key that the load mode keeps, in the order of the table.

    Only the columns that decide are sorted; the rows themselves move once.
    """
    if feed.load_mode is LoadMode.REPLACE_SNAPSHOT:
        frame = frame.filter(pl.col(OBJECT) == len(batch.objects) - 1)
    event = event_column(feed)
    table_order = [*feed.cluster, *([event.name] if event else []), OBJECT, POSITION]
    deciding = frame.select(list(dict.fromkeys([*feed.key, *table_order]))).with_row_index(_ROW)
    kept = deciding.sort(OBJECT, POSITION).unique(
        list(feed.key),
        keep="first" if feed.load_mode is LoadMode.APPEND_FIRST else "last",
        maintain_order=True,
    )
    return frame[kept.sort(table_order).get_column(_ROW)]


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
