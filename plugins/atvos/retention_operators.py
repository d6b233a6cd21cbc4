"""The operator that removes what has had its time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from airflow.providers.common.compat.sdk import BaseOperator

from atvos.clients import bigquery_client, storage_client
from atvos.contract import Feed
from atvos.models import Model
from atvos.retention.store import Retention
from atvos.settings import Settings


class RetentionOperator(BaseOperator):
    """Lists what is due in the log, and then removes it."""

    def __init__(
        self,
        *,
        settings: Settings,
        feeds: Mapping[str, Feed],
        models: Mapping[str, Model],
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.settings = settings
        self.feeds = feeds
        self.models = models

    def execute(self, context: Any) -> int:  # noqa: ARG002
        """How much was removed; an expiry that is not its contract's is a warning in the log."""
        now = datetime.now(UTC)
        bq, gcs = bigquery_client(self.settings), storage_client(self.settings)
        retention = Retention(bq, gcs, self.settings, self.feeds, self.models)
        due = retention.due(now)
        for item in due:
            self.log.info("%s", item.line())
        for promise in retention.promises(now):
            if not promise.is_kept:
                self.log.warning("%s", promise.line())
        return retention.remove(due)
