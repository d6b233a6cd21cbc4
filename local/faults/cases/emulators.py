"""kill -9 of an emulator before, during and after it acts; it is back some seconds later."""

from functools import partial

from local.faults.cases import case
from local.faults.cases.case import Case, Point, land_two
from local.faults.ground import Field
from local.faults.rules import Kind

_POINTS = (
    *(case.LIST, case.MANIFEST, case.READ, case.ROWS, case.STATS, case.PREPARE, case.STAGE_ROWS),
    *(case.QUARANTINE, case.CHECK, case.PUBLISH, case.REPORT),
)
_INSTANTS = (0.005, 0.02, 0.06, 0.12)
"""Seconds that a publish has run when its emulator is killed: it takes about a tenth of one."""


def _killed(field: Field, point: Point, kind: Kind, seconds: float = 0.0) -> None:
    land_two(field)
    bounced = field.ground.bounce(point.service, field.mark())
    point.rule(field, kind, call=bounced, seconds=seconds)
    field.go()


def _cases() -> list[Case]:
    found = []
    for point in _POINTS:
        title = f"kill -9 of {point.service} while it works on {point.name}"
        act = partial(_killed, point=point, kind=Kind.CALL_MIDST)
        found.append(Case(f"{point.service}-killed-at-{point.name}", title, act))
    for word, kind in (("before", Kind.CALL_BEFORE), ("after", Kind.CALL_AFTER)):
        title = f"kill -9 of bigquery {word} it publishes"
        act = partial(_killed, point=case.PUBLISH, kind=kind)
        found.append(Case(f"bigquery-killed-{word}-publish", title, act))
    for seconds in _INSTANTS:
        title = f"kill -9 of bigquery {1000 * seconds:.0f} ms after it began to publish"
        act = partial(_killed, point=case.PUBLISH, kind=Kind.CALL_MIDST, seconds=seconds)
        found.append(Case(f"bigquery-killed-{1000 * seconds:.0f}ms-into-publish", title, act))
    return found


CASES = _cases()
