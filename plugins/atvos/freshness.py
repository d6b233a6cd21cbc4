"""Freshness as timestamps: how new the data is, when it was last published, what was promised.

Ages are computed where they are read (``time() - x`` in PromQL), so that a pipeline that
stopped still ages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from atvos.contract import Table
from atvos.ledger import Published

LAST_EVENT = "dataset_last_event_timestamp_seconds"
LAST_SUCCESS = "dataset_last_success_timestamp_seconds"
SLO = "dataset_freshness_slo_seconds"
HEARTBEAT = "heartbeat_timestamp_seconds"


@dataclass(frozen=True, slots=True)
class Gauge:
    """One sample of a gauge."""

    name: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


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


def gauges_of(
    tables: Iterable[Table], published: Mapping[str, Published], now: datetime
) -> list[Gauge]:
    """The freshness gauges of several tables."""
    return [g for table in tables for g in gauges(table, published.get(table.name), now)]


def heartbeat(now: datetime) -> Gauge:
    """Says when all gauges were published last."""
    return Gauge(HEARTBEAT, now.timestamp())
