"""Every metric that the platform publishes: its name, kind, labels and what it says.

The exporter's mapping, the page docs/metrics.md and the tests of dashboards and rules are made
from this list, so a metric that is not in it does not reach Prometheus.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What Prometheus makes of the samples."""

    GAUGE = "gauge"
    COUNTER = "counter"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. ``buckets`` are upper bounds of a histogram, in the metric's unit.

    ``values`` lists, for a label that has only a few, what it can be.
    """

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()
    values: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def series(self) -> tuple[str, ...]:
        """Names of the series in Prometheus."""
        if self.kind is Kind.HISTOGRAM:
            return tuple(f"{self.name}_{part}" for part in ("bucket", "sum", "count"))
        return (self.name,)


DATASET_LABELS = ("dataset", "layer", "tier")
"""Which table a sample is of; as many combinations as there are feeds and models."""

OUTCOMES = ("valid", "held", "rejected", "duplicate", "pending")
CHECK_STATES = ("passed", "failed", "errored")
GAPS = ("missed", "vanished", "doubled", "rows")


def _dataset(
    name: str, text: str, *more: str, values: tuple[tuple[str, tuple[str, ...]], ...] = ()
) -> Metric:
    return Metric(name, Kind.GAUGE, text, (*DATASET_LABELS, *more), values=values)


LAST_EVENT = _dataset(
    "dataset_last_event_timestamp_seconds",
    "Time of the newest event in the table, in Unix seconds; never later than now.",
)
LAST_SUCCESS = _dataset(
    "dataset_last_success_timestamp_seconds",
    "Time of the last successful publish of the table, in Unix seconds.",
)
SLO = _dataset(
    "dataset_freshness_slo_seconds",
    "Age that the table's contract promises to stay below, in seconds.",
)
ROWS = _dataset("dataset_rows", "Rows in the table.")
LANDED_ROWS = _dataset(
    "dataset_landed_rows",
    "Records of all objects in the ledger by what came of them; they add up to what was read.",
    "outcome",
    values=(("outcome", OUTCOMES),),
)
REJECTED_ROWS = _dataset(
    "dataset_rejected_rows",
    "Rejected records of all objects in the ledger by reason; one with two reasons counts twice.",
    "reason",
)
VALID_RATIO = _dataset(
    "dataset_valid_ratio", "Share of the last batch's records that were valid, 0 to 1."
)
VALID_RATIO_MINIMUM = _dataset(
    "dataset_valid_ratio_minimum", "Share of valid records below which a batch is held, 0 to 1."
)
CHECKS = _dataset(
    "dataset_checks",
    "Quality checks of the last audit by what came of them.",
    "state",
    values=(("state", CHECK_STATES),),
)
HELD_BATCHES = _dataset("dataset_held_batches", "Batches that a failed check holds back.")
WAITING_OBJECTS = _dataset(
    "dataset_waiting_objects", "Objects that have landed and are not in the ledger."
)
OLDEST_WAITING = _dataset(
    "dataset_oldest_waiting_object_timestamp_seconds",
    "Landing time of the oldest waiting object, in Unix seconds; says nothing while none waits.",
)
LAST_LANDED = _dataset(
    "dataset_last_landed_timestamp_seconds",
    "Landing time of the newest object of the feed, in Unix seconds.",
)
RECONCILE_GAPS = _dataset(
    "dataset_reconcile_gaps",
    "Differences between bucket, ledger and table that the last reconcile found, by kind.",
    "kind",
    values=(("kind", GAPS),),
)
HEARTBEAT = Metric(
    "heartbeat_timestamp_seconds",
    Kind.GAUGE,
    "Time when the heartbeat last published all gauges, in Unix seconds.",
)
STEP_DURATION = Metric(
    "dataset_step_duration_seconds",
    Kind.HISTOGRAM,
    "Time from the start of a task to its success, waiting for others' jobs included, in seconds.",
    (*DATASET_LABELS, "step"),
    (1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 7200),
)
STEP_RUNS = Metric(
    "dataset_step_runs_total",
    Kind.COUNTER,
    "Tries of a task that ended, by how.",
    (*DATASET_LABELS, "step", "state"),
    values=(("state", ("success", "failed")),),
)
BILLED_BYTES = Metric(
    "dataset_billed_bytes_total",
    Kind.COUNTER,
    "Bytes that BigQuery billed for the jobs of a task.",
    (*DATASET_LABELS, "step"),
)
LATENCY = Metric(
    "dataset_landed_to_queryable_seconds",
    Kind.HISTOGRAM,
    "Time from an object's landing to the commit of its rows, one sample per object, in seconds.",
    DATASET_LABELS,
    (5, 10, 15, 30, 45, 60, 90, 120, 180, 300, 600, 900, 1800, 3600),
)

OWN = (
    *(LAST_EVENT, LAST_SUCCESS, SLO, ROWS, LANDED_ROWS, REJECTED_ROWS),
    *(VALID_RATIO, VALID_RATIO_MINIMUM, CHECKS, HELD_BATCHES),
    *(WAITING_OBJECTS, OLDEST_WAITING, LAST_LANDED, RECONCILE_GAPS, HEARTBEAT),
    *(STEP_DURATION, STEP_RUNS, BILLED_BYTES, LATENCY),
)
"""What the DAGs publish, wherever they run."""


@dataclass(frozen=True, slots=True)
class Translation:
    """A metric name of Airflow's StatsD, and the metric and labels that it becomes.

    ``match`` is a glob; ``$1`` in a label's value is what its first ``*`` stands for.
    """

    match: str
    metric: Metric
    labels: tuple[tuple[str, str], ...] = ()


SCHEDULER_HEARTBEAT = Metric(
    "airflow_scheduler_heartbeat_total", Kind.COUNTER, "Heartbeats of the scheduler."
)
TRIGGERER_HEARTBEAT = Metric(
    "airflow_triggerer_heartbeat_total", Kind.COUNTER, "Heartbeats of the triggerer."
)
IMPORT_ERRORS = Metric(
    "airflow_dag_processing_import_errors", Kind.GAUGE, "DAG files that cannot be imported."
)
PARSE_TIME = Metric(
    "airflow_dag_processing_total_parse_time_seconds",
    Kind.GAUGE,
    "Time to parse all DAG files once, in seconds.",
)
EXECUTOR_SLOTS = Metric(
    "airflow_executor_slots",
    Kind.GAUGE,
    "Slots of the executor by state.",
    ("state",),
    values=(("state", ("open", "queued", "running")),),
)
POOL_SLOTS = Metric(
    "airflow_pool_slots",
    Kind.GAUGE,
    "Slots of a pool by state.",
    ("pool", "state"),
    values=(("state", ("open", "queued", "running", "deferred", "scheduled")),),
)
TASKS_FINISHED = Metric(
    "airflow_task_instances_finished_total",
    Kind.COUNTER,
    "Task instances that ended, by how.",
    ("state",),
    values=(("state", ("success", "failed")),),
)

TRANSLATIONS = (
    Translation("airflow.scheduler_heartbeat", SCHEDULER_HEARTBEAT),
    Translation("airflow.triggerer_heartbeat", TRIGGERER_HEARTBEAT),
    Translation("airflow.dag_processing.import_errors", IMPORT_ERRORS),
    Translation("airflow.dag_processing.total_parse_time", PARSE_TIME),
    *(
        Translation(f"airflow.executor.{given}", EXECUTOR_SLOTS, (("state", state),))
        for given, state in (
            ("open_slots", "open"),
            ("queued_tasks", "queued"),
            ("running_tasks", "running"),
        )
    ),
    *(
        Translation(f"airflow.pool.{state}_slots.*", POOL_SLOTS, (("pool", "$1"), ("state", state)))
        for state in ("open", "queued", "running", "deferred", "scheduled")
    ),
    Translation("airflow.ti_successes", TASKS_FINISHED, (("state", "success"),)),
    Translation("airflow.ti_failures", TASKS_FINISHED, (("state", "failed"),)),
)
"""What is kept of Airflow's own StatsD; the managed service sends none."""

AIRFLOW = tuple(dict.fromkeys(translation.metric for translation in TRANSLATIONS))

REGISTRY = (*OWN, *AIRFLOW)
