"""Two schedulers' worth of runs of one feed at once."""

import time
from functools import partial
from threading import Event, Thread

from local.faults.cases import case
from local.faults.cases.case import Case, Point, land_two
from local.faults.ground import Field
from local.faults.rules import Kind
from local.faults.runs import Runner
from local.faults.sample import content
from local.services import Service

_LIMIT_SECONDS = 90.0
_WRITTEN_SECONDS = 1.5


def _both(field: Field, first: Runner, second: Runner, since: str = "prepare") -> None:
    """Let a run of each go on at once, and then what is left."""
    together = field.mark()
    threads = [
        Thread(target=runner.run, args=(f"{field.feed}-{label}-0",), kwargs={"since": since})
        for runner, label in ((first, "one"), (second, "two"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(_LIMIT_SECONDS)
    if not any(thread.is_alive() for thread in threads):
        together()
    field.go()


def _one_batch(field: Field, *, job_ids: bool) -> None:
    """Both sense the same objects. Without job ids, nothing but the ledger keeps them apart."""
    field.ground.bigquery.strict.job_ids = job_ids
    land_two(field)
    _both(field, field.runner, field.another())


def _overlapping(field: Field, *, job_ids: bool) -> None:
    """The second senses what the first has sensed, and one object more."""
    field.ground.bigquery.strict.job_ids = job_ids
    first, second = field.runner, field.another()
    land_two(field)
    first.run(f"{field.feed}-one-0", until="sense")
    field.land(2)
    second.run(f"{field.feed}-two-0", until="sense")
    _both(field, first, second, since="curate")


def _late_publish(field: Field) -> None:
    """The first run's publish is held up until the second, with one object more, has published."""
    first, second = field.runner, field.another()
    land_two(field)
    first.run(f"{field.feed}-one-0", until="audit")
    field.land(2)
    goes_on = Event()
    held = partial(goes_on.wait, _LIMIT_SECONDS)
    case.PUBLISH.rule(field, Kind.GO_ON_AFTER, call=held)
    late = Thread(target=first.run, args=(f"{field.feed}-one-0",), kwargs={"since": "publish"})
    late.start()
    second.run(f"{field.feed}-two-0")
    goes_on.set()
    late.join(_LIMIT_SECONDS)
    field.go()


def _late_orphan(field: Field, point: Point) -> None:
    """An orphaned Beam that has read an object ends after the next try, which found it gone.

    It has written a file that the next one has no rows for: nothing of it may be loaded.
    """
    first = field.upload(f"{field.feed}/part-000.ndjson", content(0, field.now, early=True))
    field.land(1)
    goes_on = Event()
    late, kill = field.mark(), field.killing(field.runner.kill_group)

    def lose() -> None:
        kill()
        field.upload(first.name, content(7, field.now))
        field.is_gone(first)
        goes_on.wait(_LIMIT_SECONDS)
        late()

    def go_on() -> None:
        goes_on.set()
        time.sleep(_WRITTEN_SECONDS)

    point.rule(field, Kind.GO_ON_AFTER, call=lose)
    field.rule(Kind.GO_ON_AFTER, Service.GCS, r"manifest\.json", step="stage_rows", call=go_on)
    field.go()


CASES = [
    Case(
        f"two-runs-{word}{'' if job_ids else '-no-job-ids'}",
        f"two runs at once, {title}{'' if job_ids else ', and BigQuery takes a job id twice'}",
        partial(act, job_ids=job_ids),
    )
    for word, title, act in (
        ("one-batch", "of the same batch", _one_batch),
        ("overlapping", "of batches that overlap", _overlapping),
    )
    for job_ids in (True, False)
] + [
    Case("publish-held-up", "a publish is held up until a larger one is done", _late_publish),
    *(
        Case(
            f"orphan-ends-late-{point.name}",
            f"an orphaned Beam goes on at {point.name} after the next, which found less",
            partial(_late_orphan, point=point),
        )
        for point in (case.COUNTS, case.STATS)
    ),
]
