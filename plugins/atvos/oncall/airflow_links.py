"""The links that Airflow knows of: its processes, the DAG, the run and its tasks."""

from __future__ import annotations

from collections.abc import Iterator

from atvos.oncall import words
from atvos.oncall.chain import Case, Link, Runbook
from atvos.oncall.facts import Dag, NotLooked, TaskFailure


def links(case: Case) -> Iterator[Link]:
    """Airflow's processes, then the table's DAG, then its runs."""
    yield processes(case)
    yield dag(case)
    yield run(case)


def processes(case: Case) -> Link:
    """Whether scheduler, triggerer and DAG processor are alive."""
    health = case.facts.health
    if isinstance(health, NotLooked):
        return case.unseen("airflow", health)
    for name, component in health.components.items():
        if not component.is_healthy:
            beat = component.heartbeat_at
            told = f"since {words.since(beat, case.now)}" if beat else "ever"
            sentence = f"Airflow's {name} has had no heartbeat {told}, so no task runs"
            page = Runbook.SCHEDULER if name == "scheduler" else Runbook.STOPPED
            return case.broken("airflow", sentence, f"start Airflow's {name} again", page)
    return case.ok("airflow", f"{', '.join(health.components)} are alive")


def dag(case: Case) -> Link:
    """Whether Airflow has the DAG and may run it."""
    found = case.dag
    if isinstance(found, NotLooked):
        return case.unseen("dag", found)
    if found.import_error:
        sentence = f"the file of {found.dag_id} cannot be imported: {found.import_error}"
        return case.broken("dag", sentence, "correct the file, and deploy", Runbook.IMPORT)
    if not found.is_known:
        sentence = f"Airflow has no DAG {found.dag_id}"
        action = f"airflow dags reserialize; then look at {found.url}"
        return case.broken("dag", sentence, action, Runbook.STOPPED)
    if found.is_paused:
        sentence = f"the DAG {found.dag_id} is paused"
        return case.broken("dag", sentence, f"airflow dags unpause {found.dag_id}", Runbook.STOPPED)
    return case.ok("dag", f"{found.dag_id} is not paused")


def run(case: Case) -> Link:
    """Whether the DAG's last runs did their work."""
    found = case.dag
    if isinstance(found, NotLooked):
        return case.unseen("run", found)
    if not found.is_known:
        return case.unseen("run", NotLooked("there is no DAG to run"))
    failure = found.failure
    if failure is None:
        return case.ok("run", progress(case, found))
    if failure.task_id.endswith("audit") and is_newest_held(case):
        return case.ok("run", "its audit held the batch back")
    return case.broken("run", _failed(found, failure), f"look at {failure.url}", Runbook.FAILING)


def progress(case: Case, found: Dag) -> str:
    """What the DAG is doing, or did last."""
    if found.current is not None:
        at = f" in {', '.join(found.current.tasks)}" if found.current.tasks else ""
        since = words.since(found.current.run_after, case.now)
        return f"a run of {found.dag_id} of {since} is {found.current.state}{at}"
    if found.last is not None:
        since = words.since(found.last.run_after, case.now)
        return f"the last run of {found.dag_id}, of {since}, ended with {found.last.state}"
    return f"{found.dag_id} has never run"


def is_newest_held(case: Case) -> bool:
    """Whether the feed's latest batch is held back."""
    return bool(case.state.batches) and case.state.batches[0].is_held


def _failed(found: Dag, failure: TaskFailure) -> str:
    again = " and is tried again" if failure.is_tried_again else ""
    told = f": {' / '.join(failure.error)}" if failure.error else "; its log has no error line"
    return f"{failure.task_id} of {found.dag_id} failed (try {failure.try_number}){again}{told}"
