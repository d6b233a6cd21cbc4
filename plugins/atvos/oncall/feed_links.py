"""The chain of a feed: landing bucket, Airflow, waiting objects, batches, rows, metrics."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from atvos import names
from atvos.contract import Table
from atvos.dataset_state import Audit, BatchRecord, Freshness
from atvos.oncall import airflow_links, metric_link, words
from atvos.oncall.chain import Case, Link, Runbook
from atvos.oncall.facts import Dag

PICKED_UP = timedelta(minutes=15)
"""How long an object may wait before that is a fault whatever the table's SLO."""


def links(case: Case) -> Iterator[Link]:
    """Every link, from the landing bucket to Prometheus."""
    yield landing(case)
    yield from airflow_links.links(case)
    yield waiting(case)
    yield batch(case)
    yield pending(case)
    yield events(case)
    yield metric_link.link(case)


def landing(case: Case) -> Link:
    """Whether the source still sends objects."""
    state, prefix = case.state, names.landing_prefix(case.name)
    if state.last_landed_at is None:
        sentence = f"no object has ever landed below {prefix}"
        return case.broken("landing", sentence, _ask(case), Runbook.SILENT)
    landed = words.since(state.last_landed_at, case.now)
    is_silent = case.now - state.last_landed_at > state.table.freshness_slo
    if case.is_late and is_silent and not _is_stuck(case):
        sentence = (
            f"no new object since {landed}, while data of at most "
            f"{words.age(state.table.freshness_slo)} is promised"
        )
        return case.broken("landing", sentence, _ask(case), Runbook.SILENT)
    return case.ok("landing", f"the newest object landed at {landed}")


def waiting(case: Case) -> Link:
    """Whether what has landed is taken in."""
    found = case.state.waiting
    if found is None or not found.objects or found.oldest is None:
        return case.ok("objects", "none waits")
    told = (
        f"{words.counted(found.objects, 'object')} waiting, the oldest since "
        f"{words.since(found.oldest, case.now)}"
    )
    is_overdue = case.now - found.oldest > min(PICKED_UP, case.state.table.freshness_slo)
    if not (case.is_late or is_overdue):
        return case.ok("objects", told)
    dag = case.dag
    if isinstance(dag, Dag) and dag.current is not None:
        sentence = f"{told}: {airflow_links.progress(case, dag)}"
        return case.broken("objects", sentence, f"wait, or look at {dag.url}", Runbook.STALE)
    action = f"look at the runs of {names.ingest_dag(case.name)}"
    return case.broken("objects", f"{told}, and no run takes them in", action, Runbook.STOPPED)


def batch(case: Case) -> Link:
    """Whether a failed check holds a batch back."""
    state = case.state
    if not state.held_batches:
        newest = next(iter(state.batches), None)
        told = f"the newest, {newest.batch_id}, is {newest.state}" if newest else "there is none"
        return case.ok("batches", told)
    held = next((item for item in state.batches if item.is_held), None)
    many = words.counted(state.held_batches, "batch is", "batches are")
    told = f"{many} held back" + (f": {_why_held(held, state.audit)}" if held else "")
    action = (
        f"look at the rows in {names.quarantine_table(case.name)}, then correct the source; or "
        f"the contract, and run `atvos replay {case.name}`; `atvos release BATCH` lets it pass"
    )
    return case.broken("batches", told, action, Runbook.HELD)


def pending(case: Case) -> Link:
    """Whether rows wait for what they refer to."""
    rows = case.state.landed.get("pending", 0)
    if not rows:
        return case.ok("rows", "none waits for a reference")
    tables = _references(case.state.table)
    told = f"{words.counted(rows, 'row')} waiting for {' or '.join(tables)}"
    newest = next(iter(case.state.batches), None)
    if case.is_late and newest is not None and newest.pending and not newest.valid:
        action = f"look at {', '.join(map(names.curated_table, tables))} first"
        return case.broken(
            "rows", f"{told}: the newest batch has no others", action, Runbook.SILENT
        )
    return case.ok("rows", told)


def events(case: Case) -> Link:
    """Whether what is published is as new as what landed."""
    state = case.state
    as_of, slo = state.data_as_of, words.age(state.table.freshness_slo)
    if as_of is None and (_is_stuck(case) or state.last_landed_at is None):
        return case.ok("events", "nothing has been published yet")
    if as_of is None:
        sentence = "nothing with a time of event has ever been published"
        return case.broken("events", sentence, _ask(case), Runbook.UNKNOWN)
    told = f"the newest event is of {words.since(as_of, case.now)}"
    if state.freshness is Freshness.STALE:
        sentence = f"objects still land, but {told}, while {slo} are promised"
        return case.broken("events", sentence, _ask(case), Runbook.SILENT)
    return case.ok("events", told)


def _is_stuck(case: Case) -> bool:
    """Whether something has landed and got no further: that is a fault of another link."""
    found = case.state.waiting
    is_waiting = found is not None and found.objects > 0
    return is_waiting or airflow_links.is_newest_held(case)


def _why_held(held: BatchRecord, audit: Audit | None) -> str:
    """The checks that hold the batch back, with what they measured where that is known."""
    if audit is not None and audit.run_id == held.batch_id:
        failed = [result for result in audit.results if result.blocks]
        if failed:
            told = (f"{r.name}: observed {r.observed}; expected {r.expected}" for r in failed)
            return words.plain(f"{held.batch_id} by {' and '.join(told)}")
    return words.plain(f"{held.batch_id} by {held.detail or 'a check'}")


def _references(table: Table) -> list[str]:
    return sorted({c.reference.table for c in table.columns if c.reference is not None})


def _ask(case: Case) -> str:
    table = case.state.table
    return f"ask the source; {table.owner} answers for the feed ({table.support})"
