"""Links of the chain from a table back to its objects, and what a walk along it finds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from atvos.dataset_state import DatasetState
from atvos.oncall import lateness
from atvos.oncall.facts import Dag, Facts, NotLooked


class Look(StrEnum):
    """What a look at a link said."""

    OK = "ok"
    BROKEN = "broken"
    NOT_LOOKED_AT = "not looked at"


class Runbook(StrEnum):
    """Pages of docs/runbooks that a broken link leads to."""

    STALE = "dataset-stale"
    UNKNOWN = "dataset-unknown"
    SILENT = "source-silent"
    STOPPED = "pipeline-stopped"
    SCHEDULER = "scheduler-silent"
    IMPORT = "dag-import-errors"
    FAILING = "step-failing"
    HELD = "batch-held"
    ERRORED = "checks-errored"
    EXPORTER = "exporter-down"
    HEARTBEAT = "heartbeat-missing"
    REPORT = "report-missing"
    MONTH = "month-closing-late"


@dataclass(frozen=True, slots=True)
class Link:
    """One link. ``evidence`` is a clause for the chain; of a broken link also the whole sentence.

    ``action`` is a command, an address or a person to turn to.
    """

    table: str
    name: str
    look: Look
    evidence: str
    action: str | None = None
    runbook: Runbook | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """Where the walk from ``state``'s table ended: at ``broken``, or nowhere."""

    state: DatasetState
    chain: tuple[Link, ...]
    broken: Link | None


@dataclass(frozen=True, slots=True)
class Case:
    """One table on the walk, with the facts."""

    facts: Facts
    name: str

    @property
    def now(self) -> datetime:
        """When the facts were gathered."""
        return self.facts.now

    @property
    def state(self) -> DatasetState:
        """The table's state."""
        return self.facts.states[self.name]

    @property
    def label(self) -> str:
        """``layer.name``, as people write it."""
        return f"{self.state.table.layer.value}.{self.name}"

    @property
    def is_late(self) -> bool:
        """Whether the data is older than promised, of unknown age, or past its deadline."""
        return lateness.is_late(self.state)

    @property
    def dag(self) -> Dag | NotLooked:
        """The DAG that fills the table."""
        return self.facts.dags.get(self.name, NotLooked("Airflow was not asked"))

    @property
    def late_sources(self) -> tuple[str, ...]:
        """Names of what the table reads and is late itself, the one furthest behind first."""
        sources = (Case(self.facts, name) for name in self.facts.sources.get(self.name, ()))
        late = [source for source in sources if source.is_late]
        return tuple(case.name for case in sorted(late, key=Case.age, reverse=True))

    def age(self) -> timedelta:
        """How old the data is; older than anything where nobody knows."""
        return timedelta.max if self.state.age is None else self.state.age

    def ok(self, name: str, evidence: str) -> Link:
        """A link that holds."""
        return Link(self.label, name, Look.OK, evidence)

    def unseen(self, name: str, fact: NotLooked) -> Link:
        """A link that could not be looked at."""
        return Link(self.label, name, Look.NOT_LOOKED_AT, fact.hint)

    def broken(self, name: str, sentence: str, action: str, runbook: Runbook) -> Link:
        """A link that does not hold; the sentence is given without the table's name."""
        return Link(self.label, name, Look.BROKEN, f"{self.label}: {sentence}", action, runbook)
