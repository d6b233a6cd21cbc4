"""kill -9 of a task's process, of the curate job, or of both, at every step."""

from collections.abc import Callable
from functools import partial

from local.faults.cases.case import CURATE, OTHERS, Case, Point, land_two
from local.faults.ground import Field
from local.faults.rules import Kind
from local.faults.runs import DONE, STARTED, STEPS
from local.faults.task import Phase


def _at_the_edge(field: Field, step: str, place: str) -> None:
    land_two(field)
    field.kill(step, place)
    field.go()


def _at_a_request(field: Field, point: Point, kind: Kind) -> None:
    land_two(field)
    point.rule(field, kind, call=field.killing(field.runner.kill_group))
    field.go()


def _beam(field: Field, point: Point, kind: Kind) -> None:
    land_two(field)
    point.rule(field, kind, call=field.killing(field.runner.kill_beam))
    field.go()


def _worker(field: Field, point: Point, kind: Kind) -> None:
    """The machine is lost: the task's process and the job that it has started."""
    land_two(field)
    point.rule(field, kind, call=field.killing(field.runner.kill_worker))
    field.go()


def _orphan(field: Field, point: Point) -> None:
    """The task is killed, and its curate job goes on beside that of the next try."""
    land_two(field)
    point.rule(field, Kind.GO_ON_AFTER, call=field.killing(field.runner.kill_group))
    field.go()


def _every_try(field: Field, step: str) -> None:
    """All tries of a run are killed: the run fails, and the next one takes the objects."""
    land_two(field)
    field.kill(step, STARTED, times=3)
    field.go()


def _in_the_triggerer(field: Field) -> None:
    """The triggerer is killed while the sensor waits; an object lands before it is back."""
    field.kill("sense", STARTED, phase=Phase.TRIGGER)
    field.go(label="idle")
    land_two(field)
    field.go()


def _cases() -> list[Case]:
    found = []
    for step in STEPS:
        for place in (STARTED, DONE):
            title = f"kill -9 of {step} when it has {'started' if place == STARTED else 'done all'}"
            act: Callable[[Field], None] = partial(_at_the_edge, step=step, place=place)
            found.append(Case(f"kill-{place}-{step.replace('_', '-')}", title, act))
    for what, kind in (("before", Kind.CALL_BEFORE), ("after", Kind.CALL_AFTER)):
        for point in OTHERS:
            title = f"kill -9 of {point.step} {what} the emulator acts on {point.name}"
            act = partial(_at_a_request, point=point, kind=kind)
            found.append(Case(f"kill-{what}-{point.name}", title, act))
        for point in CURATE:
            title = f"kill -9 of Beam {what} the emulator acts on {point.name}"
            act = partial(_beam, point=point, kind=kind)
            found.append(Case(f"beam-killed-{what}-{point.name}", title, act))
            title = f"kill -9 of curate and Beam {what} the emulator acts on {point.name}"
            act = partial(_worker, point=point, kind=kind)
            found.append(Case(f"worker-killed-{what}-{point.name}", title, act))
    for point in CURATE:
        title = f"kill -9 of curate at {point.name}; its Beam goes on beside the next"
        found.append(Case(f"orphan-beam-{point.name}", title, partial(_orphan, point=point)))
    for step in ("sense", "curate", "publish"):
        title = f"kill -9 of every try of {step}; the next run does it"
        found.append(Case(f"kill-every-{step}", title, partial(_every_try, step=step)))
    title = "kill -9 of the triggerer while the sensor waits"
    found.append(Case("kill-triggerer-sense", title, _in_the_triggerer))
    return found


CASES = _cases()
