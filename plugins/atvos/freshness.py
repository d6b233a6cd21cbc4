"""Freshness as timestamps: how new the data is, when it was last published, what was promised.

Ages are computed where they are read (``time() - x`` in PromQL), so that a pipeline that
stopped still ages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from atvos import names
from atvos.contract import Table

LAST_EVENT = "dataset_last_event_timestamp_seconds"
LAST_SUCCESS = "dataset_last_success_timestamp_seconds"
SLO = "dataset_freshness_slo_seconds"
HEARTBEAT = "heartbeat_timestamp_seconds"

LAST_PUBLISHED_SQL = f"""\
SELECT feed AS dataset, MAX(last_event_at) AS last_event_at, MAX(recorded_at) AS last_success_at
FROM `{names.OBJECT_LEDGER}`
WHERE landed_date >= @since AND state = 'published'
GROUP BY feed
UNION ALL
SELECT model AS dataset, MAX(last_event_at) AS last_event_at, MAX(built_at) AS last_success_at
FROM `{names.MODEL_LEDGER}`
WHERE built_date >= @since
GROUP BY model"""
"""Newest event and newest publish by dataset, from the ledgers. Parameter: since DATE."""


@dataclass(frozen=True, slots=True)
class Gauge:
    """One sample of a gauge."""

    name: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Published:
    """What the ledgers say of a dataset; None for what never happened."""

    last_event_at: datetime | None
    last_success_at: datetime | None


def gauges(table: Table, published: Published | None, now: datetime) -> list[Gauge]:
    """The freshness gauges of one table. What never happened has no gauge, so it reads as
    unknown rather than as 1970."""
    labels = table.metric_labels
    samples = [Gauge(SLO, table.freshness_slo.total_seconds(), labels)]
    if published and published.last_event_at:
        # A clock that runs ahead must not make stale data look fresh later on.
        newest = min(published.last_event_at, now)
        samples.append(Gauge(LAST_EVENT, newest.timestamp(), labels))
    if published and published.last_success_at:
        samples.append(Gauge(LAST_SUCCESS, published.last_success_at.timestamp(), labels))
    return samples


def all_gauges(
    tables: Iterable[Table], published: Mapping[str, Published], now: datetime
) -> list[Gauge]:
    """The gauges of every table, and the heartbeat that says when they were published."""
    samples = [g for table in tables for g in gauges(table, published.get(table.name), now)]
    return [*samples, Gauge(HEARTBEAT, now.timestamp())]
