"""What one run of a model does: which periods it builds, and the statements that do it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from atvos import names
from atvos.contract import Table
from atvos.ledger import LOOK_BACK, Change
from atvos.models import Model
from atvos.periods import whole
from atvos.schema import quote
from atvos.sql_text import column_list, date_list, text_list

BUSINESS_TIME_ZONE = ZoneInfo("America/Sao_Paulo")


@dataclass(frozen=True, slots=True)
class Build:
    """What one run of a model does: which days, on account of which changes of its sources.

    ``days`` are all days of the periods that are built, none where the model has no
    partitions. ``last_event_at`` is the data's date, that of the source furthest behind.
    """

    model: str
    days: tuple[date, ...]
    change_ids: tuple[str, ...]
    last_event_at: datetime | None

    @property
    def build_id(self) -> str:
        """20 hexadecimal digits, the same for the same model, days and changes."""
        text = json.dumps([self.model, [d.isoformat() for d in self.days], self.change_ids])
        return hashlib.sha256(text.encode()).hexdigest()[:20]

    def to_dict(self) -> dict[str, Any]:
        """A form that XCom keeps."""
        return {
            "model": self.model,
            "days": [d.isoformat() for d in self.days],
            "change_ids": list(self.change_ids),
            "last_event_at": self.last_event_at.isoformat() if self.last_event_at else None,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Build:
        """The build that ``to_dict`` wrote."""
        last = data["last_event_at"]
        return cls(
            data["model"],
            tuple(date.fromisoformat(d) for d in data["days"]),
            tuple(data["change_ids"]),
            datetime.fromisoformat(last) if last else None,
        )


def plan(
    model: Model,
    tables: Mapping[str, Table],
    changes: Iterable[Change],
    last_events: Mapping[str, datetime],
    now: datetime,
) -> Build | None:
    """The build that takes in ``changes``, None where there is nothing to build.

    ``tables`` are the model's sources by ``dataset.table``, ``last_events`` the newest
    events by name. A change without days is taken in by the next build that has a day.
    """
    taken = list(changes)
    days: set[date] = set()
    for change in taken:
        days |= _affected(model, tables[change.table], change, now)
    if not taken or (model.partition is not None and not days):
        return None
    return Build(
        model.name,
        whole(model.period, days),
        tuple(sorted({change.change_id for change in taken})),
        _data_as_of(model, tables, last_events),
    )


def _data_as_of(
    model: Model, tables: Mapping[str, Table], last_events: Mapping[str, datetime]
) -> datetime | None:
    """The date of the source that is furthest behind, None while one of them has none.

    One that is looked back on does not count beside others, as prices of the last window do
    not make the distances of today old. Neither does one without an event time, which is as
    old as the object that it came with.
    """
    timed = {name for name, table in tables.items() if table.event_time}
    current = timed - model.look_back_days.keys()
    dates = [last_events.get(tables[name].name) for name in current or timed or tables]
    return None if None in dates else min(filter(None, dates), default=None)


def build_of_days(model: Model, days: Iterable[date]) -> Build:
    """A build of the periods of these days, or of the whole table, on account of no change."""
    built = () if model.partition is None else whole(model.period, days)
    return Build(model.name, built, (), None)


def _affected(model: Model, source: Table, change: Change, now: datetime) -> set[date]:
    """The days of the model that a change of a source touches; none without partitions."""
    today = now.astimezone(BUSINESS_TIME_ZONE).date()
    if model.partition is None:
        return set()
    if source.partition is None:
        return {today - timedelta(days=n) for n in range(model.rebuild_days)}
    changed = whole(source.period, change.days) if isinstance(source, Model) else change.days
    reach = model.look_back_days.get(change.table, 0)
    reached = {day + timedelta(days=n) for day in changed for n in range(1, reach + 1)}
    return set(changed) | {day for day in reached if day <= today}


def partitions(model: Model, build: Build) -> tuple[date, ...]:
    """The first days of the periods that are built."""
    return tuple(sorted({model.period.start(day) for day in build.days}))


def build_sql(model: Model, build: Build) -> str:
    """Stages the rows of the build; its parameters are those of the model's query."""
    staging = names.staging_table(model.name, build.build_id)
    return f"CREATE OR REPLACE TABLE `{staging}` AS\n{model.query}"


