"""Collects all SQL there is: the models' queries, and every statement the platform generates.

What a run makes depends on its batch, so each feed gets an example batch, and every variant of
the statements is made from it: both merge modes, a batch with and without valid rows, with
and without rejects.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from atvos import audit, ledger, models, names, tables
from atvos.alter import Live, LiveColumn
from atvos.batch import Batch, BatchStats, ObjectVersion
from atvos.contract import Feed, LoadMode, Table
from atvos.jobs import Job
from atvos.models import Build, Model
from atvos.schema import Field, TableSpec
from atvos.settings import Settings
from atvos.steps import IngestJobs, ModelJobs

_NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
_DAYS = (date(2025, 12, 31), date(2026, 1, 1))
_RUN = "example"


class Kind(StrEnum):
    """Where a statement comes from."""

    MODEL = "model query"
    BUILD = "model build"
    CHECK = "check"
    STEP = "step of a run"
    LEDGER = "ledger query"


@dataclass(frozen=True, slots=True)
class Statement:
    """A query or a script, with the file to mend where it is wrong.

    ``parameters`` are its query parameters, ``columns`` what it must return, where that is
    laid down. ``first_line`` is the line of ``owner`` on which the text starts, None where
    the text is generated.
    """

    kind: Kind
    owner: Path
    title: str
    sql: str
    parameters: tuple[Field, ...] = ()
    columns: tuple[Field, ...] | None = None
    first_line: int | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """A BigQuery job that a step would submit: what the REST API gets as configuration."""

    owner: Path
    title: str
    configuration: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Inventory:
    """All SQL, all jobs, and the tables that they are about, by ``dataset.table``."""

    tables: Mapping[str, TableSpec]
    statements: tuple[Statement, ...]
    jobs: tuple[Submission, ...]


def collect(feeds: Mapping[str, Feed], marts: Mapping[str, Model], settings: Settings) -> Inventory:
    """The inventory of these feeds and models."""
    specs = [tables.object_ledger(), tables.model_ledger(), tables.schema_changes()]
    statements: list[Statement] = []
    jobs = list(_ledger_jobs(settings))
    statements += [_statement(Kind.LEDGER, job) for job in jobs]
    for feed in feeds.values():
        batch = _batch(feed)
        staged = tables.rows_staging(feed, batch.batch_id)
        specs += [
            *(tables.curated(feed), tables.quarantine(feed), staged),
            tables.rejects_staging(feed.name, batch.batch_id),
            tables.objects_staging(feed.name, batch.batch_id),
        ]
        steps = list(_ingest_jobs(feed, batch, settings))
        jobs += steps
        statements += [_statement(Kind.STEP, job) for job in steps if _sql(job)]
        statements += _checks(feed, staged.table)
    for model in marts.values():
        spec = tables.mart(model)
        build = Build(model.name, _DAYS, ("0" * 20, "1" * 20), _NOW)
        staged_table = names.staging_table(model.name, build.build_id)
        specs += [spec, dataclasses.replace(spec, table=staged_table, partition=None)]
        sources = tuple(feeds[name] for name in models.source_feeds(model) if name in feeds)
        steps = list(_model_jobs(ModelJobs(settings, model, sources), build))
        jobs += steps
        query = _model_query(model, spec)
        statements.append(query)
        for job in steps:
            kind = Kind.BUILD if model.query in _sql(job) else Kind.STEP
            statements.append(_statement(kind, job))
        statements += _checks(model, staged_table)
    return Inventory({spec.table: spec for spec in specs}, tuple(statements), tuple(jobs))


def _model_query(model: Model, spec: TableSpec) -> Statement:
    file = model.path.with_name("query.sql")
    before, _, _ = file.read_text(encoding="utf-8").partition(model.query)
    return Statement(
        Kind.MODEL,
        file,
        "query",
        model.query,
        parameters=(Field("days", "DATE", repeated=True),),
        columns=spec.fields,
        first_line=before.count("\n") + 1,
    )


def _model_jobs(steps: ModelJobs, build: Build) -> Iterator[Submission]:
    owner = steps.model.path.with_name("query.sql")
    undated = dataclasses.replace(build, last_event_at=None)
    yield Submission(owner, "prepare", steps.prepare(_RUN).configuration)
    older = steps.prepare(_RUN, _older(steps.owned)).configuration
    yield Submission(owner, "prepare (older tables)", older)
    yield Submission(owner, "build", steps.build(build).configuration)
    yield Submission(owner, "publish", steps.publish(build).configuration)
    yield Submission(owner, "publish (no event time)", steps.publish(undated).configuration)


def _ingest_jobs(feed: Feed, batch: Batch, settings: Settings) -> Iterator[Submission]:
    steps = IngestJobs(settings, feed)
    full, empty = _stats(feed, batch, rows=2), _stats(feed, batch, rows=0)

    def submission(title: str, job: Job) -> Submission:
        return Submission(feed.path, title, job.configuration)

    yield submission("prepare", steps.prepare(_RUN))
    yield submission("prepare (older tables)", steps.prepare(_RUN, _older(steps.owned)))
    yield submission("stage_objects", steps.stage_objects(batch, full))
    for stats, suffix in ((full, ""), (empty, " (no rows)")):
        yield submission(f"stage_rows{suffix}", steps.stage_rows(batch, stats))
        yield submission(f"stage_rejects{suffix}", steps.stage_rejects(batch, stats))
    yield submission("quarantine", steps.quarantine(batch))
    yield submission("hold", steps.hold(batch, "has_rows, valid_ratio: 0.5"))
    for mode in _modes(feed):
        variant = IngestJobs(settings, dataclasses.replace(feed, load_mode=mode))
        yield submission(f"publish ({mode})", variant.publish(batch, full))
        yield submission(f"publish ({mode}, no valid rows)", variant.publish(batch, empty))


def _older(specs: Iterable[TableSpec]) -> Live:
    """Tables that need every alteration there is: all columns narrower, one of them missing."""
    live = {}
    for spec in specs:
        columns = {f.name: LiveColumn("NUMERIC(1, 0)", required=True) for f in spec.fields}
        missing = next((f.name for f in spec.fields if not f.required), None)
        live[spec.table] = {name: c for name, c in columns.items() if name != missing}
    return live


def _modes(feed: Feed) -> Iterable[LoadMode]:
    """The feed's own load mode, and for a partitioned one both merges: it may change to them."""
    merges = (LoadMode.APPEND_FIRST, LoadMode.UPSERT_LATEST) if feed.partition else ()
    return dict.fromkeys((feed.load_mode, *merges))


