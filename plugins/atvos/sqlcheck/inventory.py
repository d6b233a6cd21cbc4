"""Collects all SQL there is: the models' queries, and every statement the platform generates."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from atvos import audit, names, ops_tables, tables
from atvos.contract import Feed, Table
from atvos.models import Model
from atvos.schema import Field, TableSpec
from atvos.settings import Settings
from atvos.sqlcheck import submissions
from atvos.sqlcheck.submissions import Submission
from atvos.steps import IngestJobs, build_parameters


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
class Inventory:
    """All SQL, all jobs, and the tables that they are about, by ``dataset.table``."""

    tables: Mapping[str, TableSpec]
    statements: tuple[Statement, ...]
    jobs: tuple[Submission, ...]


def _partitions() -> TableSpec:
    """BigQuery's own view of the partitions of a dataset's tables, as far as it is read."""
    return TableSpec(
        table=f"{names.CURATED}.INFORMATION_SCHEMA.PARTITIONS",
        description="Partitions of the dataset's tables.",
        fields=(
            Field("table_name", "STRING"),
            Field("partition_id", "STRING"),
            Field("total_rows", "INT64"),
        ),
    )


def collect(feeds: Mapping[str, Feed], marts: Mapping[str, Model], settings: Settings) -> Inventory:
    """The inventory of these feeds and models."""
    specs = [*ops_tables.operations(), _partitions()]
    statements: list[Statement] = []
    submitted = list(submissions.operation_jobs(settings, marts.values()))
    statements += [_statement(Kind.LEDGER, job) for job in submitted]
    for feed in feeds.values():
        batch = submissions.example_batch(feed)
        staged = tables.rows_staging(feed, batch.batch_id)
        specs += [
            *IngestJobs(settings, feed).owned,
            staged,
            tables.rejects_staging(feed.name, batch.batch_id),
            tables.objects_staging(feed.name, batch.batch_id),
        ]
        steps = list(
            submissions.ingest_jobs(
                feed, submissions.referenced_feeds(feed, feeds), batch, settings
            )
        )
        submitted += steps
        statements += [_statement(Kind.STEP, job) for job in steps if _sql(job)]
        statements += _checks(feed, staged.table)
        shown = list(submissions.page_jobs(feed, settings))
        submitted += shown
        statements += [_statement(Kind.LEDGER, job) for job in shown]
    for model in marts.values():
        # A view prunes as its table does.
        specs.append(tables.contract_table(model, model.view_name))
        statements.append(_model_query(model))
        if model.is_view:
            continue
        build = submissions.example_build(model)
        staged_table = names.staging_table(model.name, build.build_id)
        spec = tables.model(model)
        specs += [spec, dataclasses.replace(spec, table=staged_table, partition=None)]
        steps = list(
            submissions.model_jobs(
                settings, model, submissions.source_tables(model, feeds, marts), build
            )
        )
        steps += submissions.backfill_jobs(settings, model, build)
        steps += submissions.backup_jobs(settings, model, build)
        submitted += steps
        for job in steps:
            kind = Kind.BUILD if model.query in _sql(job) else Kind.STEP
            statements.append(_statement(kind, job))
        statements += _checks(model, staged_table)
    return Inventory({spec.table: spec for spec in specs}, tuple(statements), tuple(submitted))


def _model_query(model: Model) -> Statement:
    file = model.path.with_name("query.sql")
    before, _, _ = file.read_text(encoding="utf-8").partition(model.query)
    return Statement(
        Kind.MODEL,
        file,
        "query",
        model.query,
        parameters=tuple(_parameter(p) for p in build_parameters(submissions.example_build(model))),
        columns=tables.contract_table(model, model.view_name).fields,
        first_line=before.count("\n") + 1,
    )


def _checks(table: Table, staged: str) -> Iterator[Statement]:
    for check in table.checks:
        sql = audit.violation_query(check).format(batch=f"(SELECT * FROM `{staged}`)")
        yield Statement(Kind.CHECK, table.path, f"check {check.name}", sql)


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
