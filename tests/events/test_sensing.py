"""Messages wake a run that waits, and change nothing else: bucket and ledger say what it takes."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.exceptions import TaskDeferred
from airflow.providers.common.compat.sdk import AirflowSkipException

from atvos import names, settings
from atvos.batch_store import BatchStore
from atvos.contract import LoadMode
from atvos.events.sensors import MAX_MESSAGES, WokenObjectsSensor
from atvos.sense import list_objects
from local.client import Client
from local.environment import LANDING_BUCKET, WORK_BUCKET
from local.stack import Stack
from tests.atvos.desk import Desk, Staged, row
from tests.dags.running import context_of
from tests.events.payloads import event_of, received
from tests.events.subscriber import Subscriber, event_from

TIMED_OUT = ("__fail__", {"error": "Trigger timeout"})
FAILED = ("__fail__", {"error": "Trigger failure", "traceback": ["NotFound: no subscription"]})


@dataclass(frozen=True)
class Waiting:
    """A run that waits for objects of a feed of the test's own."""

    client: Client
    desk: Desk
    context: dict[str, Any]

    def sensor(self, **changes: Any) -> WokenObjectsSensor:
        """The feed's sensor, with other settings."""
        chosen = replace(settings.load(), **changes)
        feed = self.desk.feed
        return WokenObjectsSensor(
            task_id="sense", settings=chosen, feed=feed, subscription=f"landing-{feed.name}"
        )

    def put(self, name: str) -> str:
        """Let an object land; its full name."""
        full = names.landing_prefix(self.desk.feed.name) + name
        self.client.upload(full, b"{}\n")
        return full

    def woken(self, event: Any, **changes: Any) -> str | TaskDeferred:
        """What becomes of the run when the trigger fires: a batch, or it waits again."""
        return self.resumed("execute_complete", {"event": event}, **changes)

    def resumed(self, method: str, arguments: Any, **changes: Any) -> str | TaskDeferred:
        """The same, however Airflow resumes the task."""
        try:
            return str(self.sensor(**changes).resume_execution(method, arguments, self.context))
        except TaskDeferred as waits:
            return waits

    def objects(self, batch_id: str) -> list[str]:
        """The names of the batch's objects."""
        store = BatchStore(self.client.storage, WORK_BUCKET, self.desk.feed)
        return [item.name for item in store.batch(batch_id).objects]


@pytest.fixture
def waiting(emulators: Stack) -> Waiting:
    """A run that has begun to wait; nothing has landed."""
    client = Client(emulators)
    context = context_of(uuid.uuid4().hex)
    context["dag_run"] = SimpleNamespace(start_date=datetime.now(UTC))
    return Waiting(client, Desk.open(client, LoadMode.APPEND_FIRST), context)


def others(name: str) -> dict[str, Sequence[Any]]:
    """Messages that nobody who reads them should do as they say, by what they are."""
    return {
        "none": [],
        "the right one": [received(name)],
        "doubled": [received(name)] * 3,
        "reordered": [received(name, 9), received(name, 3), received(name, 5)],
        "deleted": [received(name, eventType="OBJECT_DELETE")],
        "of another bucket": [received(name, bucketId="theirs")],
        "of an object that is not there": [received(name + ".gone", 4)],
        "of a generation that is not there": [received(name, 1)],
        "of another feed": [received("trips/x.ndjson")],
        "malformed": [received("", objectGeneration="x"), received(name, eventType=None)],
    }


def test_where_nothing_waits_the_run_waits_for_a_message_with_the_providers_own_trigger(
    waiting: Waiting,
) -> None:
    with pytest.raises(TaskDeferred) as waits:
        waiting.sensor(sense_interval=60).execute(waiting.context)

    classpath, arguments = waits.value.trigger.serialize()
    assert classpath == "airflow.providers.google.cloud.triggers.pubsub.PubsubPullTrigger"
    assert arguments == {
        "project_id": "atvoslocal",
        "subscription": f"landing-{waiting.desk.feed.name}",
        "max_messages": MAX_MESSAGES,
        "ack_messages": True,
        "gcp_conn_id": "google_cloud_default",
        "poke_interval": 2.0,
        "impersonation_chain": None,
    }
    assert (waits.value.method_name, waits.value.timeout) == (
        "execute_complete",
        timedelta(seconds=60),
    )


def test_what_waits_already_needs_no_message(waiting: Waiting) -> None:
    name = waiting.put("a.ndjson")

    assert waiting.objects(waiting.sensor().execute(waiting.context)) == [name]


def test_whatever_a_message_says_where_nothing_has_landed_the_run_waits_on(
    waiting: Waiting,
) -> None:
    name = f"{names.landing_prefix(waiting.desk.feed.name)}never.ndjson"

    woken = {what: waiting.woken(event_of(*told)) for what, told in others(name).items()}

    assert len(woken) > 5
    assert [what for what, found in woken.items() if not isinstance(found, TaskDeferred)] == []


