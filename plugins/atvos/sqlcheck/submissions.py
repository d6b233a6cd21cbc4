"""Every job that the platform submits, made of examples.

What a run makes depends on its batch, so each feed gets an example batch, and every variant of
the statements is made from it: both merge modes, a batch with and without valid rows, with
and without rejects.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from atvos import (
    backfill,
    builds,
    held,
    jobs,
    ledger,
    names,
    pending,
    reconcile,
    registry,
    snapshot,
    table_work,
)
from atvos.alter import Live, LiveColumn
from atvos.backup import create, restore
from atvos.backup.manifest import MartCopy
from atvos.batch import Batch, BatchStats, ObjectVersion
from atvos.builds import Build
from atvos.contract import Feed, LoadMode, Table
from atvos.jobs import Job
from atvos.models import Model
from atvos.pending import Replay
from atvos.powerbi import refresh
from atvos.replays import statements as replays
from atvos.retention import store as retained
from atvos.schema import TableSpec
from atvos.settings import Settings
from atvos.steps import IngestJobs, ModelJobs, record_refresh
from atvos.web import data as page_data

_NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
_DAYS = (date(2025, 12, 31), date(2026, 1, 1))
_RUN = "example"
_REPLAY = f"{_DAYS[1]:%Y%m%d}{'5' * 12}"


@dataclass(frozen=True, slots=True)
class Submission:
    """A BigQuery job that a step would submit: what the REST API gets as configuration."""

    owner: Path
    title: str
    configuration: Mapping[str, Any]


def ingest_jobs(
    feed: Feed, referenced: tuple[Feed, ...], batch: Batch, settings: Settings
) -> Iterator[Submission]:
    steps = IngestJobs(settings, feed, referenced)
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
        variant = IngestJobs(settings, dataclasses.replace(feed, load_mode=mode), referenced)
        yield submission(f"publish ({mode})", variant.publish(batch, full))
        yield submission(f"publish ({mode}, no valid rows)", variant.publish(batch, empty))
        yield submission(f"publish a replay ({mode})", _publish_replay(variant, batch, full))
    if pending.references(feed):
        yield submission("plan_replay", _ready_job(feed, settings))
        yield submission("replay", steps.replay(Replay("2" * 20, _DAYS, _DAYS[0])))


def _publish_replay(steps: IngestJobs, batch: Batch, stats: BatchStats) -> Job:
    """The publish of an object of a replay, on the staging tables of the example batch."""
    item = batch.objects[0]
    prefix = names.replay_prefix(steps.feed.name, _REPLAY)
    replayed = dataclasses.replace(batch, objects=(dataclasses.replace(item, name=f"{prefix}000"),))
    job = steps.publish(replayed, stats)
    query = job.configuration["query"]
    query["query"] = query["query"].replace(replayed.batch_id, batch.batch_id)
    return job


def _ready_job(feed: Feed, settings: Settings) -> Job:
    labels = {"feed": feed.name, "step": "plan_replay"}
    sql = pending.ready_query(feed)
    return Job("plan_replay", jobs.query(sql, labels, settings.maximum_bytes_billed))


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
    if pending.references(feed):
        return (feed.load_mode,)  # the only one in which rows can wait
    merges = (LoadMode.APPEND_FIRST, LoadMode.UPSERT_LATEST) if feed.partition else ()
    return dict.fromkeys((feed.load_mode, *merges))


def model_jobs(
    settings: Settings, model: Model, sources: tuple[Table, ...], build: Build
) -> Iterator[Submission]:
    steps = ModelJobs(settings, model, sources)
    owner = model.path.with_name("query.sql")
    undated = dataclasses.replace(build, last_event_at=None)
    yield Submission(owner, "prepare", steps.prepare(_RUN).configuration)
    older = steps.prepare(_RUN, _older(steps.owned)).configuration
    yield Submission(owner, "prepare (older tables)", older)
    yield Submission(owner, "build", steps.build(build).configuration)
    yield Submission(owner, "publish", steps.publish(build).configuration)
    yield Submission(owner, "publish (no event time)", steps.publish(undated).configuration)


def backfill_jobs(settings: Settings, model: Model, build: Build) -> Iterator[Submission]:
    """What a backfill of a model runs besides the steps of a build."""
    labels, limit = {"model": model.name, "step": "backfill"}, settings.maximum_bytes_billed
    owner = model.path.with_name("query.sql")
    staged = names.staging_table(model.name, build.build_id)
    sql = backfill.exchange_sql(model, build, "3" * 20, staged)
    yield Submission(owner, "backfill", jobs.query(sql, labels, limit))


def backup_jobs(settings: Settings, model: Model, build: Build) -> Iterator[Submission]:
    """What a backup of a model, and its restore, run besides ``prepare`` and the load."""
    labels, limit = {"model": model.name, "step": "backup"}, settings.maximum_bytes_billed
    owner = model.path.with_name("query.sql")
    columns = tuple(column.name for column in model.columns)
    dated = MartCopy(model.name, model.version, columns, 1, "1", _NOW, ())
    undated = dataclasses.replace(dated, data_as_of=None)
    staged = names.staging_table(model.name, build.build_id)
    for title, sql in (
        ("fingerprint", create.fingerprint_sql(model, model.table_name, columns)),
        ("restore", restore.exchange_sql(model, dated, "4" * 20, staged)),
        ("restore (no event time)", restore.exchange_sql(model, undated, "4" * 20, staged)),
    ):
        yield Submission(owner, title, jobs.query(sql, labels, limit))


def operation_jobs(settings: Settings, marts: Iterable[Model]) -> Iterator[Submission]:
    """The look-ups and records of operations."""
    yield from _ledger_jobs(settings)
    yield from _registry_jobs(settings, marts)
    yield from _backfill_records(settings)
    yield from _state_jobs(settings)
    yield from _replay_records(settings)
    since = [jobs.date_parameter("since", _DAYS[0])]
    partitions = [jobs.string_parameter("table", "x"), jobs.string_parameter("last", "20260101")]
    for title, sql, parameters in (
        ("ended builds", retained.ENDED_SQL, since),
        ("overdue", retained.PARTITIONS_SQL.format(dataset=names.CURATED), partitions),
    ):
        configuration = jobs.query(
            sql, {"step": "retention"}, settings.maximum_bytes_billed, parameters
        )
        yield Submission(Path(retained.__file__), title, configuration)


def _replay_records(settings: Settings) -> Iterator[Submission]:
    """What replays ask and change of ``ops.replays`` alone."""
    day = [jobs.date_parameter("day", _DAYS[1])]
    since = [jobs.date_parameter("since", _DAYS[0])]
    identity, feed = (jobs.string_parameter(name, "x") for name in ("replay_id", "feed"))
    for title, sql, parameters in (
        ("rivals", replays.RIVALS_SQL, [*day, *since, identity, feed]),
        ("withdraw", replays.WITHDRAW_SQL, [*day, identity]),
        ("open", replays.OPEN_SQL, [*since, feed]),
        ("unpublished", replays.OBJECTS_SQL, [*since, feed]),
    ):
        configuration = jobs.query(
            sql, {"step": "replay"}, settings.maximum_bytes_billed, parameters
        )
        yield Submission(Path(replays.__file__), title, configuration)


def _quarantine_jobs(feed: Feed, settings: Settings) -> Iterator[Submission]:
    """What a replay asks of a feed's rejected records."""
    since = [jobs.date_parameter("since", _DAYS[0]), jobs.string_parameter("feed", feed.name)]
    wanted = [
        *since,
        *(jobs.string_parameter(name, "x") for name in ("object", "any")),
        jobs.strings_parameter("reasons", ["x"]),
    ]
    never = jobs.strings_parameter("never", ["x"])
    own = [jobs.date_parameter("day", _DAYS[1]), jobs.string_parameter("replay_id", "x")]
    for title, sql, parameters in (
        ("rejected", replays.counts_sql(feed.name), wanted),
        ("rejected lines", replays.lines_sql(feed.name, 10), [*wanted, never]),
        ("claimed", replays.claimed_sql(feed.name), [*own, since[0]]),
        ("left over", replays.leftovers_sql(feed.name, delete=False), since),
        ("take out", replays.leftovers_sql(feed.name, delete=True), since),
    ):
        configuration = jobs.query(
            sql, {"step": "replay"}, settings.maximum_bytes_billed, parameters
        )
        yield Submission(Path(replays.__file__), title, configuration)


