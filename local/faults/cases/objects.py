"""Objects that are overwritten or deleted under a run, appear while it lists, or come again."""

from functools import partial

from local.faults.cases import case
from local.faults.cases.case import Case, Point, land_two
from local.faults.ground import Field
from local.faults.rules import Kind
from local.faults.sample import content

_OTHER = 7
"""The number of the content that an object is overwritten with."""


def _overwritten(field: Field, point: Point, kind: Kind) -> None:
    """Of the generation that was listed nothing can be read; the new one is a batch of its own."""
    first = field.land(0)
    field.land(1)

    def overwrite() -> None:
        field.upload(first.name, content(_OTHER, field.now))
        field.is_gone(first)

    point.rule(field, kind, call=overwrite)
    field.go()


def _deleted(field: Field, point: Point, kind: Kind) -> None:
    first = field.land(0)
    field.land(1)
    point.rule(field, kind, call=lambda: field.delete(first))
    field.go()


def _overwritten_before_the_next_try(field: Field) -> None:
    """The first try has read the object; the second finds another generation."""
    first = field.land(0)
    field.land(1)

    kill = field.killing(field.runner.kill_beam)

    def lose() -> None:
        kill()
        field.upload(first.name, content(_OTHER, field.now))
        field.is_gone(first)

    case.ROWS.rule(field, Kind.CALL_BEFORE, call=lose)
    field.go()


def _overwritten_late(field: Field) -> None:
    """The object was read already: both generations count."""
    first = field.land(0)
    field.land(1)
    call = partial(field.upload, first.name, content(_OTHER, field.now))
    case.STAGE_ROWS.rule(field, Kind.GO_ON_AFTER, call=call)
    field.go()


def _deleted_late(field: Field) -> None:
    """The object was read already: its rows are published."""
    first = field.land(0)
    field.land(1)
    bucket = field.ground.client.storage.bucket("landing")
    case.STATS.rule(field, Kind.GO_ON_AFTER, call=bucket.blob(first.name).delete)
    field.go()


def _appears(field: Field, point: Point, kind: Kind) -> None:
    land_two(field)
    point.rule(field, kind, call=partial(field.land, 2))
    field.go()


def _again(field: Field) -> None:
    """What was published is sent again, under its name and under another."""
    again = field.mark()
    land_two(field)
    field.go()
    field.land(0)
    field.land(1, name=f"{field.feed}/copy.ndjson")
    again()
    field.go(label="again")


def _cases() -> list[Case]:
    found = []
    for point, kind in ((case.LEDGER, Kind.GO_ON_AFTER), (case.CLAIM, Kind.GO_ON_BEFORE)):
        title = f"an object is overwritten at {point.name}, between listing and reading"
        act = partial(_overwritten, point=point, kind=kind)
        found.append(Case(f"overwritten-at-{point.name}", title, act))
        title = f"an object is deleted at {point.name}, between listing and reading"
        act = partial(_deleted, point=point, kind=kind)
        found.append(Case(f"deleted-at-{point.name}", title, act))
    for word, point, kind in (
        ("before-the-list", case.LIST, Kind.GO_ON_AFTER),
        ("after-the-list", case.LIST, Kind.GO_ON_BEFORE),
        ("at-read", case.READ, Kind.GO_ON_BEFORE),
        ("at-publish", case.PUBLISH, Kind.GO_ON_BEFORE),
    ):
        title = f"an object appears {word.replace('-', ' ')}"
        found.append(Case(f"appears-{word}", title, partial(_appears, point=point, kind=kind)))
    return [
        *found,
        Case(
            "overwritten-before-the-next-try",
            "Beam is killed, and an object overwritten before its next try",
            _overwritten_before_the_next_try,
        ),
        Case("overwritten-late", "an object is overwritten after it was read", _overwritten_late),
        Case("deleted-late", "an object is deleted after it was read", _deleted_late),
        Case("sent-again", "published objects are sent again", _again),
    ]


CASES = _cases()