def test_whatever_a_message_says_the_batch_is_what_has_landed(waiting: Waiting) -> None:
    landed = sorted([waiting.put("a.ndjson"), waiting.put("b.ndjson")])

    for what, told in others(landed[0]).items():
        waiting.context["run_id"] = uuid.uuid4().hex  # another run, which has no batch yet
        batch_id = waiting.woken(event_of(*told))
        assert isinstance(batch_id, str), what
        assert sorted(waiting.objects(batch_id)) == landed, what


def test_a_message_that_comes_again_after_the_publish_takes_nothing_in_again(
    waiting: Waiting,
) -> None:
    name = waiting.put("a.ndjson")
    (version,) = list_objects(waiting.client.storage, LANDING_BUCKET, waiting.desk.feed.name)
    waiting.desk.publish(Staged(version, [row("d1")]))

    waits = waiting.woken(event_of(received(name, version.generation)))

    assert isinstance(waits, TaskDeferred)
    assert len(waiting.desk.curated()) == 1


def test_a_run_that_is_woken_twice_has_one_batch(waiting: Waiting) -> None:
    name = waiting.put("a.ndjson")
    first = waiting.woken(event_of(received(name)))
    waiting.put("b.ndjson")

    assert waiting.woken(event_of(received(name))) == first
    assert waiting.objects(str(first)) == [name]


def test_a_lost_message_costs_one_interval(waiting: Waiting) -> None:
    name = waiting.put("a.ndjson")

    batch_id = waiting.resumed(*TIMED_OUT)

    assert waiting.objects(str(batch_id)) == [name]


def test_where_no_message_comes_the_run_waits_for_the_next_one(waiting: Waiting) -> None:
    waits = waiting.resumed(*TIMED_OUT)

    assert isinstance(waits, TaskDeferred)
    assert waits.trigger.serialize()[0].endswith("PubsubPullTrigger")


def test_without_a_subscription_time_alone_wakes_the_run_and_then_it_tries_again(
    waiting: Waiting,
) -> None:
    paused = waiting.resumed(*FAILED)
    assert isinstance(paused, TaskDeferred)
    assert paused.trigger.serialize()[0].endswith("DateTimeTrigger")
    assert paused.timeout is None

    # Its event is a moment.
    waits = waiting.woken(datetime.now(UTC))
    assert isinstance(waits, TaskDeferred)
    assert waits.trigger.serialize()[0].endswith("PubsubPullTrigger")


def test_without_a_subscription_what_has_landed_is_taken(waiting: Waiting) -> None:
    name = waiting.put("a.ndjson")

    assert waiting.objects(str(waiting.resumed(*FAILED))) == [name]


@pytest.mark.parametrize("how", [TIMED_OUT, FAILED, ("execute_complete", {"event": {}})])
def test_a_run_that_has_waited_long_enough_is_skipped(waiting: Waiting, how: Any) -> None:
    waiting.context["dag_run"].start_date -= timedelta(seconds=901)

    with pytest.raises(AirflowSkipException, match="nothing new landed"):
        waiting.resumed(*how, sense_timeout=900)


def test_a_run_that_has_waited_long_enough_takes_what_is_there_all_the_same(
    waiting: Waiting,
) -> None:
    waiting.context["dag_run"].start_date -= timedelta(seconds=901)
    name = waiting.put("a.ndjson")

    assert waiting.objects(str(waiting.woken({}, sense_timeout=900))) == [name]


def test_the_providers_trigger_takes_messages_off_and_wakes_the_run(waiting: Waiting) -> None:
    with pytest.raises(TaskDeferred) as waits:
        waiting.sensor().execute(waiting.context)
    name = waiting.put("a.ndjson")
    subscriber = Subscriber([[], [received(name, 1), received(name, 2)]])

    event = event_from(waits.value.trigger, subscriber)

    assert subscriber.acknowledged == ["ack-1", "ack-2"]
    assert [asked["max_messages"] for asked in subscriber.asked] == [MAX_MESSAGES] * 2
    assert waiting.objects(str(waiting.woken(event))) == [name]


def test_a_subscription_that_is_not_there_fails_the_trigger(waiting: Waiting) -> None:
    with pytest.raises(TaskDeferred) as waits:
        waiting.sensor().execute(waiting.context)

    with pytest.raises(LookupError, match="no subscription"):
        event_from(waits.value.trigger, Subscriber([LookupError("no subscription")]))


def test_what_woke_the_run_is_told_in_numbers(
    waiting: Waiting, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    name = waiting.put("Adalgisa.ndjson")
    caplog.set_level("INFO")

    waiting.woken(event_of(received(name), received(name, bucketId="theirs")))

    said = caplog.text + "".join(capfd.readouterr())
    assert "2 messages tell of 1 objects; 1 of another bucket" in said
    assert "Adalgisa" not in said