def publish_sql(model: Model, build: Build) -> str:
    """One transaction: the periods' rows are exchanged, and the changes recorded as taken in.

    Nothing happens where one of the changes is recorded already: a build that came later
    took it in together with all that is newer, and must not be undone by this one. The
    view comes last, so that readers meet a new version of the table when it is filled.
    """
    staging = names.staging_table(model.name, build.build_id)
    fresh = _fresh(model, build)
    return "\n\n".join(
        [
            _refused_while_locked(model),
            "BEGIN TRANSACTION;",
            *exchange(model, build, staging, fresh),
            change_sql(model, build, "build", fresh),
            _taken_in(model, build, fresh),
            "COMMIT TRANSACTION;",
            view_sql(model),
        ]
    )


def exchange(model: Model, build: Build, staging: str, condition: str) -> list[str]:
    """The statements that put the staged rows in the place of the periods' rows."""
    columns = column_list(c.name for c in model.columns)
    where = condition
    if model.partition is not None:
        where = (
            f"`{model.partition.name}` IN ({date_list(partitions(model, build))})\n  AND {where}"
        )
    insert = f"INSERT INTO `{model.table_name}` ({columns})"
    return [
        f"DELETE FROM `{model.table_name}`\nWHERE {where};",
        f"{insert}\nSELECT {columns}\nFROM `{staging}`\nWHERE {condition};",
    ]


def view_sql(model: Model, replace: bool = True) -> str:
    """The view that people and models read, over this version's table or the query itself."""
    create = "CREATE OR REPLACE VIEW" if replace else "CREATE VIEW IF NOT EXISTS"
    chosen = column_list(c.name for c in model.columns)
    body = model.query if model.is_view else f"SELECT {chosen}\nFROM `{model.table_name}`"
    return f"{create} `{model.view_name}`\nOPTIONS(description={quote(model.purpose)})\nAS\n{body};"


def _refused_while_locked(model: Model) -> str:
    """Fails where a backfill holds the table: the task's retry comes when it is done."""
    return f"""\
SELECT IF(
  EXISTS (
    SELECT 1 FROM `{names.LOCKS}`
    WHERE table_name = '{model.table_name}' AND expires_at > CURRENT_TIMESTAMP()
  ),
  ERROR('{model.table_name} is locked by a backfill, see {names.LOCKS}'),
  'free'
);"""


def _fresh(model: Model, build: Build) -> str:
    """True where none of the build's changes has been taken in."""
    return f"""NOT EXISTS (
    SELECT 1 FROM `{names.MODEL_LEDGER}`
    WHERE built_date >= DATE_SUB(CURRENT_DATE(), INTERVAL {LOOK_BACK.days} DAY)
      AND table_name = '{model.table_name}' AND change_id IN ({text_list(build.change_ids)})
  )"""


def change_sql(model: Model, build: Build, kind: str, condition: str) -> str:
    """Tells the models that read this one which of its partitions are new."""
    return f"""\
INSERT INTO `{names.TABLE_CHANGES}` (changed_date, table_name, change_id, kind, days, changed_at)
SELECT CURRENT_DATE(), '{model.view_name}', '{build.build_id}', '{kind}',
  [{date_list(partitions(model, build))}], CURRENT_TIMESTAMP()
FROM UNNEST([1])
WHERE {condition};"""


def _taken_in(model: Model, build: Build, condition: str) -> str:
    newest = build.last_event_at
    last = f"TIMESTAMP '{newest.isoformat()}'" if newest else "CAST(NULL AS TIMESTAMP)"
    return f"""\
INSERT INTO `{names.MODEL_LEDGER}`
  (built_date, model, table_name, change_id, build_id, days, last_event_at, built_at)
SELECT CURRENT_DATE(), '{model.name}', '{model.table_name}', change_id, '{build.build_id}',
  [{date_list(build.days)}], {last}, CURRENT_TIMESTAMP()
FROM UNNEST([{text_list(build.change_ids)}]) AS change_id
WHERE {condition};"""
