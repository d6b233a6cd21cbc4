"""Which BigQuery job each step of a run submits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from atvos import alter, builds, jobs, names, ops_tables, pending, publish, tables
from atvos.alter import Live
from atvos.batch import Batch, BatchStats
from atvos.builds import Build
from atvos.contract import Feed, Table
from atvos.jobs import Job
from atvos.models import Model
from atvos.pending import Replay
from atvos.powerbi import refresh
from atvos.schema import TableSpec
from atvos.settings import Settings

NOTHING_LIVE: Live = MappingProxyType({})
"""No table is there yet."""


@dataclass(frozen=True, slots=True)
class IngestJobs:
    """The jobs of one feed's ingest run; ``referenced`` are the feeds that its rows refer to."""

    settings: Settings
    feed: Feed
    referenced: tuple[Feed, ...] = ()

    @property
    def owned(self) -> list[TableSpec]:
        """The tables that this feed alone fills, and alters."""
        waiting = [tables.pending(self.feed)] if pending.references(self.feed) else []
        return [tables.curated(self.feed), tables.quarantine(self.feed), *waiting]

    @property
    def looked_at(self) -> list[str]:
        """What ``prepare`` must know the columns of, where it is there."""
        return [spec.table for spec in self.owned]

    def prepare(self, run_id: str, live: Live = NOTHING_LIVE) -> Job:
        """Creates what the run writes to, where it is not there yet, and alters what is.

        ``live`` are the columns that the tables ``looked_at`` have now.
        """
        referenced = [tables.curated(feed) for feed in self.referenced]
        specs = [*ops_tables.operations(), *referenced, *self.owned]
        script = tables.prepare_script(specs, self.settings)
        altered = alter.script(self.owned, live, self.feed.version)
        return self._query("prepare", run_id, "\n".join(filter(None, [script, altered])))

    def stage_rows(self, batch: Batch, stats: BatchStats) -> Job:
        """Loads the valid rows."""
        spec = tables.rows_staging(self.feed, batch.batch_id)
        return self._stage("stage_rows", batch, spec, stats.rows_uris, "PARQUET")

    def stage_rejects(self, batch: Batch, stats: BatchStats) -> Job:
        """Loads the rejects."""
        spec = tables.rejects_staging(self.feed.name, batch.batch_id)
        return self._stage("stage_rejects", batch, spec, stats.rejects_uris, "PARQUET")

    def stage_objects(self, batch: Batch, stats: BatchStats) -> Job:
        """Loads the counts of the objects."""
        spec = tables.objects_staging(self.feed.name, batch.batch_id)
        uris = (stats.objects_uri,)
        return self._stage("stage_objects", batch, spec, uris, "NEWLINE_DELIMITED_JSON")

    def quarantine(self, batch: Batch) -> Job:
        """Adds the staged rejects to quarantine."""
        return self._query("quarantine", batch.batch_id, publish.quarantine(self.feed, batch))

    def publish(self, batch: Batch, stats: BatchStats) -> Job:
        """Moves rows and ledger entries in one transaction."""
        script = publish.publish(self.feed, batch, stats)
        return self._query("publish", batch.batch_id, script)

    def hold(self, batch: Batch, detail: str) -> Job:
        """Records that the batch is held back."""
        return self._query("hold", batch.batch_id, publish.hold(self.feed, batch, detail))

    def replay(self, what: Replay) -> Job:
        """Moves rows that wait for nothing any more from pending to the table."""
        return self._query("replay", what.replay_id, pending.replay(self.feed, what))

    def _stage(
        self, step: str, batch: Batch, spec: TableSpec, uris: Sequence[str], source_format: str
    ) -> Job:
        if not uris:
            return self._query(step, batch.batch_id, spec.ddl())
        configuration = jobs.load(
            self.settings.project, spec, uris, source_format, self._labels(step)
        )
        return Job(names.bigquery_job(step, self.feed.name, batch.batch_id), configuration)

    def _query(self, step: str, build: str, sql: str) -> Job:
        configuration = jobs.query(sql, self._labels(step), self.settings.maximum_bytes_billed)
        return Job(names.bigquery_job(step, self.feed.name, build), configuration)

    def _labels(self, step: str) -> Mapping[str, str]:
        return {"feed": self.feed.name, "step": step, "environment": self.settings.environment}


@dataclass(frozen=True, slots=True)
class ModelJobs:
    """The jobs of one model's build."""

    settings: Settings
    model: Model
    sources: tuple[Table, ...]

    @property
    def owned(self) -> list[TableSpec]:
        """The table that this model alone fills, and alters."""
        return [tables.model(self.model)]

    @property
    def looked_at(self) -> list[str]:
        """What ``prepare`` must know the columns of, where it is there."""
        return [self.model.table_name, *(model.view_name for model in self._shown)]

    @property
    def _shown(self) -> list[Model]:
        """The models whose views the build reads or makes."""
        return [*(s for s in self.sources if isinstance(s, Model)), self.model]

    def prepare(self, run_id: str, live: Live = NOTHING_LIVE) -> Job:
        """Creates what the build reads and writes, where it is not there yet.

        The model's table is also altered, where it is there and behind its contract:
        ``live`` are the columns that the tables ``looked_at`` have now. A view that is there
        goes on showing the table of an older version until this one is published.
        """
        feeds = [source for source in self.sources if isinstance(source, Feed)]
        specs = [
            *ops_tables.operations(),
            *(tables.curated(feed) for feed in feeds),
            *(tables.model(model) for model in self._shown),
        ]
        unseen = [model for model in self._shown if model.view_name not in live]
        parts = [
            tables.prepare_script(specs, self.settings),
            alter.script(self.owned, live, self.model.version),
            *(builds.view_sql(model, replace=False) for model in unseen),
        ]
        return self._job("prepare", run_id, "\n".join(filter(None, parts)))

    def build(self, build: Build) -> Job:
        """Stages the rows of the build."""
        parameters = build_parameters(build)
        sql = builds.build_sql(self.model, build)
        configuration = jobs.query(
            sql, self._labels("build"), self.settings.maximum_bytes_billed, parameters
        )
        return Job(names.bigquery_job("build", self.model.name, build.build_id), configuration)

    def publish(self, build: Build) -> Job:
        """Exchanges the periods' rows and records the changes in one transaction."""
        return self._job("publish", build.build_id, builds.publish_sql(self.model, build))

    def _job(self, step: str, build: str, sql: str) -> Job:
        configuration = jobs.query(sql, self._labels(step), self.settings.maximum_bytes_billed)
        return Job(names.bigquery_job(step, self.model.name, build), configuration)

    def _labels(self, step: str) -> Mapping[str, str]:
        return {"model": self.model.name, "step": step, "environment": self.settings.environment}


def record_refresh(settings: Settings, change_ids: Sequence[str]) -> Job:
    """Records that Power BI has these changes of marts."""
    labels = {"model": refresh.NAME, "step": "record", "environment": settings.environment}
    sql = refresh.taken_in_sql(change_ids)
    configuration = jobs.query(sql, labels, settings.maximum_bytes_billed)
    job_id = names.bigquery_job("record", refresh.NAME, refresh.refresh_id(change_ids))
    return Job(job_id, configuration)


def build_parameters(build: Build) -> list[dict[str, Any]]:
    """The parameters of a model's query; none where the model has no partitions."""
    if not build.days:
        return []
    return [
        jobs.dates_parameter("days", build.days),
        jobs.date_parameter("first_day", build.days[0]),
        jobs.date_parameter("last_day", build.days[-1]),
    ]
