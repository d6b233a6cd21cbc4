"""Which partitions of the semantic model a run refreshes, and the requests that say so.

Tables with a partition column are kept by month in Power BI: their refresh policy makes one
partition a month, named like 2026Q411, and drops those that are older than its window.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from atvos import names
from atvos.ledger import Change
from atvos.models import Model, PowerBi
from atvos.sql_text import text_list

NAME = "power_bi"
"""What the ledger of models calls the semantic model."""

LABELS = {"dataset": NAME, "layer": "semantic", "tier": "1"}
"""The labels of its metrics."""

FRESHNESS_SLO = timedelta(hours=1)
"""How long a change of a mart may wait for Power BI."""

KEPT_MONTHS = 36
"""Months that the refresh policies keep, the present one not counted."""

POLICY_MONTHS = 3
"""Months that applying a refresh policy refreshes, the present one included."""

DERIVED = {
    "transportadora": (
        *("dim_vehicle", "fct_fleet_month_cost", "fct_km_divergence", "fct_occurrence"),
    ),
}
"""Tables of the semantic model that are made of marts, by the marts."""

CALENDAR = "calendario"
"""The table of days, which reaches to the end of the present month."""

_DECEMBER = 12


@dataclass(frozen=True, slots=True)
class Refresh:
    """One run's requests, and the changes of marts that they take to Power BI."""

    change_ids: tuple[str, ...]
    requests: tuple[dict[str, Any], ...]


def imported(models: Mapping[str, Model]) -> tuple[Model, ...]:
    """The models whose rows Power BI holds, by name."""
    found = [model for model in models.values() if model.power_bi is PowerBi.IMPORT]
    return tuple(sorted(found, key=lambda model: model.name))


def plan(
    tables: Sequence[Model], changes: Iterable[Change], refreshed_on: date | None, today: date
) -> Refresh | None:
    """What takes ``changes`` of the imported ``tables`` to Power BI, None where nothing does.

    ``refreshed_on`` is the day of the last refresh, None before the first. The first refresh
    of a month applies the policies, which makes the month's partitions; all others name the
    partitions that changed. A change of a month that is yet to come waits for its partition.
    """
    by_view = {table.view_name: table for table in tables}
    taken = [change for change in changes if _month(today) >= max(_months(change), default="")]
    if not taken:
        return None
    months: dict[str, set[str]] = {}
    for change in taken:
        months.setdefault(by_view[change.table].name, set()).update(_months(change))
    is_new_month = refreshed_on is None or _month(refreshed_on) < _month(today)
    whole = [*_whole(tables, months), *([CALENDAR] if is_new_month else [])]
    dated = [table.name for table in tables if table.partition is not None]
    if not is_new_month:
        requests = [_request([*_tables(whole), *_partitions(dated, months, today)])]
    else:
        requests = [_request(_tables([*whole, *dated]), effective=today)]
        # The very first refresh fills every partition; later ones reach back a few months.
        older = _partitions(dated, months, today, before=_back(today, POLICY_MONTHS - 1))
        if refreshed_on is not None and older:
            requests.append(_request(older))
    return Refresh(tuple(sorted({change.change_id for change in taken})), tuple(requests))


def refresh_id(change_ids: Sequence[str]) -> str:
    """20 hexadecimal digits, the same for the same changes."""
    return hashlib.sha256(json.dumps(sorted(change_ids)).encode()).hexdigest()[:20]


def partition_name(day: date) -> str:
    """What Power BI calls the partition of the day's month.

    >>> partition_name(date(2026, 11, 28))
    '2026Q411'
    """
    return f"{day.year}Q{(day.month + 2) // 3}{day.month:02d}"


def taken_in_sql(change_ids: Sequence[str]) -> str:
    """Records that Power BI has the changes, once."""
    build_id = refresh_id(change_ids)
    return f"""\
INSERT INTO `{names.MODEL_LEDGER}`
  (built_date, model, table_name, change_id, build_id, days, last_event_at, built_at)
SELECT CURRENT_DATE(), '{NAME}', '{NAME}', change_id, '{build_id}',
  CAST([] AS ARRAY<DATE>), CAST(NULL AS TIMESTAMP), CURRENT_TIMESTAMP()
FROM UNNEST([{text_list(change_ids)}]) AS change_id
WHERE NOT EXISTS (
  SELECT 1 FROM `{names.MODEL_LEDGER}`
  WHERE built_date >= DATE_SUB(CURRENT_DATE(), INTERVAL 1 DAY)
    AND table_name = '{NAME}' AND build_id = '{build_id}'
)"""


def _months(change: Change) -> set[str]:
    return {_month(day) for day in change.days}


def _month(day: date) -> str:
    return f"{day:%Y-%m}"


def _back(today: date, months: int) -> str:
    """The month so many months before today's."""
    count = today.year * _DECEMBER + today.month - 1 - months
    return f"{count // _DECEMBER:04d}-{count % _DECEMBER + 1:02d}"


def _whole(tables: Sequence[Model], changed: Mapping[str, object]) -> list[str]:
    """The changed tables that have one partition only, and those that are made of changed ones."""
    whole = [table.name for table in tables if table.partition is None and table.name in changed]
    return whole + [name for name, made_of in DERIVED.items() if changed.keys() & {*made_of}]


def _tables(chosen: Iterable[str]) -> list[dict[str, str]]:
    return [{"table": name} for name in chosen]


def _partitions(
    dated: Iterable[str], months: Mapping[str, set[str]], today: date, before: str = "9999"
) -> list[dict[str, str]]:
    """The changed partitions of the tables, of months that are kept and lie before another."""
    oldest = _back(today, KEPT_MONTHS)
    return [
        {"table": name, "partition": partition_name(date.fromisoformat(f"{month}-01"))}
        for name in dated
        for month in sorted(months.get(name, ()))
        if oldest <= month < before
    ]


def _request(objects: list[dict[str, str]], effective: date | None = None) -> dict[str, Any]:
    """The body of an enhanced refresh: all of it becomes visible at once, or nothing does."""
    policy: dict[str, Any] = {"applyRefreshPolicy": effective is not None}
    if effective is not None:
        policy["effectiveDate"] = effective.isoformat()
    return {"type": "Full", "commitMode": "transactional", "objects": objects, **policy}
