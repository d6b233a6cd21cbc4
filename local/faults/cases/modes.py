"""The same faults at publish in the other load modes: upsert, and the snapshot that replaces."""

from collections.abc import Callable
from functools import partial

from atvos.contract import LoadMode
from local.faults.cases import case
from local.faults.cases.case import Case, land_two
from local.faults.ground import Field
from local.faults.rules import Kind
from local.faults.runs import DONE


def _killed(field: Field, kind: Kind) -> None:
    land_two(field)
    case.PUBLISH.rule(field, kind, call=field.killing(field.runner.kill_group))
    field.go()
    field.land(2)
    field.go(label="more")


def _done(field: Field) -> None:
    land_two(field)
    field.kill("publish", DONE)
    field.go()


def _emulator(field: Field) -> None:
    land_two(field)
    bounced = field.ground.bounce(case.PUBLISH.service, field.mark())
    case.PUBLISH.rule(field, Kind.CALL_MIDST, call=bounced)
    field.go()


def _out_of_order(field: Field) -> None:
    """An older batch is published again after a newer one, and BigQuery takes its id twice."""
    again = field.mark()
    field.ground.bigquery.strict.job_ids = False
    land_two(field)
    first = f"{field.feed}-first"
    field.runner.run(first)
    field.land(2)
    field.runner.run(f"{field.feed}-second")
    field.outcomes.append(field.runner.run(first, since="publish"))
    again()
    field.go()


_ACTS: tuple[tuple[str, str, Callable[[Field], None]], ...] = (
    (
        "kill-before-publish",
        "kill -9 before the emulator publishes",
        partial(_killed, kind=Kind.CALL_BEFORE),
    ),
    (
        "kill-after-publish",
        "kill -9 after the emulator published",
        partial(_killed, kind=Kind.CALL_AFTER),
    ),
    ("kill-done-publish", "kill -9 of publish when it has done all", _done),
    ("bigquery-killed-at-publish", "kill -9 of bigquery while it publishes", _emulator),
    ("published-out-of-order", "an older batch is published again after a newer", _out_of_order),
)
CASES = [
    Case(f"{mode.value.partition('_')[0]}-{name}", f"{mode.value}: {title}", act, mode)
    for mode in (LoadMode.UPSERT_LATEST, LoadMode.REPLACE_SNAPSHOT)
    for name, title, act in _ACTS
]
