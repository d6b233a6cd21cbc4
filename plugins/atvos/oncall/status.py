"""The table of all datasets: what is stale first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from rich.table import Table
from rich.text import Text

from atvos.contract import Feed
from atvos.dataset_state import DatasetState, Freshness
from atvos.oncall import lateness, words
from atvos.quality import CheckState

COLOURS = {
    Freshness.STALE: "bold red",
    Freshness.UNKNOWN: "magenta",
    Freshness.PAUSED: "cyan",
    Freshness.FRESH: "green",
}
_COLUMNS = (
    *("dataset", "tier", "state", "data as of", "age", "SLO", "last batch or build"),
    *("waiting", "held", "rejected", "failing checks"),
)


def worst_first(states: Iterable[DatasetState]) -> list[DatasetState]:
    """Stale, then unknown, past the deadline, with something held or failing, then the others.

    Among alike ones by tier, then by how far the age is from the SLO, then by name.
    """
    return sorted(states, key=_rank)


def chosen(
    states: Iterable[DatasetState], layers: Sequence[str], wanted: Sequence[str]
) -> list[DatasetState]:
    """Those of the layers and in the states given; of all, where none is."""
    return [
        state
        for state in states
        if (not layers or state.table.layer.value in layers)
        and (not wanted or state.freshness.value in wanted)
    ]


def needs_care(states: Iterable[DatasetState]) -> bool:
    """Whether something is stale, unknown or past its deadline."""
    return any(map(lateness.is_late, states))


def as_json(states: Sequence[DatasetState], now: datetime) -> dict[str, Any]:
    """The form of ``atvos status --json``, described in docs/oncall.md."""
    return {"now": now.isoformat(), "datasets": [_entry(state) for state in states]}


def table(states: Sequence[DatasetState], now: datetime) -> Table:
    """The table for a person; times are São Paulo's."""
    counts: dict[Freshness, int] = {}
    for state in states:
        counts[state.freshness] = counts.get(state.freshness, 0) + 1
    told = ", ".join(f"{count} {freshness.value}" for freshness, count in counts.items())
    title = f"{told or 'no dataset'} at {words.moment(now)} (America/Sao_Paulo)"
    shown = Table(title=title, title_justify="left")
    for column in _COLUMNS:
        shown.add_column(column, justify="right" if column in ("held", "rejected") else "left")
    for state in states:
        shown.add_row(*_cells(state, now))
    return shown


def last_run(state: DatasetState) -> dict[str, Any] | None:
    """The last batch of a feed, or the last build of a mart; None where there was none."""
    if isinstance(state.table, Feed):
        if not state.batches:
            return None
        newest = state.batches[0]
        return {
            "id": newest.batch_id,
            "at": newest.recorded_at,
            "rows": newest.read,
            "outcome": newest.state,
        }
    success = state.published.last_success_at if state.published else None
    audit = state.audit
    if audit is not None and (success is None or audit.checked_at > success):
        outcome = "stopped" if any(result.blocks for result in audit.results) else "checked"
        return {"id": audit.run_id, "at": audit.checked_at, "rows": None, "outcome": outcome}
    if success is None:
        return None
    built = audit.run_id if audit is not None else None
    return {"id": built, "at": success, "rows": state.rows, "outcome": "published"}


def failing_checks(state: DatasetState) -> list[str]:
    """Names of the checks of the last audit that failed or could not be made."""
    results = state.audit.results if state.audit else ()
    return [result.name for result in results if result.state is not CheckState.PASSED]


def _rank(state: DatasetState) -> tuple[int, int, timedelta, str]:
    left = state.table.freshness_slo - (state.age or timedelta())
    return (_place(state), state.table.tier, left, state.table.name)


def _place(state: DatasetState) -> int:
    if state.freshness in (Freshness.STALE, Freshness.UNKNOWN):
        return 0 if state.freshness is Freshness.STALE else 1
    if lateness.misses_deadline(state):
        return 2
    if state.held_batches or failing_checks(state):
        return 3
    return 4 if state.freshness is Freshness.PAUSED else 5


def _entry(state: DatasetState) -> dict[str, Any]:
    run, waiting = last_run(state), state.waiting
    return {
        "dataset": state.table.name,
        "layer": state.table.layer.value,
        "tier": state.table.tier,
        "state": state.freshness.value,
        "past_deadline": lateness.misses_deadline(state),
        "data_as_of": _iso(state.data_as_of),
        "age_seconds": None if state.age is None else int(state.age.total_seconds()),
        "slo_seconds": int(state.table.freshness_slo.total_seconds()),
        "last_success_at": _iso(state.published.last_success_at if state.published else None),
        "rows": state.rows,
        "last_run": {**run, "at": _iso(run["at"])} if run else None,
        "waiting_objects": waiting.objects if waiting else None,
        "oldest_waiting_at": _iso(waiting.oldest if waiting else None),
        "held_batches": state.held_batches,
        "rejected_rows": state.landed.get("rejected", 0),
        "pending_rows": state.landed.get("pending", 0),
        "failing_checks": failing_checks(state),
    }


def _cells(state: DatasetState, now: datetime) -> tuple[str | Text, ...]:
    checks = failing_checks(state)
    return (
        f"{state.table.layer.value}.{state.table.name}",
        str(state.table.tier),
        _told_state(state),
        words.moment(state.data_as_of) if state.data_as_of else "never",
        words.age(state.age) if state.age is not None else "-",
        words.age(state.table.freshness_slo),
        _told_run(last_run(state)),
        _told_waiting(state, now),
        Text(str(state.held_batches), "bold red") if state.held_batches else "-",
        str(state.landed.get("rejected", 0) or "-"),
        Text(", ".join(checks), "yellow") if checks else "-",
    )


def _told_state(state: DatasetState) -> Text:
    told = Text(state.freshness.value, COLOURS[state.freshness])
    return (
        told.append(", past its deadline", "bold red") if lateness.misses_deadline(state) else told
    )


def _told_run(run: dict[str, Any] | None) -> str:
    if run is None:
        return "none"
    rows = "" if run["rows"] is None else f", {words.counted(run['rows'], 'row')}"
    return f"{words.moment(run['at'])} {run['outcome']}{rows}"


def _told_waiting(state: DatasetState, now: datetime) -> str:
    waiting = state.waiting
    if waiting is None or not waiting.objects:
        return "-"
    oldest = f", {words.age(now - waiting.oldest)}" if waiting.oldest else ""
    return f"{words.counted(waiting.objects, 'object')}{oldest}"


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
