"""Hand-made states and facts: a feed, a mart over it, and what may be wrong with them."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from atvos.contract import Feed, Severity
from atvos.contract.deadline import Deadline, Every
from atvos.dataset_state import Audit, BatchRecord, DatasetState, Waiting
from atvos.ledger import Change, Lock, Published
from atvos.models import Model
from atvos.oncall.chain import Finding
from atvos.oncall.facts import (
    Building,
    Component,
    Dag,
    Facts,
    Health,
    Metrics,
    Run,
    TaskFailure,
)
from atvos.oncall.why import find
from atvos.quality import CheckResult, CheckState
from tests.atvos.examples import model, positions

NOW = datetime(2025, 6, 2, 12, tzinfo=UTC)
FEED: Feed = replace(positions(), freshness_slo=timedelta(minutes=5))
MART: Model = replace(model(), freshness_slo=timedelta(minutes=30))
DAILY = Deadline(Every.DAY, by=time(8), alert_at=time(7, 30))
"""A deadline that is over: it is nine in São Paulo."""
DAG = "ingest__positions"
URL = f"http://127.0.0.1:8080/dags/{DAG}"


def ago(**span: float) -> datetime:
    """A time before now."""
    return NOW - timedelta(**span)


def published(event: datetime | None, success: datetime | None = None) -> Published:
    """A publish of data up to ``event``."""
    return Published(event, success or event)


def batch(state: str = "published", **other: Any) -> BatchRecord:
    """A batch of ten good rows that landed three minutes ago."""
    values: dict[str, Any] = {
        "batch_id": "0a",
        "detail": None,
        "recorded_at": ago(minutes=2),
        "landed_at": ago(minutes=3),
        "objects": 1,
        "valid": 10,
        "rejected": 0,
        "duplicate": 0,
        "pending": 0,
    }
    return BatchRecord(state=state, **values | other)


def feed_state(**other: Any) -> DatasetState:
    """The feed as it is when all is well: three minutes old, of a promised five."""
    values: dict[str, Any] = {
        "published": published(ago(minutes=3), ago(minutes=2)),
        "rows": 10,
        "landed": {"valid": 10, "held": 0, "rejected": 0, "duplicate": 0, "pending": 0},
        "last_landed_at": ago(minutes=3),
        "waiting": Waiting(0, None),
        "batches": (batch(),),
    }
    return DatasetState(table=FEED, now=NOW, **values | other)


def mart_state(**other: Any) -> DatasetState:
    """The mart as it is when all is well: three minutes old, of a promised thirty."""
    values: dict[str, Any] = {"published": published(ago(minutes=3), ago(minutes=1)), "rows": 4}
    return DatasetState(table=MART, now=NOW, **values | other)


def overdue_mart(every: Every = Every.DAY) -> DatasetState:
    """The mart as of last night, which its SLO of a day allows and its deadline does not."""
    deadline = replace(DAILY, every=every)
    table = replace(MART, freshness_slo=timedelta(days=40), deadline=deadline)
    days = 1 if every is Every.DAY else 3
    return replace(mart_state(published=published(ago(days=days))), table=table)


def stale(minutes: float = 180) -> dict[str, Any]:
    """What makes a state stale: its newest event and its last publish are that old."""
    return {"published": published(ago(minutes=minutes))}


def result(state: CheckState = CheckState.FAILED, **other: Any) -> CheckResult:
    """A check of the share of valid rows."""
    values: dict[str, Any] = {
        "name": "valid_ratio",
        "severity": Severity.ERROR,
        "observed": "80.00%",
        "expected": "at least 95.00%",
    }
    return CheckResult(state=state, **values | other)


def audit(*results: CheckResult, run_id: str = "0a", checked_at: datetime | None = None) -> Audit:
    """An audit of a minute ago."""
    return Audit(run_id, checked_at or ago(minutes=1), results)


def run(state: str = "success", **other: Any) -> Run:
    """A run of four minutes ago."""
    values: dict[str, Any] = {"run_id": "r1", "state": state, "run_after": ago(minutes=4)}
    return Run(**values | other)


def failure(task_id: str = "curate", **other: Any) -> TaskFailure:
    """A task that failed for the last time."""
    values: dict[str, Any] = {
        "try_number": 3,
        "is_tried_again": False,
        "error": ("ValueError: rows do not reconcile",),
        "url": f"{URL}/runs/r1/tasks/{task_id}",
    }
    return TaskFailure(task_id, **values | other)


def dag(**other: Any) -> Dag:
    """The DAG with a last run that went well."""
    values: dict[str, Any] = {"dag_id": DAG, "url": URL, "last": run()}
    return Dag(**values | other)


def health(**other: Component) -> Health:
    """Airflow with everything alive but what is given."""
    alive = Component(True, ago(seconds=5))
    return Health({"scheduler": alive, "triggerer": alive, "DAG processor": alive} | other)


def metrics(**other: Any) -> Metrics:
    """Prometheus with all that the ledger says."""
    values: dict[str, Any] = {
        "exporter_up": True,
        "heartbeat_at": ago(minutes=1),
        "last_success": {"positions": ago(minutes=2), "fct_positions": ago(minutes=1)},
    }
    return Metrics(**values | other)


def facts(
    feed: DatasetState | None = None, mart: DatasetState | None = None, **other: Any
) -> Facts:
    """All facts; where nothing is given all is well."""
    values: dict[str, Any] = {
        "dags": {"positions": dag(), "fct_positions": dag(dag_id="transform__fleet")},
        "health": health(),
        "metrics": metrics(),
    }
    states = {"positions": feed or feed_state(), "fct_positions": mart or mart_state()}
    return Facts(NOW, states, {"fct_positions": ("positions",)}, **values | other)


def feed_finding(feed: DatasetState | None = None, **other: Any) -> Finding:
    """What is found of the feed."""
    return find("positions", facts(feed, **other))


def mart_finding(
    mart: DatasetState | None = None, feed: DatasetState | None = None, **other: Any
) -> Finding:
    """What is found of the mart."""
    return find("fct_positions", facts(feed, mart, **other))


def lock() -> Lock:
    """The lock of a backfill."""
    return Lock("t", "ana@atvos.example", "tariff corrected", NOW + timedelta(hours=1))


def changes(count: int = 2) -> Building:
    """Changes of the feed that the mart has not taken in."""
    return Building(changes=tuple(Change("curated.positions", f"c{n}", ()) for n in range(count)))
