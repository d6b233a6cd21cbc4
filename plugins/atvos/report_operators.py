"""The operators that tell what the platform knows of its tables: gauges, registry, views."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from airflow.providers.common.compat.sdk import BaseOperator

from atvos import freshness, ledger, metrics, registry
from atvos.clients import bigquery_client
from atvos.contract import Table
from atvos.models import Model
from atvos.settings import Settings


class ReportOperator(BaseOperator):
    """Publishes the freshness gauges of ``tables`` from the ledgers."""

    def __init__(
        self,
        *,
        settings: Settings,
        tables: tuple[Table, ...],
        heartbeat: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.settings = settings
        self.tables = tables
        self.heartbeat = heartbeat

    def execute(self, context: Any) -> int:  # noqa: ARG002
        """How many gauges were sent; a socket that fails is logged and fails nothing."""
        now = datetime.now(UTC)
        client = bigquery_client(self.settings)
        published = ledger.last_published(client, self.settings, now.date())
        gauges = freshness.gauges_of(self.tables, published, now)
        if self.heartbeat:
            gauges.append(freshness.heartbeat(now))
        return metrics.send(gauges, self.settings.statsd_host, self.settings.statsd_port)


class RegisterOperator(BaseOperator):
    """Makes the registry of datasets, and the views of queries, what the repository says."""

    def __init__(
        self,
        *,
        settings: Settings,
        tables: tuple[Table, ...],
        views: tuple[Model, ...],
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.settings = settings
        self.tables = tables
        self.views = views

    def execute(self, context: Any) -> list[str]:  # noqa: ARG002
        """What was changed; nothing is written where all is as it should be."""
        client = bigquery_client(self.settings)
        changed = registry.update(client, self.settings, self.tables, self.views)
        for name in changed:
            self.log.info("%s is up to date now", name)
        return changed
