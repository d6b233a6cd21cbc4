"""An hour of arrivals with a fault in every run, none of them foreseen by its case.

An object lands for every simulated minute, three for each run: what takes an hour takes minutes.
"""

import random

from local.faults.cases.case import (
    CHECK,
    CURATE,
    OTHERS,
    PUBLISH,
    READ,
    STAGE_ROWS,
    Case,
    Point,
)
from local.faults.ground import Field
from local.faults.rules import Kind
from local.faults.runs import DONE, STARTED, STEPS

_SEED = 20260602
_MINUTES, _MINUTES_PER_RUN = 60, 3
_KINDS = (Kind.ANSWER, Kind.RESET, Kind.DROP, Kind.CALL_BEFORE, Kind.CALL_AFTER)
_BOUNCED = (READ, STAGE_ROWS, CHECK, PUBLISH)


def _soak(field: Field) -> None:
    chance = random.Random(_SEED)  # noqa: S311 - the same hour every time
    for number in range(_MINUTES):
        field.land(number)
        if (number + 1) % _MINUTES_PER_RUN == 0:
            _break_something(field, chance)
            field.outcomes.append(field.runner.run(f"{field.feed}-minute-{number}"))
    field.ground.mend()
    field.go(label="rest")


def _break_something(field: Field, chance: random.Random) -> None:
    """Kill a task at its edge, or in the midst; have a request fail; kill an emulator."""
    match chance.choices(("edge", "emulator", "request"), (3, 1, 6)):
        case ["edge"]:
            field.kill(chance.choice(STEPS[1:]), chance.choice((STARTED, DONE)))
        case ["emulator"]:
            point = chance.choice(_BOUNCED)
            bounced = field.ground.bounce(point.service, field.mark())
            point.rule(field, Kind.CALL_MIDST, call=bounced)
        case _:
            _fail_a_request(field, chance.choice((*CURATE, *OTHERS[1:])), chance)


def _fail_a_request(field: Field, point: Point, chance: random.Random) -> None:
    kind = chance.choice(_KINDS)
    more: dict[str, object] = {}
    if kind is Kind.ANSWER:
        more = {"status": chance.choice((500, 503, 429)), "times": 2}
    if kind is Kind.RESET:
        more = {"seconds": 1.0}
    if kind in (Kind.CALL_BEFORE, Kind.CALL_AFTER):
        kill = field.runner.kill_worker if point in CURATE else field.runner.kill_group
        more = {"call": field.killing(kill)}
    point.rule(field, kind, **more)


CASES = [Case("soak", "an hour of arrivals with a fault in every run", _soak)]
