"""The repository's models and feeds, and how a model is run on the emulator."""

import json
import uuid
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from google.api_core.exceptions import NotFound

from atvos import builds, contract, jobs, models, names, settings, tables
from atvos.builds import Build
from atvos.contract import Column, Feed, Table
from atvos.models import Model
from atvos.steps import ModelJobs
from local.client import Client
from local.environment import WORK_BUCKET
from tests.atvos.desk import query, run
from tests.atvos.examples import CONTRACTS, SQL
from tests.sql.cases import Case
from tests.sql.values import Row

MODELS = {n: m for n, m in models.load_models(SQL).items() if not m.is_view}
"""The models that are built, by name."""

FEEDS: dict[str, Feed] = contract.load_feeds([CONTRACTS])
TABLES: dict[str, Table] = {
    **{names.curated_table(name): feed for name, feed in FEEDS.items()},
    **{names.mart(name): model for name, model in MODELS.items()},
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
        spec = tables.contract_table(TABLES[source], source)
        self.drop(source)
        query(self.client.bigquery, tables.prepare_script([spec], settings.load()))
        if not rows:
            return
        name = f"sql_tests/{uuid.uuid4().hex}.ndjson"
        lines = "".join(json.dumps(row, default=str) + "\n" for row in rows)
        self.client.storage.bucket(WORK_BUCKET).blob(name).upload_from_string(lines)
        uris = [names.gcs_uri(WORK_BUCKET, name)]
        project = self.client.bigquery.project
        load = jobs.load(project, spec, uris, "NEWLINE_DELIMITED_JSON", {})
        run(self.client.bigquery, jobs.Job("fill", load))

    def drop(self, name: str) -> None:
        """Remove a table or a view, if it is there; the emulator only deletes tables."""
        with suppress(NotFound):
            kind = self.client.bigquery.get_table(name).table_type
            query(self.client.bigquery, f"DROP {kind} `{name}`")

    def rows_of(self, model: Model, case: Case) -> list[Row]:
        """The rows that the model's query stages for a case."""
        for source, rows in case.sources.items():
            self.fill(source, rows)
        return self._rows(model, self._staged(model, Build(model.name, case.days, ("0a",), None)))

    def empty(self, model: Model, sources: dict[str, list[Row]]) -> None:
        """Make the model's table, without rows, and its sources with these."""
        for name in (*sources, model.view_name, model.table_name):
            self.drop(name)
        run(self.client.bigquery, self._steps(model).prepare("builds"))
        # Marts that the model reads are views by now, and tables again after this.
        for source, rows in sources.items():
            self.fill(source, rows)

    def publish(self, model: Model, days: Iterable[date]) -> None:
        """Build the periods of these days, and publish them."""
        whole = builds.build_of_days(model, days).days
        build = Build(model.name, whole, (uuid.uuid4().hex[:20],), None)
        self._staged(model, build)
        run(self.client.bigquery, self._steps(model).publish(build))

    def published(self, model: Model) -> list[Row]:
        """What readers of the model see."""
        return self._rows(model, model.view_name)

    def _staged(self, model: Model, build: Build) -> str:
        run(self.client.bigquery, self._steps(model).build(build))
        return names.staging_table(model.name, build.build_id)

    def _rows(self, model: Model, table: str) -> list[Row]:
        """The rows in the types of the model's table, as publishing them makes them."""
        columns = ", ".join(map(_typed, model.columns))
        return query(self.client.bigquery, f"SELECT {columns} FROM `{table}`")

    def _steps(self, model: Model) -> ModelJobs:
        return ModelJobs(settings.load(), model, tuple(TABLES[name] for name in model.sources))


def in_order(rows: list[Row]) -> list[Row]:
    """The rows in one order, whatever order they or their columns came in."""
    return sorted(rows, key=lambda row: repr(sorted(row.items())))


def _typed(column: Column) -> str:
    return f"CAST(`{column.name}` AS {column.physical_type}) AS `{column.name}`"
