"""The repository's models and feeds, and how a model is run on the emulator."""

import json
import uuid
from dataclasses import dataclass, replace

from atvos import contract, jobs, models, names, settings, tables
from atvos.contract import Feed, Table
from atvos.models import Build, Model
from atvos.steps import ModelJobs
from local.client import Client
from local.environment import WORK_BUCKET
from tests.atvos.desk import query, run
from tests.atvos.examples import CONTRACTS, SQL
from tests.sql.cases import Case, Row

MODELS = models.load_models(SQL)
FEEDS: dict[str, Feed] = contract.load_feeds([CONTRACTS])
TABLES: dict[str, Table] = {
    **{names.curated_table(name): feed for name, feed in FEEDS.items()},
    **{names.mart_table(name): model for name, model in MODELS.items()},
}
"""Everything that a model can read, by ``dataset.table``."""


@dataclass(frozen=True)
class Runner:
    """Fills a model's sources and builds it.

    The query names its sources, so that their tables are those of the one dataset there is:
    a case at a time.
    """

    client: Client

    def fill(self, source: str, rows: list[Row]) -> None:
        """Make a source's table hold exactly these rows."""
        spec = replace(tables.mart(TABLES[source]), table=source)
        self.client.bigquery.delete_table(source, not_found_ok=True)
        query(self.client.bigquery, tables.prepare_script([spec], settings.load().location))
        if not rows:
            return
        name = f"sql_tests/{uuid.uuid4().hex}.ndjson"
        lines = "".join(json.dumps(row, default=str) + "\n" for row in rows)
        self.client.storage.bucket(WORK_BUCKET).blob(name).upload_from_string(lines)
        uris = [names.gcs_uri(WORK_BUCKET, name)]
        project = self.client.bigquery.project
        load = jobs.load(project, spec, uris, "NEWLINE_DELIMITED_JSON", {})
        run(self.client.bigquery, jobs.Job("fill", load))

    def steps(self, model: Model) -> ModelJobs:
        """The model's jobs."""
        sources = tuple(FEEDS[name] for name in models.source_feeds(model))
        return ModelJobs(settings.load(), model, sources)

    def build(self, model: Model, build: Build) -> list[Row]:
        """The rows that the model's query stages for the build."""
        run(self.client.bigquery, self.steps(model).build(build))
        staged = names.staging_table(model.name, build.build_id)
        return query(self.client.bigquery, f"SELECT * FROM `{staged}`")

    def rows_of(self, model: Model, case: Case) -> list[Row]:
        """What the model makes of a case."""
        for source, rows in case.sources.items():
            self.fill(source, rows)
        return self.build(model, Build(model.name, case.days, ("0a",), None))


def in_order(rows: list[Row]) -> list[Row]:
    """The rows in one order, whatever order they or their columns came in."""
    return sorted(rows, key=lambda row: repr(sorted(row.items())))