def _state_jobs(settings: Settings) -> Iterator[Submission]:
    """What the state of datasets is read from, and what audits and reconciles record."""
    limit = settings.maximum_bytes_billed
    since = [jobs.date_parameter("since", _DAYS[0])]
    record = [
        jobs.date_parameter("today", _DAYS[1]),
        *(jobs.string_parameter(name, "x") for name in ("dataset", "checked_at")),
    ]
    audit = [*record, *(jobs.string_parameter(name, "x") for name in ("run_id", "results"))]
    feed = [*since, jobs.string_parameter("feed", "example")]
    released = [
        jobs.string_parameter(name, "x")
        for name in ("owner", "reason", "detail", "batch_id", "feed")
    ]
    for module, title, sql, parameters in (
        (snapshot, "batches", snapshot.BATCHES_SQL, since),
        (snapshot, "totals", snapshot.TOTALS_SQL, since),
        (snapshot, "reasons", snapshot.REASONS_SQL, since),
        (snapshot, "audits", snapshot.AUDITS_SQL, since),
        (snapshot, "gaps", snapshot.GAPS_SQL, since),
        (snapshot, "rows", snapshot.ROWS_SQL.format(dataset=names.CURATED), []),
        (snapshot, "record_audit", snapshot.RECORD_AUDIT_SQL, audit),
        (held, "held", held.HELD_SQL, []),
        (held, "release", held.RECORD_SQL, released),
        (reconcile, "entries", reconcile.ENTRIES_SQL, feed),
        (reconcile, "record", reconcile.RECORD_SQL, [*record, jobs.string_parameter("gaps", "x")]),
    ):
        configuration = jobs.query(sql, {"step": "report"}, limit, parameters)
        yield Submission(Path(str(module.__file__)), title, configuration)


