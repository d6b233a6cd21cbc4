"""A run takes what has landed, the same batch whenever it runs again, or is skipped."""

import asyncio
import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowRescheduleException, AirflowSkipException
from airflow.triggers.base import TriggerEvent

from atvos import names, settings
from atvos.contract import Feed, LoadMode
from atvos.sensors import NewObjectsSensor
from atvos.triggers import NewObjectsTrigger
from local.client import Client
from local.stack import Stack
from tests.atvos.desk import Desk
from tests.dags.running import context_of, deferred

TIMEOUT = TriggerEvent({"status": "timeout"})
LANDED = TriggerEvent({"status": "landed"})


@dataclass(frozen=True)
class Landing:
    """A feed of the test's own, where objects can land."""

    client: Client
    feed: Feed

    def put(self, name: str) -> None:
        """Let an object land."""
        self.client.upload(names.landing_prefix(self.feed.name) + name, b"{}\n")

    def sensor(self, **changes: Any) -> NewObjectsSensor:
        """The feed's sensor, with other settings."""
        chosen = replace(settings.load(), **changes)
        return NewObjectsSensor(task_id="sense", settings=chosen, feed=self.feed)


@pytest.fixture
def landing(emulators: Stack) -> Landing:
    """A feed without objects, whose tables are there."""
    client = Client(emulators)
    return Landing(client, Desk.open(client, LoadMode.APPEND_FIRST).feed)


def test_where_nothing_waits_the_run_waits_in_the_triggerer(landing: Landing) -> None:
    how = deferred(landing.sensor(), context_of())
    assert how.trigger.serialize() == (
        "atvos.triggers.NewObjectsTrigger",
        {"feed": landing.feed.name, "interval": 1, "timeout": 900},
    )
    assert how.method_name == "execute_complete"


def test_what_waits_becomes_the_batch_of_the_run_at_once(landing: Landing) -> None:
    landing.put("a.ndjson")
    batch_id = landing.sensor().execute(context_of())
    assert len(batch_id) == 20


def test_a_run_that_runs_again_has_the_same_batch_whatever_has_landed_since(
    landing: Landing,
) -> None:
    landing.put("a.ndjson")
    run_id = uuid.uuid4().hex
    first = landing.sensor().execute(context_of(run_id))
    landing.put("b.ndjson")
    assert landing.sensor().execute(context_of(run_id)) == first
    assert landing.sensor().execute(context_of("another run")) != first


class TestInAWorker:
    """Where the triggerer does not have this package the task ends and comes back."""

    def test_where_nothing_waits_it_comes_back_after_the_interval(self, landing: Landing) -> None:
        before = datetime.now(UTC)
        with pytest.raises(AirflowRescheduleException) as raised:
            landing.sensor(sense_in="worker", sense_interval=60).execute(coming_back(None))
        wait = raised.value.reschedule_date - before
        assert timedelta(seconds=60) <= wait < timedelta(seconds=90)

    def test_what_waits_becomes_the_batch_of_the_run(self, landing: Landing) -> None:
        landing.put("a.ndjson")
        context = coming_back(None)
        batch_id = landing.sensor(sense_in="worker").execute(context)
        assert len(batch_id) == 20
        assert landing.sensor().execute(context_of(context["run_id"])) == batch_id

    def test_a_run_for_which_nothing_landed_in_time_is_skipped(self, landing: Landing) -> None:
        began = datetime.now(UTC) - timedelta(seconds=1000)
        with pytest.raises(AirflowSkipException):
            landing.sensor(sense_in="worker", sense_timeout=900).execute(coming_back(began))


def coming_back(began: datetime | None) -> Any:
    """The context of a task that waits since ``began``, None where it starts."""
    context = context_of(uuid.uuid4().hex)
    context["ti"] = SimpleNamespace(
        get_first_reschedule_date=lambda _context: began, try_number=1, max_tries=0
    )
    return context


def test_the_event_of_the_trigger_becomes_the_batch(landing: Landing) -> None:
    landing.put("a.ndjson")
    assert len(landing.sensor().execute_complete(context_of(), {"status": "landed"})) == 20


def test_a_run_for_which_nothing_landed_in_time_is_skipped(landing: Landing) -> None:
    with pytest.raises(AirflowSkipException, match=landing.feed.name):
        landing.sensor().execute_complete(context_of(), {"status": "timeout"})


def test_a_run_whose_objects_were_taken_by_another_is_skipped(landing: Landing) -> None:
    with pytest.raises(AirflowSkipException, match=landing.feed.name):
        landing.sensor().execute_complete(context_of(), {"status": "landed"})


def test_the_trigger_fires_when_an_object_lands(landing: Landing) -> None:
    async def land_while_it_waits() -> TriggerEvent:
        event = asyncio.ensure_future(anext(NewObjectsTrigger(landing.feed.name, 0.2, 30).run()))
        await asyncio.sleep(1)
        assert not event.done()
        await asyncio.to_thread(landing.put, "a.ndjson")
        return await event

    assert asyncio.run(land_while_it_waits()) == LANDED


def test_the_trigger_gives_up_in_the_end(landing: Landing) -> None:
    async def fired() -> TriggerEvent:
        return await anext(NewObjectsTrigger(landing.feed.name, 0.2, 0.5).run())

    assert asyncio.run(fired()) == TIMEOUT