def _checks(table: Table, staged: str) -> Iterator[Statement]:
    for check in table.checks:
        sql = audit.violation_query(check).format(batch=f"(SELECT * FROM `{staged}`)")
        yield Statement(Kind.CHECK, table.path, f"check {check.name}", sql)


def _ledger_jobs(settings: Settings) -> Iterator[Submission]:
    """The look-ups of ``atvos.ledger``, recorded in place of being sent."""
    client: Any = _Recorder()
    first, last = _DAYS
    ledger.known_objects(client, settings, "example", first, last)
    ledger.new_batches(client, settings, "example", ["example"], last)
    ledger.last_published(client, settings, last)
    titles = ("known_objects", "new_batches", "last_published")
    for title, configuration in zip(titles, client.configurations, strict=True):
        yield Submission(Path(ledger.__file__), title, configuration)


class _Recorder:
    """A BigQuery client that keeps what it is given and finds nothing."""

    def __init__(self) -> None:
        self.configurations: list[dict[str, Any]] = []

    def query(self, sql: str, job_config: Any) -> _Recorder:
        configuration = job_config.to_api_repr()
        configuration["query"]["query"] = sql
        self.configurations.append(configuration)
        return self

    def result(self) -> list[Any]:
        return []


def _statement(kind: Kind, job: Submission) -> Statement:
    parameters = job.configuration["query"].get("queryParameters", [])
    return Statement(
        kind, job.owner, job.title, _sql(job), tuple(_parameter(p) for p in parameters)
    )


def _sql(job: Submission) -> str:
    """The SQL of a query job, empty for a load job."""
    return str(job.configuration.get("query", {}).get("query", ""))


def _parameter(parameter: Mapping[str, Any]) -> Field:
    kind = parameter["parameterType"]
    repeated = kind["type"] == "ARRAY"
    element = kind["arrayType"] if repeated else kind
    return Field(parameter["name"], element["type"], repeated=repeated)


def _batch(feed: Feed) -> Batch:
    name = f"{names.landing_prefix(feed.name)}example"
    return Batch(feed.name, _NOW, (ObjectVersion("landing", name, 1, 10, "AAAAAA==", _NOW),))


def _stats(feed: Feed, batch: Batch, rows: int) -> BatchStats:
    return BatchStats(
        feed=feed.name,
        batch_id=batch.batch_id,
        rows_uris=("gs://work/rows.parquet",) if rows else (),
        rejects_uris=("gs://work/rejects.parquet",) if rows else (),
        objects_uri="gs://work/objects.ndjson",
        rows_read=rows,
        rows_valid=rows,
        rows_rejected=0,
        rows_duplicate=0,
        unreadable_objects=0,
        reasons={},
        event_dates=_DAYS if rows and feed.partition else (),
        last_event_at=_NOW if rows else None,
    )
