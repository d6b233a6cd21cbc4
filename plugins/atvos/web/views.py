"""What the templates are filled with, made of states; nothing is read here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from atvos import names, pending
from atvos.contract import Feed
from atvos.contract.deadline import Every
from atvos.dataset_state import DatasetState, Freshness
from atvos.models import Model
from atvos.monitoring import runbooks
from atvos.monitoring.runbooks import Language
from atvos.oncall import lateness, status, words
from atvos.oncall.chain import Runbook

SYMBOLS = {
    Freshness.FRESH: "●",
    Freshness.STALE: "▲",
    Freshness.UNKNOWN: "◆",
    Freshness.PAUSED: "‖",
}
"""Shapes beside the words, so that a state is seen without its colour."""


def dag_ids(state: DatasetState) -> list[str]:
    """The DAGs that write the dataset, the one that mostly does first."""
    table = state.table
    if isinstance(table, Feed):
        replays = [names.replay_dag(table.name)] if pending.references(table) else []
        return [names.ingest_dag(table.name), *replays]
    return [names.transform_dag(table.group)] if isinstance(table, Model) else []


def row(state: DatasetState) -> dict[str, Any]:
    """A line of the list."""
    waiting = state.waiting
    return {
        "name": state.table.name,
        "label": f"{state.table.layer.value}.{state.table.name}",
        "tier": state.table.tier,
        "state": state.freshness.value,
        "symbol": SYMBOLS[state.freshness],
        "past_deadline": lateness.misses_deadline(state),
        "data_as_of": state.data_as_of,
        "age": age(state.age),
        "slo": words.age(state.table.freshness_slo),
        "run": status.last_run(state),
        "waiting": waiting.objects if waiting else None,
        "waiting_since": waiting.oldest if waiting else None,
        "held": state.held_batches,
        "rejected": state.landed.get("rejected", 0),
        "failing": status.failing_checks(state),
    }


def detail(state: DatasetState, language: Language) -> dict[str, Any]:
    """All of one dataset."""
    table, audit = state.table, state.audit
    return {
        **row(state),
        "purpose": table.purpose,
        "owner": table.owner,
        "support": table.support,
        "last_success": state.published.last_success_at if state.published else None,
        "rows": state.rows,
        "is_feed": isinstance(table, Feed),
        "batches": state.batches,
        "checks": sorted(audit.results, key=lambda r: r.state.value) if audit else [],
        "checked_at": audit.checked_at if audit else None,
        "reasons": sorted(state.rejected.items(), key=lambda item: (-item[1], item[0])),
        "dags": dag_ids(state),
        "runbook": runbook(state, language),
    }


def run_ids(state: DatasetState) -> list[str]:
    """The audited batches or builds that are known, the latest first."""
    audited = [state.audit.run_id] if state.audit else []
    return list(dict.fromkeys([*audited, *(batch.batch_id for batch in state.batches)]))


def runbook(state: DatasetState, language: Language) -> str | None:
    """The address of the page that helps, None where nothing is wrong."""
    if state.freshness is Freshness.STALE:
        page = Runbook.STALE
    elif state.freshness is Freshness.UNKNOWN:
        page = Runbook.UNKNOWN
    elif (deadline := state.table.deadline) and lateness.misses_deadline(state):
        page = Runbook.REPORT if deadline.every is Every.DAY else Runbook.MONTH
    elif state.held_batches:
        page = Runbook.HELD
    else:
        return None
    return f"{runbooks.BASE}/{language.value}/{page.value}.md"


def counts(states: Sequence[DatasetState]) -> Mapping[str, int]:
    """How many datasets are in each state; all four, the worst first."""
    order = (Freshness.STALE, Freshness.UNKNOWN, Freshness.PAUSED, Freshness.FRESH)
    return {
        freshness.value: sum(state.freshness is freshness for state in states)
        for freshness in order
    }


def age(span: timedelta | None) -> str | None:
    """A span in words that both languages write alike."""
    return None if span is None else words.age(span)


def moment(at: datetime) -> str:
    """A time as it is in São Paulo."""
    return words.moment(at)
