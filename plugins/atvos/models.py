"""SQL models: one folder is one table, its query, its contract, and what a rebuild covers."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from atvos import names
from atvos.contract import ContractError, Feed, Layer, Problem, Table, load_table
from atvos.ledger import LOOK_BACK, PublishedBatch

BUSINESS_TIME_ZONE = ZoneInfo("America/Sao_Paulo")
_SOURCE = re.compile(r"\b(?:FROM|JOIN)\s+`?((?:curated|marts)\.[a-z][a-z0-9_]*)`?", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Model(Table):
    """A table that a query fills, day by day.

    The query gets ``@days`` (ARRAY<DATE>) and returns the contract's columns for these days
    and no others. Where a source without partitions changes, the last ``rebuild_days`` days
    are built anew, today's (in São Paulo) included.
    """

    group: str
    query: str
    rebuild_days: int

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """The ``dataset.table`` names that the query reads, sorted."""
        return tuple(sorted(set(_SOURCE.findall(self.query))))

    @property
    def day(self) -> str:
        """The column whose days are rebuilt."""
        if self.partition is None:  # load_model refuses such a model
            raise ValueError(f"model {self.name} has no partitioned column")
        return self.partition.name


@dataclass(frozen=True, slots=True)
class Build:
    """What one run of a model does: which days, on account of which batches.

    ``last_event_at`` is the data's date: of the sources with an event time, the one that is
    furthest behind.
    """

    model: str
    days: tuple[date, ...]
    batch_ids: tuple[str, ...]
    last_event_at: datetime | None

    @property
    def build_id(self) -> str:
        """20 hexadecimal digits, the same for the same model, days and batches."""
        text = json.dumps([self.model, [d.isoformat() for d in self.days], self.batch_ids])
        return hashlib.sha256(text.encode()).hexdigest()[:20]

    def to_dict(self) -> dict[str, Any]:
        """A form that XCom keeps."""
        return {
            "model": self.model,
            "days": [d.isoformat() for d in self.days],
            "batch_ids": list(self.batch_ids),
            "last_event_at": self.last_event_at.isoformat() if self.last_event_at else None,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Build:
        """The build that ``to_dict`` wrote."""
        last = data["last_event_at"]
        return cls(
            data["model"],
            tuple(date.fromisoformat(d) for d in data["days"]),
            tuple(data["batch_ids"]),
            datetime.fromisoformat(last) if last else None,
        )


def load_models(sql_dir: Path) -> dict[str, Model]:
    """Every model below ``sql_dir/marts`` by name. ContractError, or OSError without a query."""
    folders = sorted(p.parent for p in (sql_dir / names.MARTS).glob("*/model.yaml"))
    return {folder.name: load_model(folder) for folder in folders}


def load_model(folder: Path) -> Model:
    """The model in ``folder``. ContractError with every problem of its two files."""
    table, custom = load_table(folder / "model.yaml", Layer.MARTS, folder.name)
    group = custom.text("group", "the DAG that builds it, like fleet", r"[a-z][a-z0-9_]*")
    days = custom.number("rebuildDays", "a number of days from 1 to 400", 1, 400, whole=True)
    if days is None and not custom.has("rebuildDays"):
        custom.problem("rebuildDays", None, "a number of days from 1 to 400")
    if table.partition is None:
        custom.problem("(schema)", "no partitioned column", "one date column, partitioned: true")
    file = folder / "query.sql"
    query = file.read_text(encoding="utf-8").strip().rstrip(";")
    problems = _query_problems(file, query)
    try:
        custom.finish()
    except ContractError as error:
        problems = [*error.problems, *problems]
    if problems:
        raise ContractError(problems)
    fields = {name: getattr(table, name) for name in Table.__dataclass_fields__}
    return Model(**fields, group=group, query=query, rebuild_days=int(days or 1))


def _query_problems(file: Path, query: str) -> list[Problem]:
    problems = []
    if "@days" not in query:
        valid = "a filter on @days for every partitioned source"
        problems.append(Problem(file, "(query)", "no @days", valid))
    if not _SOURCE.search(query):
        valid = "FROM curated.<feed> or marts.<model>"
        problems.append(Problem(file, "(query)", "no source", valid))
    return problems


def plan(
    model: Model,
    feeds: Mapping[str, Feed],
    batches: Iterable[PublishedBatch],
    last_events: Mapping[str, datetime],
    now: datetime,
) -> Build | None:
    """The build that takes in ``batches``, None where they changed no day.

    ``last_events`` is the newest event by feed. A batch without rows is taken in by the
    next build that has a day to make anew.
    """
    taken = list(batches)
    today = now.astimezone(BUSINESS_TIME_ZONE).date()
    recent = {today - timedelta(days=n) for n in range(model.rebuild_days)}
    days: set[date] = set()
    for batch in taken:
        days |= set(batch.days) if feeds[batch.feed].partition else recent
    if not days:
        return None
    dated = [
        last_events[feed]
        for feed in source_feeds(model)
        if feeds[feed].event_time and feed in last_events
    ]
    return Build(
        model.name,
        tuple(sorted(days)),
        tuple(sorted({b.batch_id for b in taken})),
        min(dated, default=None),
    )


def source_feeds(model: Model) -> tuple[str, ...]:
    """The feeds among the model's sources."""
    prefix = f"{names.CURATED}."
    return tuple(s.removeprefix(prefix) for s in model.sources if s.startswith(prefix))


def build_sql(model: Model, build: Build) -> str:
    """Stages the rows of the build's days. Parameter: days ARRAY<DATE>."""
    staging = names.staging_table(model.name, build.build_id)
    return f"CREATE OR REPLACE TABLE `{staging}` AS\n{model.query}"


def publish_sql(model: Model, build: Build) -> str:
    """One transaction: the days' rows are exchanged, and the batches recorded as taken in.

    Nothing happens where one of the batches is recorded already: a build that came later
    took it in together with all that is newer, and must not be undone by this one.
    """
    table = names.mart_table(model.name)
    staging = names.staging_table(model.name, build.build_id)
    columns = ", ".join(f"`{c.name}`" for c in model.columns)
    days = ", ".join(f"DATE '{d.isoformat()}'" for d in build.days)
    batches = ", ".join(f"'{b}'" for b in build.batch_ids)
    fresh = f"""NOT EXISTS (
  SELECT 1 FROM `{names.MODEL_LEDGER}`
  WHERE built_date >= DATE_SUB(CURRENT_DATE(), INTERVAL {LOOK_BACK.days} DAY)
    AND model = '{model.name}' AND batch_id IN ({batches})
)"""
    newest = build.last_event_at
    last = f"TIMESTAMP '{newest.isoformat()}'" if newest else "CAST(NULL AS TIMESTAMP)"
    return f"""\
BEGIN TRANSACTION;

DELETE FROM `{table}` WHERE `{model.day}` IN ({days}) AND {fresh};

INSERT INTO `{table}` ({columns})
SELECT {columns} FROM `{staging}` WHERE {fresh};

INSERT INTO `{names.MODEL_LEDGER}`
  (built_date, model, batch_id, build_id, days, last_event_at, built_at)
SELECT CURRENT_DATE(), '{model.name}', batch_id, '{build.build_id}', [{days}], {last},
  CURRENT_TIMESTAMP()
FROM UNNEST([{batches}]) AS batch_id
WHERE {fresh};

COMMIT TRANSACTION;"""
