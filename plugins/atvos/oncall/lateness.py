"""When a dataset is late: stale, unknown, or past the deadline of its contract."""

from __future__ import annotations

from atvos.dataset_state import DatasetState, Freshness


def is_late(state: DatasetState) -> bool:
    """Whether the data is older than promised, of unknown age, or past its deadline."""
    is_old = state.freshness in (Freshness.STALE, Freshness.UNKNOWN)
    return is_old or misses_deadline(state)


def misses_deadline(state: DatasetState) -> bool:
    """Whether the dataset was to be published in this day or month, and has not been."""
    deadline = state.table.deadline
    success = state.published.last_success_at if state.published else None
    return deadline is not None and deadline.is_missed(success, state.now)
