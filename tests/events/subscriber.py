"""A stub of the hook that the provider's trigger pulls messages with."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from airflow.providers.google.cloud.triggers.pubsub import PubsubPullTrigger


@dataclass
class Subscriber:
    """Gives what each pull finds, one after the other, and keeps what was acknowledged."""

    pulls: list[list[Any] | Exception]
    acknowledged: list[str] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)

    async def pull(self, **asked: Any) -> list[Any]:
        """The messages of the next pull."""
        self.asked.append(asked)
        found = self.pulls.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    async def acknowledge(self, messages: list[Any], **_: Any) -> None:
        """Take the messages off the subscription."""
        self.acknowledged += [message.ack_id for message in messages]


def event_from(trigger: PubsubPullTrigger, subscriber: Subscriber) -> dict[str, Any]:
    """The event of the trigger with the stub in place of its hook. Raises what it raises."""
    trigger.poke_interval = 0
    trigger.__dict__["hook"] = subscriber  # where its cached property keeps the hook

    async def first() -> dict[str, Any]:
        async for event in trigger.run():
            payload: dict[str, Any] = event.payload
            return payload
        raise AssertionError("the trigger has ended without an event")

    return asyncio.run(asyncio.wait_for(first(), timeout=10))
