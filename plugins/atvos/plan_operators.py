"""The operators that decide what a run has to do, from the ledgers alone."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.providers.common.compat.sdk import AirflowSkipException, BaseOperator

from atvos import builds, jobs, ledger, pending
from atvos.airflow_compat import AirflowRescheduleException
from atvos.clients import bigquery_client
from atvos.contract import Feed, Table
from atvos.models import Model
from atvos.pending import Replay
from atvos.settings import Settings

_LOCKED_RETRY = timedelta(minutes=1)


class PlanOperator(BaseOperator):
    """Decides what of a model is built anew; skips the model where nothing is.

    ``sources`` are the tables that the model reads, by ``dataset.table``. While a backfill
    holds the model's table the task comes back every minute.
    """

    def __init__(
        self, *, settings: Settings, model: Model, sources: Mapping[str, Table], **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.settings = settings
        self.model = model
        self.sources = sources

    def execute(self, context: Any) -> dict[str, Any]:  # noqa: ARG002
        """The build as a mapping. AirflowSkipException where nothing changed."""
        now = datetime.now(UTC)
        client = bigquery_client(self.settings)
        self._wait_while_locked(client, now)
        table = self.model.table_name
        changes = ledger.new_changes(client, self.settings, table, list(self.sources), now.date())
        published = ledger.last_published(client, self.settings, now.date())
        last_events = {
            name: state.last_event_at for name, state in published.items() if state.last_event_at
        }
        build = builds.plan(self.model, self.sources, changes, last_events, now)
        if build is None:
            raise AirflowSkipException(f"no source of {self.model.name} has changed")
        self.log.info(
            "build %s: %d days, on account of %d changes",
            build.build_id,
            len(build.days),
            len(changes),
        )
        return build.to_dict()

    def _wait_while_locked(self, client: Any, now: datetime) -> None:
        lock = ledger.lock_of(client, self.settings, self.model.table_name)
        if lock is not None:
            self.log.warning(
                "%s is locked by %s until %s: %s",
                self.model.table_name,
                lock.owner,
                lock.expires_at.isoformat(timespec="seconds"),
                lock.reason,
            )
            raise AirflowRescheduleException(now + _LOCKED_RETRY)


class PlanReplayOperator(BaseOperator):
    """Looks for waiting rows that can go on; skips the run where there are none."""

    def __init__(self, *, settings: Settings, feed: Feed, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.settings = settings
        self.feed = feed

    def execute(self, context: Any) -> dict[str, Any]:
        """The replay as a mapping. AirflowSkipException where no row can go on."""
        configuration = jobs.query(
            pending.ready_query(self.feed),
            {"feed": self.feed.name, "step": "plan_replay"},
            self.settings.maximum_bytes_billed,
        )
        rows = jobs.run(bigquery_client(self.settings), configuration)
        if not rows:
            raise AirflowSkipException(f"no row of {self.feed.name} waits that could go on")
        days = sorted(row["day"] for row in rows)
        text = f"{self.feed.name} {context['run_id']}"
        replay_id = hashlib.sha256(text.encode()).hexdigest()[:20]
        self.log.info("replay %s: %d days", replay_id, len(days))
        what = Replay(replay_id, tuple(days), min(row["landed_since"] for row in rows))
        return what.to_dict()
