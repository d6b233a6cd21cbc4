"""Waits in the triggerer until something has landed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent
from asgiref.sync import sync_to_async

from atvos import settings as settings_module
from atvos.clients import bigquery_client, storage_client
from atvos.sense import Watch


class NewObjectsTrigger(BaseTrigger):
    """Fires when an object of ``feed`` has landed that the ledger does not know.

    Looks every ``interval`` seconds, and gives up after ``timeout`` seconds with the event
    ``{"status": "timeout"}``.
    """

    def __init__(self, feed: str, interval: float, timeout: float) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.feed = feed
        self.interval = interval
        self.timeout = timeout

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """What the triggerer needs to make this trigger anew."""
        return (
            f"{type(self).__module__}.{type(self).__qualname__}",
            {"feed": self.feed, "interval": self.interval, "timeout": self.timeout},
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Yield one event: ``landed`` or ``timeout``."""
        settings = settings_module.load()
        watch = Watch(settings, self.feed)

        def look() -> bool:
            return watch.sees_something(storage_client(settings), lambda: bigquery_client(settings))

        loop = asyncio.get_running_loop()
        deadline = loop.time() + self.timeout
        while loop.time() < deadline:
            # The clients are synchronous, and hooks may only be asked from a thread that
            # asgiref knows.
            if await sync_to_async(look)():
                yield TriggerEvent({"status": "landed"})
                return
            await asyncio.sleep(self.interval)
        yield TriggerEvent({"status": "timeout"})
