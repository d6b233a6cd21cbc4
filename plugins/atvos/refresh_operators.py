"""The operators that take changes of marts to Power BI, beside the provider's own."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from airflow.providers.common.compat.sdk import AirflowSkipException, BaseOperator

from atvos import builds, gauges, ledger, metrics
from atvos.clients import bigquery_client
from atvos.models import Model
from atvos.powerbi import refresh
from atvos.settings import Settings

CHANGES = "changes"
"""The XCom of the changes that are taken in."""


class PlanRefreshOperator(BaseOperator):
    """Decides which partitions of the semantic model are refreshed; skips the run without any.

    ``tables`` are the models that Power BI holds.
    """

    def __init__(self, *, settings: Settings, tables: tuple[Model, ...], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.settings = settings
        self.tables = tables

    def execute(self, context: Any) -> list[dict[str, Any]]:
        """The bodies of the requests, in the order in which they are made."""
        now = datetime.now(UTC)
        client = bigquery_client(self.settings)
        sources = [table.view_name for table in self.tables]
        changes = ledger.new_changes(client, self.settings, refresh.NAME, sources, now.date())
        built = ledger.last_built(client, self.settings, refresh.NAME, now.date())
        found = refresh.plan(self.tables, changes, built and _day(built), _day(now))
        if found is None:
            raise AirflowSkipException("Power BI has every change of the marts")
        for request in found.requests:
            self.log.info("to be refreshed: %s", request)
        context["ti"].xcom_push(key=CHANGES, value=list(found.change_ids))
        return list(found.requests)


class ReportRefreshOperator(BaseOperator):
    """Publishes how fresh the semantic model is."""

    def __init__(self, *, settings: Settings, tables: tuple[Model, ...], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.settings = settings
        self.tables = tables

    def execute(self, context: Any) -> int:  # noqa: ARG002
        """How many samples were sent."""
        now = datetime.now(UTC)
        client = bigquery_client(self.settings)
        sources = [table.view_name for table in self.tables]
        samples = gauges.of_semantic_model(
            ledger.waiting_since(client, self.settings, refresh.NAME, sources, now.date()),
            ledger.last_built(client, self.settings, refresh.NAME, now.date()),
            now,
        )
        return metrics.send(samples, self.settings.statsd_host, self.settings.statsd_port)


def _day(instant: datetime) -> date:
    """The day in São Paulo, by which months begin."""
    return instant.astimezone(builds.BUSINESS_TIME_ZONE).date()
