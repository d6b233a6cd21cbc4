"""Every case of the matrix, by name."""

from local.faults.cases import (
    answers,
    clocks,
    concurrency,
    disks,
    emulators,
    job_ids,
    kills,
    modes,
    objects,
    replays,
    soak,
)
from local.faults.cases.case import Case

GROUPS = (
    soak,  # first of all: no other takes as long
    kills,
    answers,
    emulators,
    disks,
    objects,
    concurrency,
    clocks,
    job_ids,
    modes,
    replays,
)
CASES: dict[str, Case] = {case.name: case for group in GROUPS for case in group.CASES}
