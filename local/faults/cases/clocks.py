"""Machines whose clocks differ: the sensor's, and Cloud Storage's."""

import json
from datetime import datetime, timedelta
from functools import partial

from local.faults.cases import case
from local.faults.cases.case import Case, land_two
from local.faults.ground import Field
from local.faults.rules import Kind

_MINUTE, _DAY = 60, 86_400


def _sensor(field: Field, seconds: float) -> None:
    shifted = field.mark()
    field.runner.clock = seconds
    land_two(field)
    field.go()
    field.land(2)
    field.go(label="later")
    shifted()


def _sensor_and_publish_again(field: Field, seconds: float) -> None:
    """The day of the batch is not BigQuery's; a publish that runs twice must see the first."""
    shifted = field.mark()
    field.ground.bigquery.strict.job_ids = False
    field.runner.clock = seconds
    land_two(field)
    run_id = f"{field.feed}-again"
    field.runner.run(run_id)
    field.outcomes.append(field.runner.run(run_id, since="publish"))
    shifted()
    field.go()


def _storage(field: Field, seconds: float) -> None:
    """What Cloud Storage says of when an object was created is hours off."""

    def shifted(body: bytes) -> bytes:
        listing = json.loads(body)
        for item in listing.get("items", []):
            created = datetime.fromisoformat(item["timeCreated"]) + timedelta(seconds=seconds)
            item["timeCreated"] = created.isoformat().replace("+00:00", "Z")
        return json.dumps(listing).encode()

    land_two(field)
    field.rule(Kind.REWRITE, case.LIST.service, case.LIST.pattern, rewrite=shifted, times=1000)
    field.go()
    field.land(2)
    field.go(label="later")


def _cases() -> list[Case]:
    found = []
    for word, seconds in (
        ("behind-30-minutes", -30 * _MINUTE),
        ("ahead-30-minutes", 30 * _MINUTE),
        ("ahead-a-day", _DAY),
    ):
        title = f"the sensor's clock is {word.replace('-', ' ')}"
        found.append(Case(f"sensor-{word}", title, partial(_sensor, seconds=seconds)))
        act = partial(_sensor_and_publish_again, seconds=seconds)
        found.append(Case(f"sensor-{word}-publish-again", f"{title}; publish runs twice", act))
    for word, seconds in (("behind-a-day", -_DAY), ("ahead-a-day", _DAY)):
        title = f"the clock of Cloud Storage is {word.replace('-', ' ')}"
        found.append(Case(f"storage-{word}", title, partial(_storage, seconds=seconds)))
    return found


CASES = _cases()
