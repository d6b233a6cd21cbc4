"""The job as a Beam pipeline: objects, tasks, slices, buckets, files, one tally."""

# Beam's transforms carry no types.
# mypy: disallow-untyped-calls=False

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions, StandardOptions

from curate import pii_key
from curate.dedup import write_bucket
from curate.folder import STATS, Folder, read_batch, read_contract
from curate.job import Job
from curate.judging import Kind, judge
from curate.options import CurateOptions
from curate.pii_key import KeyRefusedError
from curate.ranges import Task, pack, split
from curate.rejects import write_rejects
from curate.shuffle import Shuffle
from curate.stats import finish
from curate.tally import Tally, merge

LOCAL_RUNNER = "FnApiRunner"
"""Named explicitly: DirectRunner tries to download another runner."""

DATAFLOW = "DataflowRunner"

Keyed = tuple[int, bytes]

log = logging.getLogger(__name__)


def build(pipeline: beam.Pipeline, job: Job) -> None:
    """Add the steps of the job to the pipeline."""
    judged = (
        pipeline
        | "Pack" >> beam.Create(pack(job.batch, job.range_bytes))
        | "Split" >> beam.FlatMap(split, job.batch, job.feed, job.range_bytes)
        | "Spread" >> beam.Reshuffle()
        | "Judge" >> beam.FlatMap(judge_tagged, job).with_outputs(*Kind.__members__, main="tally")
    )
    rows = _grouped(judged, Kind.ROWS) | "Deduplicate" >> beam.Map(write_bucket, job)
    rejects = _grouped(judged, Kind.REJECTS) | "Quarantine" >> beam.Map(write_rejects, job)
    (
        (judged.tally, rows, rejects)
        | "Tallies" >> beam.Flatten()
        | "Merge" >> beam.CombineGlobally(merge)
        | "Finish" >> beam.Map(finish, job)
    )


def judge_tagged(task: Task, job: Job) -> Iterator[Any]:
    """What ``judge`` gives, its slices tagged with their kind and keyed."""
    for item in judge(task, job):
        if isinstance(item, Tally):
            yield item
        else:
            kind, key, packet = item
            yield beam.pvalue.TaggedOutput(kind.name, (key, packet))


def _grouped(judged: Any, kind: Kind) -> Any:
    """The slices of one kind by key. The types give the keys a deterministic coder."""
    name = kind.name.capitalize()
    typed = judged[kind.name] | name >> beam.Map(_same).with_output_types(Keyed)
    return typed | f"Group{name}" >> beam.GroupByKey()


def _same(keyed: Keyed) -> Keyed:
    return keyed


def run(argv: Sequence[str]) -> int:
    """Run the job, and give the exit code: 0 where its batch is done, 2 where it cannot start."""
    options = PipelineOptions(argv)
    own = options.view_as(CurateOptions)
    problems = own.problems()
    if problems:
        log.error("%s", "; ".join(problems))
        return 2
    folder = Folder(own.batch)
    if folder.exists(STATS):
        log.info("%s is there: nothing to do", folder.file(STATS))
        return 0
    try:
        batch = read_batch(folder)
        feed = read_contract(folder, batch.feed)
        pii_key.check(feed, own.pii_key_secret)
    except FileNotFoundError as error:
        log.error("no batch: %s", error)  # noqa: TRY400  the message says it all
        return 2
    except (ValueError, KeyRefusedError) as error:  # a ContractError is a ValueError, too
        log.error("%s", error)  # noqa: TRY400
        return 2
    runner = options.view_as(StandardOptions).runner or LOCAL_RUNNER
    with _shuffle(runner) as shuffle:
        job = Job(
            batch,
            feed,
            folder.for_run(),
            shuffle,
            own.range_bytes,
            own.bucket_bytes,
            pii_key_secret=own.pii_key_secret,
        )
        pipeline = beam.Pipeline(runner=runner, options=options)
        build(pipeline, job)
        result = pipeline.run()
        if runner != DATAFLOW:  # which Airflow waits for
            result.wait_until_finish()
    return 0


@contextmanager
def _shuffle(runner: str) -> Iterator[Shuffle]:
    """The shuffle that suits the runner; spilled files are gone when the block ends."""
    if runner != LOCAL_RUNNER:
        yield Shuffle()
        return
    with tempfile.TemporaryDirectory(prefix="curate-") as spill:
        yield Shuffle(spill)
