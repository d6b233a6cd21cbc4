"""Senses new objects of a feed, and is woken by messages about them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowSensorTimeout, AirflowSkipException

from atvos.contract import Feed
from atvos.events import messages
from atvos.sensors import NewObjectsSensor
from atvos.settings import Settings

if TYPE_CHECKING:
    from airflow.sdk.exceptions import TaskDeferralError
else:
    try:
        from airflow.sdk.exceptions import TaskDeferralError
    except ImportError:  # Airflow 3.1
        from airflow.exceptions import TaskDeferralError

PULL_SECONDS = 2.0
"""How long a message waits at most until the triggerer pulls it."""

MAX_MESSAGES = 1000


class WokenObjectsSensor(NewObjectsSensor):
    """Waits like its base, in the triggerer, and looks at once where a message comes.

    Whether a message comes or not, it looks every ``settings.sense_interval`` seconds, so that
    one that is lost costs no more than that. The trigger is the provider's own, which a
    triggerer has that does not have this package. Where it fails, time alone wakes the sensor.
    """

    def __init__(self, *, settings: Settings, feed: Feed, subscription: str, **kwargs: Any) -> None:
        # A task that a trigger wakes does not come back by itself.
        super().__init__(settings=replace(settings, sense_in="triggerer"), feed=feed, **kwargs)
        self.subscription = subscription

    def execute(self, context: Any) -> str:
        """The id of this run's batch; defers until there is one."""
        return self._look(context)

    def execute_complete(self, context: Any, event: Any) -> str:
        """A message, or the time: look what is there."""
        told = messages.read(event, self.settings.landing_bucket, self.feed.name)
        if told.messages:
            self.log.info("%s", told)
        return self._look(context)

    def resume_execution(self, next_method: str, next_kwargs: Any, context: Any) -> Any:
        """Look too where no message came in time, and where the trigger failed."""
        try:
            return super().resume_execution(next_method, next_kwargs, context)
        except AirflowSensorTimeout:
            return self._look(context)
        except TaskDeferralError as error:
            self.log.warning("no messages from %s: %s", self.subscription, error)
            return self._look(context, pulls=False)

    def _look(self, context: Any, *, pulls: bool = True) -> str:
        batch_id = self._batch_id(context["run_id"])
        if batch_id is not None:
            return batch_id
        if self._is_over(context):
            raise AirflowSkipException(f"nothing new landed for {self.feed.name}")
        wait = timedelta(seconds=self.settings.sense_interval)
        if pulls:
            self.defer(trigger=self._pull(), method_name="execute_complete", timeout=wait)
        else:
            self.defer(trigger=_pause(wait), method_name="execute_complete")
        raise AssertionError("defer does not return")

    def _is_over(self, context: Any) -> bool:
        """Whether the run has waited for as long as it may."""
        # Of the run: that of the task begins anew with each message on Airflow 3.1.
        began: datetime = context["dag_run"].start_date or datetime.now(UTC)
        return datetime.now(UTC) - began >= timedelta(seconds=self.settings.sense_timeout)

    def _pull(self) -> Any:
        # Imported here because Pub/Sub's client takes a second, which no DAG file needs.
        from airflow.providers.google.cloud.triggers.pubsub import PubsubPullTrigger

        return PubsubPullTrigger(
            project_id=self.settings.project,
            subscription=self.subscription,
            max_messages=MAX_MESSAGES,
            # At once: what a lost message would have said, the next look sees.
            ack_messages=True,
            gcp_conn_id=self.settings.gcp_conn_id,
            poke_interval=PULL_SECONDS,
        )


def _pause(wait: timedelta) -> Any:
    from airflow.providers.standard.triggers.temporal import TimeDeltaTrigger

    return TimeDeltaTrigger(wait)
