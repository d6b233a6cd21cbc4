"""An emulator that refuses, answers errors, hangs, or drops the connection after it has acted."""

from functools import partial

from local.faults.cases import case
from local.faults.cases.case import Case, Point, land_two
from local.faults.ground import Field
from local.faults.rules import Kind

_POINTS = (
    *(case.LIST, case.MANIFEST, case.READ, case.STATS, case.STAGE_ROWS),
    *(case.CHECK, case.PUBLISH, case.REPORT),
)
_STATUSES = (500, 503, 429)
_HANG_SECONDS, _LIMIT_SECONDS, _REFUSE_SECONDS = 60.0, 6.0, 1.5


def _answered(field: Field, point: Point, status: int) -> None:
    """Twice: once may be made good by the client, and goes unseen."""
    land_two(field)
    point.rule(field, Kind.ANSWER, status=status, times=2)
    field.go()


def _refused(field: Field, point: Point) -> None:
    land_two(field)
    point.rule(field, Kind.RESET, seconds=_REFUSE_SECONDS)
    field.go()


def _hangs(field: Field, point: Point) -> None:
    """The task is killed when its time is over: here after seconds, in Airflow after minutes."""
    land_two(field)
    point.rule(field, Kind.HANG, seconds=_HANG_SECONDS)
    field.runner.limits[point.step] = _LIMIT_SECONDS
    field.go()


def _dropped(field: Field, point: Point) -> None:
    land_two(field)
    point.rule(field, Kind.DROP)
    field.go()


def _cases() -> list[Case]:
    found = []
    for point in _POINTS:
        for status in _STATUSES:
            act = partial(_answered, point=point, status=status)
            found.append(Case(f"{status}-{point.name}", f"{status} to {point.name}, twice", act))
        for word, how, title in (
            ("refused", _refused, "connections are refused at"),
            ("hangs", _hangs, "no answer ever comes to"),
            ("dropped", _dropped, "the connection is dropped after the emulator acted on"),
        ):
            act = partial(how, point=point)
            found.append(Case(f"{word}-{point.name}", f"{title} {point.name}", act))
    return found


CASES = _cases()
