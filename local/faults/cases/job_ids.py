"""BigQuery answers 409: the job of that id runs, is done, has failed, or has left nothing."""

from functools import partial

from local.faults.cases import case
from local.faults.cases.case import Case, Point, land_two
from local.faults.ground import Field
from local.faults.rules import Kind
from local.faults.runs import STARTED
from local.faults.task import Phase

_RUNS_SECONDS = 3.0


def _conflicts(field: Field, before: int) -> None:
    """The case is one only where a job id was refused."""
    refused = field.mark()
    if field.ground.bigquery.strict.conflicts > before:
        refused()


def _runs(field: Field, point: Point, kind: Kind) -> None:
    """The task is killed while its job runs: the next try attaches, and waits for the end."""
    strict = field.ground.bigquery.strict
    conflicts, attached = strict.conflicts, strict.attached
    land_two(field)
    point.rule(field, kind, call=field.killing(field.runner.kill_group), seconds=_RUNS_SECONDS)
    field.go()
    _conflicts(field, conflicts)
    waited = field.mark()
    if strict.attached > attached:
        waited()


def _runs_and_triggerer_dies(field: Field) -> None:
    field.kill("publish", STARTED, phase=Phase.TRIGGER)
    _runs(field, case.PUBLISH, Kind.SLOW)


def _is_done(field: Field, point: Point) -> None:
    before = field.ground.bigquery.strict.conflicts
    land_two(field)
    point.rule(field, Kind.CALL_AFTER, call=field.killing(field.runner.kill_group))
    field.go()
    _conflicts(field, before)


def _has_failed(field: Field, point: Point) -> None:
    before = field.ground.bigquery.strict.conflicts
    land_two(field)
    point.rule(field, Kind.FAIL)
    field.go()
    _conflicts(field, before)


def _staging_is_gone(field: Field) -> None:
    """What was loaded has expired before the run goes on: it is loaded again."""
    before = field.ground.bigquery.strict.conflicts
    land_two(field)
    run_id = f"{field.feed}-run-0"
    field.runner.run(run_id, until="stage_objects")
    field.drop_staging()
    field.runner.run(run_id, since="stage_rows")
    field.go(label="more")
    _conflicts(field, before)


CASES = [
    *(
        Case(
            f"job-runs-{point.name}",
            f"kill -9 of {point.step} while its job runs: the next try attaches",
            partial(_runs, point=point, kind=Kind.SLOW),
        )
        for point in (case.STAGE_ROWS, case.QUARANTINE, case.PUBLISH)
    ),
    Case(
        "job-runs-and-fails-publish",
        "kill -9 of publish while its job runs; the job fails under the next try",
        partial(_runs, point=case.PUBLISH, kind=Kind.FAIL),
    ),
    Case(
        "job-runs-triggerer-killed",
        "kill -9 of the triggerer that waits for a publish",
        _runs_and_triggerer_dies,
    ),
    *(
        Case(
            f"job-done-{point.name}",
            f"the job of {point.step} is done when the next try comes",
            partial(_is_done, point=point),
        )
        for point in (case.STAGE_OBJECTS, case.PUBLISH)
    ),
    *(
        Case(
            f"job-failed-{point.name}",
            f"the job of {point.step} fails: the next try takes the next id",
            partial(_has_failed, point=point),
        )
        for point in (case.STAGE_ROWS, case.PUBLISH)
    ),
    Case("staging-is-gone", "staged tables are gone when a run goes on", _staging_is_gone),
]
