"""One whole stack for all tests of this folder, and a sample that has gone through it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from atvos import names
from local import reading, tools
from local.client import Client
from local.demo import land, wait_for_publish
from local.errors import StackError
from local.outcome import Outcome
from local.sample import WAVES, Answer, Sample, Settings
from local.services import FOUND
from local.stack import Stack
from tests.e2e.telling import explained

PUBLISH_LIMIT_SECONDS = 400


@dataclass(frozen=True)
class Landed:
    """A sample that was landed: what it is made of, what should have come of it, and what did.

    ``rejects`` are the reasons of every row of telemetry in quarantine, ``pending`` the rows
    of telemetry that waited for their vehicle after each wave.
    """

    settings: Settings
    answer: Answer
    outcome: Outcome
    rejects: list[list[str]]
    pending: list[int]


@pytest.fixture(scope="session")
def client(_no_network: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A client of a stack with every service, on free ports."""
    missing = [service for service in FOUND if tools.find(service) is None]
    if missing:
        pytest.fail(f"not installed: {', '.join(missing)}; run `make tools`", pytrace=False)
    stack = Stack(tmp_path_factory.mktemp("stack"))
    try:
        stack.start()
    except StackError as error:
        pytest.fail(str(error), pytrace=False)
    yield Client(stack)
    stack.stop()


@pytest.fixture(scope="session")
def landed(client: Client) -> Landed:
    """A small sample, uploaded and published."""
    settings = Settings(until=datetime.now(UTC), vehicles=20, days=4, events_per_vehicle_day=12)
    waves: list[int] = []
    with explained(client):
        sample = Sample(settings)
        objects = list(sample.objects())
        for wave in WAVES:
            land(client, objects, wave)
            wait_for_publish(client, sample.answer.after_wave(wave), PUBLISH_LIMIT_SECONDS)
            waves.append(_waiting(client))
        answer = sample.answer
        found = reading.read(client, answer)
    quarantined = client.rows(f"SELECT reasons FROM `{names.quarantine_table('telemetry_events')}`")
    return Landed(settings, answer, found, [row["reasons"] for row in quarantined], waves)


def _waiting(client: Client) -> int:
    """How many rows of telemetry wait for their vehicle."""
    table = names.pending_table("telemetry_events")
    return int(client.rows(f"SELECT COUNT(*) AS n FROM `{table}`")[0]["n"])
