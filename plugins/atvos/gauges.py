"""What a dataset's state says in gauges: timestamps, not ages, and counts that only grow.

Ages are computed where they are read (``time() - x`` in PromQL), so that a pipeline that
stopped still ages. What never happened has no gauge, so it reads as unknown and not as 1970.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from atvos.contract import Feed
from atvos.dataset_state import DatasetState
from atvos.metrics import Sample
from atvos.monitoring import registry
from atvos.powerbi import refresh
from atvos.quality import CheckState


def of_dataset(state: DatasetState) -> list[Sample]:
    """The gauges of one dataset."""
    samples = [*_freshness(state), *_quality(state)]
    if isinstance(state.table, Feed):
        samples += [*_landed(state, state.table), *_waiting(state)]
    return samples


def of_semantic_model(
    waiting_since: datetime | None, refreshed_at: datetime | None, now: datetime
) -> list[Sample]:
    """The gauges of Power BI's copy of the marts: of when it shows them.

    That is now where no change waits for it, else the instant before the oldest that does.
    """
    samples = [
        Sample(registry.SLO, refresh.FRESHNESS_SLO.total_seconds(), refresh.LABELS),
        Sample(registry.LAST_EVENT, (waiting_since or now).timestamp(), refresh.LABELS),
    ]
    if refreshed_at is not None:
        samples.append(Sample(registry.LAST_SUCCESS, refreshed_at.timestamp(), refresh.LABELS))
    return samples


def heartbeat(now: datetime) -> Sample:
    """Says when all gauges were published last."""
    return Sample(registry.HEARTBEAT, now.timestamp())


def _freshness(state: DatasetState) -> Iterator[Sample]:
    labels = state.table.metric_labels
    yield Sample(registry.SLO, state.table.freshness_slo.total_seconds(), labels)
    if state.data_as_of is not None:
        yield Sample(registry.LAST_EVENT, state.data_as_of.timestamp(), labels)
    if state.published is not None and state.published.last_success_at is not None:
        yield Sample(registry.LAST_SUCCESS, state.published.last_success_at.timestamp(), labels)
    if state.rows is not None:
        yield Sample(registry.ROWS, state.rows, labels)


def _quality(state: DatasetState) -> Iterator[Sample]:
    labels = state.table.metric_labels
    if state.audit is not None:
        for check_state in CheckState:
            count = state.audit.count(check_state)
            yield Sample(registry.CHECKS, count, {**labels, "state": check_state.value})


def _landed(state: DatasetState, feed: Feed) -> Iterator[Sample]:
    labels = feed.metric_labels
    for outcome, rows in state.landed.items():
        yield Sample(registry.LANDED_ROWS, rows, {**labels, "outcome": outcome})
    for reason, rows in state.rejected.items():
        yield Sample(registry.REJECTED_ROWS, rows, {**labels, "reason": reason})
    for kind, found in state.gaps.items():
        yield Sample(registry.RECONCILE_GAPS, found, {**labels, "kind": kind})
    yield Sample(registry.HELD_BATCHES, state.held_batches, labels)
    yield Sample(registry.VALID_RATIO_MINIMUM, feed.min_valid_ratio, labels)
    if state.batches:
        yield Sample(registry.VALID_RATIO, state.batches[0].valid_ratio, labels)


def _waiting(state: DatasetState) -> Iterator[Sample]:
    labels = state.table.metric_labels
    if state.last_landed_at is not None:
        yield Sample(registry.LAST_LANDED, state.last_landed_at.timestamp(), labels)
    if state.waiting is not None:
        yield Sample(registry.WAITING_OBJECTS, state.waiting.objects, labels)
        # Without a waiting object the exporter keeps the last one's: 0 objects say so.
        if state.waiting.oldest is not None:
            yield Sample(registry.OLDEST_WAITING, state.waiting.oldest.timestamp(), labels)
