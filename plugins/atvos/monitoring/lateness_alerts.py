"""Alerts on datasets that are late: the symptoms, the causes, the deadlines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from atvos.monitoring import registry
from atvos.monitoring.alerts import (
    AGE,
    BY_DAY,
    BY_TIER,
    ON,
    REPORTING,
    SETTLED,
    TABLE,
    Alert,
    Cause,
    Severity,
)
from atvos.monitoring.promql import BY, call, gauge
from atvos.monitoring.recording import SLO_TARGET
from atvos.monitoring.timing import Timing, duration

_STALE = f"and {ON} (dataset:fresh:bool == 0)"
_FELT = f'and {ON} (dataset:fresh:bool{{tier="1"}} == 0)'
_FAST, _SLOW = 14.4, 6


def lateness(timing: Timing) -> Iterator[Alert]:
    """All alerts on tables that are late."""
    yield from _freshness(timing)
    yield from _causes(timing)
    yield from _deadlines()


def _freshness(timing: Timing) -> Iterator[Alert]:
    yield Alert(
        "DatasetStale",
        f"dataset:event_age:seconds\n{_STALE}\nunless {ON} dataset:cause:info\n"
        f"unless {ON} (dataset:upstream_fresh:bool == 0)\n{SETTLED}",
        BY_TIER,
        Cause.PIPELINE,
        f"{TABLE} is stale: its newest event is {AGE} old",
        "It is older than its contract promises, and no source, object or step explains it.",
        timedelta(minutes=25),
    )
    yield Alert(
        "DatasetUnknown",
        f"dataset:expected:info\nunless {ON} dataset:event_age:seconds\n{SETTLED}",
        BY_DAY,
        Cause.MONITORING,
        f"Nobody knows how fresh {TABLE} is",
        "A contract describes it, and no event time is published for it.",
        timedelta(minutes=15),
    )
    yield Alert(
        "FreshnessBurnFast",
        f"{_burning('1h', '5m', _FAST)}\n"
        # An unbroken outage is DatasetStale's. This one is for the table that comes and goes,
        # for which no time to wait is ever over.
        f"and changes(dataset:fresh:bool[{duration(timing.scaled(timedelta(hours=1)))}]) > 2\n"
        f"{SETTLED}",
        BY_TIER,
        Cause.PIPELINE,
        f"{TABLE} is stale again and again",
        "It was stale for {{ $value | humanizePercentage }} of the last hour; at this rate the "
        "error budget of 30 days is spent in two.",
        timedelta(minutes=2),
    )
    yield Alert(
        "FreshnessBurnSlow",
        f"{_burning('6h', '30m', _SLOW)}\n{SETTLED}",
        BY_DAY,
        Cause.PIPELINE,
        f"{TABLE} is stale too often",
        "It was stale for {{ $value | humanizePercentage }} of the last 6 hours; at this rate the "
        "error budget of 30 days is spent in five.",
        timedelta(minutes=15),
    )


def _burning(long: str, short: str, rate: float) -> str:
    bound = round(rate * (1 - SLO_TARGET), 6)
    return f"dataset:stale:ratio{long} > {bound}\nand dataset:stale:ratio{short} > {bound}"


def _causes(timing: Timing) -> Iterator[Alert]:
    yield Alert(
        "SourceSilent",
        f'dataset:landed_age:seconds\nand {ON} dataset:cause:info{{cause="silent"}}\n{SETTLED}',
        BY_TIER,
        Cause.SOURCE,
        f"The source of {TABLE} is silent",
        f"Its last object landed {AGE} ago, nothing waits, and the newest event is older than "
        "the contract promises.",
        timedelta(minutes=2),
    )
    waiting = (
        f'dataset:waiting_age:seconds\nand {ON} dataset:cause:info{{cause="waiting"}}\n'
        f"and {ON} (dataset:slo_active:bool == 1)\n{SETTLED}"
    )
    stopped = f"Objects of {TABLE} are not taken in"
    waited = f"The oldest of them has waited for {AGE}, and no step says that it failed."
    yield Alert(
        "PipelineStopped",
        f"{waiting}\n{_FELT}",
        Severity.PAGE,
        Cause.PIPELINE,
        stopped,
        f"{waited} The table is stale.",
        timedelta(minutes=2),
    )
    yield Alert(
        "PipelineStopped", waiting, BY_DAY, Cause.PIPELINE, stopped, waited, timedelta(minutes=2)
    )
    failing = (
        f"time() - dataset_step:failing:timestamp_seconds\nunless {ON} dataset:new_holds:count"
    )
    said = f"The step {{{{ $labels.step }}}} of {TABLE} fails"
    since = f"Its last try failed {AGE} ago, and none has succeeded since."
    yield Alert(
        "StepFailing",
        f'{failing}\n{_FELT}\nand {ON} dataset:cause:info{{cause="failing"}}\n{SETTLED}',
        Severity.PAGE,
        Cause.PIPELINE,
        said,
        f"{since} The table is stale.",
        timedelta(minutes=10),
    )
    yield Alert(
        "StepFailing",
        f"{failing}\nand {ON} dataset:expected:info",
        BY_DAY,
        Cause.PIPELINE,
        said,
        since,
        timedelta(minutes=15),
    )
    held = "{{ $value }} of its batches are held back by a failed check: their rows are missing."
    yield Alert(
        "BatchHeld",
        f'dataset:new_holds:count{{tier="1"}}\n{REPORTING}',
        Severity.PAGE,
        Cause.QUALITY,
        f"The audit held a batch of {TABLE}",
        held.replace("{{ $value }} of its batches are", "{{ $value }} of its new batches are"),
        timedelta(minutes=1),
    )
    yield Alert(
        "BatchHeld",
        f"{gauge(registry.HELD_BATCHES, timing)} > 0\nand {ON} dataset:expected:info",
        BY_DAY,
        Cause.QUALITY,
        f"The audit holds batches of {TABLE}",
        held,
        timedelta(minutes=1),
    )


def _deadlines() -> Iterator[Alert]:
    published = "dataset:last_success:timestamp_seconds"
    texts = {
        "day": ("ReportMissing", "is missing", "today"),
        "month": ("MonthClosingLate", "is late: the month is not closed", "this month"),
    }
    for every, (name, state, period) in texts.items():
        due = f'dataset:due_since:timestamp_seconds{{every="{every}"}}'
        never = call(f"max by ({BY})", f"{due}\nunless {ON} {published}")
        late = f"{due}\n> {ON} {published}\nor {never}"
        yield Alert(
            name,
            f"{call('', late).strip()}\n{SETTLED}",
            BY_TIER,
            Cause.DEADLINE,
            f"{TABLE} {state}",
            f"It was not published {period}, and its deadline is near or over.",
            timedelta(minutes=1),
        )