def page_jobs(feed: Feed, settings: Settings) -> Iterator[Submission]:
    """What people ask about a feed: the page of datasets, and a replay."""
    configuration = page_data.samples_query(feed, _DAYS[1], settings)
    yield Submission(Path(page_data.__file__), "samples", configuration)
    yield from _quarantine_jobs(feed, settings)


def _backfill_records(settings: Settings) -> Iterator[Submission]:
    labels, limit = {"step": "backfill"}, settings.maximum_bytes_billed
    owner = Path(table_work.__file__)
    lock = [jobs.string_parameter(name, "x") for name in ("table", "token", "owner", "reason")]
    days = [jobs.date_parameter(name, _DAYS[0]) for name in ("first_day", "last_day")]
    record = [jobs.string_parameter("backfill_id", "x"), jobs.string_parameter("state", "failed")]
    result = [jobs.string_parameter("detail", ""), jobs.string_parameter("row_count", "0")]
    for title, sql, parameters in (
        ("lock", table_work.LOCK_SQL, lock),
        ("unlock", table_work.UNLOCK_SQL, lock[1:2]),
        ("started", table_work.STARTED_SQL, [*lock, *days, *record[:1]]),
        ("ended", table_work.ENDED_SQL, [*record, *result]),
    ):
        yield Submission(owner, title, jobs.query(sql, labels, limit, parameters))


def _ledger_jobs(settings: Settings) -> Iterator[Submission]:
    """The look-ups of ``atvos.ledger``, recorded in place of being sent."""
    client: Any = _Recorder()
    first, last = _DAYS
    ledger.known_objects(client, settings, "example", first, last)
    ledger.new_changes(client, settings, "models.example_v1", ["curated.example"], last)
    ledger.last_published(client, settings, last)
    ledger.lock_of(client, settings, "models.example_v1")
    ledger.waiting_since(client, settings, "power_bi", ["marts.example"], last)
    ledger.last_built(client, settings, "power_bi", last)
    titles = (
        *("known_objects", "is_built", "new_changes", "last_published", "lock_of"),
        *("waiting_since", "last_built"),
    )
    for title, configuration in zip(titles, client.configurations, strict=True):
        yield Submission(Path(ledger.__file__), title, configuration)
    taken_in = record_refresh(settings, ["2" * 20, "3" * 20]).configuration
    yield Submission(Path(refresh.__file__), "taken_in", taken_in)


def _registry_jobs(settings: Settings, marts: Iterable[Model]) -> Iterator[Submission]:
    """What ``atvos.registry`` runs where nothing is there yet."""
    labels, limit = {"step": "register"}, settings.maximum_bytes_billed
    owner = Path(registry.__file__)
    datasets = jobs.string_parameter("datasets", "[]")
    yield Submission(owner, "registered", jobs.query(registry.REGISTERED_SQL, labels, limit))
    yield Submission(owner, "update", jobs.query(registry.UPDATE_SQL, labels, limit, [datasets]))
    yield Submission(owner, "views", jobs.query(registry.VIEWS_SQL, labels, limit))
    made = [jobs.string_parameter("view", "ops.example"), jobs.string_parameter("hash", "0a")]
    yield Submission(owner, "view_made", jobs.query(registry.VIEW_MADE_SQL, labels, limit, made))
    for model in marts:
        if model.is_view:
            yield Submission(owner, "view", jobs.query(builds.view_sql(model), labels, limit))


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


def referenced_feeds(feed: Feed, feeds: Mapping[str, Feed]) -> tuple[Feed, ...]:
    targets = (column.reference for column in pending.references(feed))
    return tuple(feeds[t.table] for t in targets if t is not None and t.table in feeds)


def source_tables(
    model: Model, feeds: Mapping[str, Feed], marts: Mapping[str, Model]
) -> tuple[Table, ...]:
    known: dict[str, Table] = {
        **{names.curated_table(name): feed for name, feed in feeds.items()},
        **{mart.view_name: mart for mart in marts.values()},
    }
    return tuple(known[source] for source in model.sources if source in known)


def example_build(model: Model) -> Build:
    """A build of the example days; a model without partitions has none."""
    changes = ("0" * 20, "1" * 20)
    if model.partition is None:
        return Build(model.name, (), changes, _NOW)
    return dataclasses.replace(
        builds.build_of_days(model, _DAYS), change_ids=changes, last_event_at=_NOW
    )


def example_batch(feed: Feed) -> Batch:
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
