"""The chain of a mart: its audit, its lock, Airflow, and the changes it has not taken in."""

from __future__ import annotations

from collections.abc import Iterator

from atvos.contract.deadline import Every
from atvos.dataset_state import Freshness
from atvos.oncall import airflow_links, lateness, words
from atvos.oncall.chain import Case, Link, Runbook
from atvos.oncall.facts import Building, Dag
from atvos.quality import CheckState


def links(case: Case) -> Iterator[Link]:
    """Every link of the mart's own but its metrics."""
    yield lock(case)
    yield audit(case)
    yield from airflow_links.links(case)
    yield changes(case)


def lock(case: Case) -> Link:
    """Whether a backfill keeps scheduled builds from publishing."""
    found = _building(case).lock
    if found is None:
        return case.ok("lock", "none")
    sentence = (
        f"builds wait for the lock of {words.plain(found.owner)} "
        f"({words.plain(found.reason)}), until {words.moment(found.expires_at)}"
    )
    if not case.is_late:  # somebody's work, and no fault yet
        return case.ok("lock", sentence)
    return case.broken("lock", sentence, f"ask {words.plain(found.owner)}, or wait", Runbook.STALE)


def audit(case: Case) -> Link:
    """Whether the last build was stopped by a check."""
    found, published = case.state.audit, case.state.published
    if found is None:
        return case.ok("checks", "no build was checked yet")
    blocking = [result for result in found.results if result.blocks]
    success = published.last_success_at if published else None
    if not blocking or (success is not None and success > found.checked_at):
        return case.ok("checks", f"the last build was checked at {words.moment(found.checked_at)}")
    told = (f"{r.name}: observed {r.observed}; expected {r.expected}" for r in blocking)
    sentence = words.plain(f"build {found.run_id} was stopped by {' and '.join(told)}")
    has_failed = any(result.state is CheckState.FAILED for result in blocking)
    page = Runbook.FAILING if has_failed else Runbook.ERRORED
    return case.broken("checks", sentence, "correct the source or the check", page)


def changes(case: Case) -> Link:
    """Whether the mart has taken in what its sources published."""
    found = _building(case).changes
    if not found:
        return case.ok("changes", "all of its sources' changes are taken in")
    tables = ", ".join(sorted({change.table for change in found}))
    told = f"{words.counted(len(found), 'change')} of {tables} not taken in"
    if not case.is_late:
        return case.ok("changes", told)
    dag = case.dag
    if isinstance(dag, Dag) and dag.current is not None:
        if case.late_sources:  # the run will not make the mart newer than they are
            return case.ok("changes", told)
        sentence = f"{told} yet: {airflow_links.progress(case, dag)}"
        return case.broken("changes", sentence, f"wait, or look at {dag.url}", Runbook.STALE)
    action = f"airflow dags trigger {dag.dag_id}" if isinstance(dag, Dag) else "look at its DAG"
    return case.broken("changes", f"{told}, and no run does", action, Runbook.STOPPED)


def sources(case: Case) -> Link:
    """How old what the mart reads is; broken where nothing else explains the mart's age."""
    states = [case.facts.states[name] for name in case.facts.sources.get(case.name, ())]
    told = ", ".join(
        f"{state.table.layer.value}.{state.table.name} {words.age(state.age)}"
        if state.age is not None
        else f"{state.table.layer.value}.{state.table.name} of unknown age"
        for state in states
    )
    if not case.is_late:
        return case.ok("sources", told)
    if case.state.freshness is Freshness.UNKNOWN:
        sentence = f"it was never built with data, though its sources have some ({told})"
        return case.broken("sources", sentence, "look at its DAG", Runbook.UNKNOWN)
    deadline = case.state.table.deadline
    if deadline is not None and lateness.misses_deadline(case.state):
        due = words.moment(deadline.due_since(case.now))
        sentence = (
            f"it was not published since {due}, and its sources bring it nothing new ({told})"
        )
        page = Runbook.REPORT if deadline.every is Every.DAY else Runbook.MONTH
        return case.broken("sources", sentence, "look at its sources and its DAG", page)
    slo = words.age(case.state.table.freshness_slo)
    sentence = f"it promises {slo}, and its sources keep their own promises with {told}"
    return case.broken("sources", sentence, "correct one of the contracts", Runbook.STALE)


def _building(case: Case) -> Building:
    return case.facts.buildings.get(case.name, Building())
