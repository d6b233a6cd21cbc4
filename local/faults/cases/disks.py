"""A full disk: of the curate job, of Cloud Storage, of BigQuery.

Without root there is no small file system to fill; a limit on how large a process's files may
become fails the same writes, with EFBIG in place of ENOSPC.
"""

import resource
from contextlib import suppress
from functools import partial
from threading import Timer

import psutil

from local.faults.cases import case
from local.faults.cases.case import Case, Point, land_two
from local.faults.ground import Field
from local.faults.rules import Kind
from local.services import Service

_REFUSED = "File too large"
_FULL_BYTES = 600
_FULL_SECONDS = 3.0
_LIMIT_SECONDS = 15.0


def _limit(pid: int, size: int) -> None:
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        _, hard = process.rlimit(resource.RLIMIT_FSIZE)
        process.rlimit(resource.RLIMIT_FSIZE, (size, hard))


def _of_the_job(field: Field) -> None:
    """The disk of the curate job is full in its first try."""
    failed = field.mark()

    def fill() -> None:
        for process in field.runner.beam():
            _limit(process.pid, _FULL_BYTES)

    land_two(field)
    case.READ.rule(field, Kind.GO_ON_AFTER, call=fill)
    field.go()
    if (
        any(outcome.failed for outcome in field.outcomes)
        and _REFUSED in field.runner.log.read_text()
    ):
        failed()


def _of_an_emulator(field: Field, point: Point) -> None:
    """The disk of an emulator is full for three seconds.

    DuckDB wants to be started again after that, and finds what was committed. The emulator of
    Cloud Storage goes on: it keeps what it knows in one file, which it would not find again.
    """
    ground, service = field.ground, point.service
    refused = ground.log(service).count(_REFUSED)
    over, failed = field.mark(), field.mark()
    pid = ground.pid(service)
    bounced = ground.bounce(service, over)

    def empty() -> None:
        _limit(pid, resource.RLIM_INFINITY)
        over()

    def fill() -> None:
        _limit(pid, _FULL_BYTES)
        Timer(_FULL_SECONDS, bounced if service is Service.BIGQUERY else empty).start()

    land_two(field)
    point.rule(field, Kind.GO_ON_AFTER, call=fill)
    field.runner.limits[point.step] = _LIMIT_SECONDS
    field.go()
    field.wait_for(over)
    if ground.log(service).count(_REFUSED) > refused:
        failed()


CASES = [
    Case("disk-full-curate", "the disk of the curate job is full", _of_the_job),
    *(
        Case(
            f"disk-full-{point.service}-{point.name}",
            f"the disk of {point.service} is full at {point.name}",
            partial(_of_an_emulator, point=point),
        )
        for point in (case.ROWS, case.STATS, case.STAGE_ROWS, case.PUBLISH)
    ),
]
