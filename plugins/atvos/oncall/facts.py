"""What was gathered to say why a table is stale. ``NotLooked`` stands for what could not be had."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from atvos.dataset_state import DatasetState
from atvos.ledger import Change, Lock


@dataclass(frozen=True, slots=True)
class NotLooked:
    """A fact that cannot be had, and what to do to have it."""

    hint: str


@dataclass(frozen=True, slots=True)
class Component:
    """A process of Airflow as its health page has it; ``heartbeat_at`` None where it never ran."""

    is_healthy: bool
    heartbeat_at: datetime | None


@dataclass(frozen=True, slots=True)
class Health:
    """The processes that a task cannot run without, by name."""

    components: Mapping[str, Component]


@dataclass(frozen=True, slots=True)
class TaskFailure:
    """A try of a task that failed; ``error`` has the last error lines of its log."""

    task_id: str
    try_number: int
    is_tried_again: bool
    error: tuple[str, ...]
    url: str


@dataclass(frozen=True, slots=True)
class Run:
    """A run of a DAG; ``tasks`` are those that are at work or wait for a worker."""

    run_id: str
    state: str
    run_after: datetime
    tasks: tuple[str, ...] = ()
    failure: TaskFailure | None = None


@dataclass(frozen=True, slots=True)
class ImportFailure:
    """A DAG file that cannot be imported, when that was seen last, and the traceback."""

    file: str
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Dag:
    """A DAG as Airflow has it: the run that goes on, and the last one that ended.

    ``import_error`` is what keeps its file from being read.
    """

    dag_id: str
    url: str
    is_known: bool = True
    is_paused: bool = False
    import_error: str | None = None
    current: Run | None = None
    last: Run | None = None

    @property
    def failure(self) -> TaskFailure | None:
        """What failed last and has not succeeded since."""
        runs = (run for run in (self.current, self.last) if run is not None)
        return next((run.failure for run in runs if run.failure is not None), None)


@dataclass(frozen=True, slots=True)
class Metrics:
    """What Prometheus has; ``exporter_up`` and ``heartbeat_at`` are None where it has no series.

    ``last_success`` has, by dataset, the time of the last publish as it was reported.
    """

    exporter_up: bool | None
    heartbeat_at: datetime | None
    last_success: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Building:
    """What is known of a mart's builds besides its state: lock, and changes not taken in."""

    lock: Lock | None = None
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """All facts of one walk, by the name of the table.

    ``sources`` has what a mart reads. ``dags`` and ``buildings`` lack the tables that the walk
    has no reason to look at.
    """

    now: datetime
    states: Mapping[str, DatasetState]
    sources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    dags: Mapping[str, Dag | NotLooked] = field(default_factory=dict)
    buildings: Mapping[str, Building] = field(default_factory=dict)
    health: Health | NotLooked = NotLooked("Airflow was not asked")
    metrics: Metrics | NotLooked = NotLooked("Prometheus was not asked")
