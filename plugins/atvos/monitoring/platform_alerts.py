"""Alerts on what all datasets share: the exporter, the heartbeat, Airflow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from atvos.monitoring import registry
from atvos.monitoring.alerts import AGE, BY_TIER, ON, SETTLED, Alert, Cause, Severity
from atvos.monitoring.promql import gauge
from atvos.monitoring.timing import Timing, duration, seconds
from atvos.powerbi import refresh

# Clocks go at their own pace, in a drill too.
_SKEW_LIMIT = timedelta(seconds=30)


def platform(timing: Timing) -> Iterator[Alert]:
    """All alerts on the platform."""
    yield from _monitoring(timing)
    yield _clock()
    yield from _airflow(timing)
    yield _power_bi(timing)


def _monitoring(timing: Timing) -> Iterator[Alert]:
    window = duration(timing.silence)
    yield Alert(
        "ExporterDown",
        'up{job="statsd"} == 0\nor absent(up{job="statsd"})',
        Severity.PAGE,
        Cause.MONITORING,
        "Nobody can see how fresh the tables are: statsd_exporter does not answer",
        "Tables may be fine or not; until it answers, ask with `atvos status`.",
        timedelta(minutes=2),
    )
    yield Alert(
        "HeartbeatMissing",
        "platform:reporting:bool == 0\n"
        f'and on () (min(min_over_time(up{{job="statsd"}}[{window}])) == 1)',
        Severity.PAGE,
        Cause.MONITORING,
        "Airflow's heartbeat has ended",
        "The heartbeat DAG has not reported for two beats: Airflow runs no tasks, or its "
        "metrics do not arrive.",
        timedelta(minutes=3),
    )


def _clock() -> Alert:
    heartbeat = "platform:heartbeat:timestamp_seconds"
    return Alert(
        "ClockAhead",
        f"{heartbeat} - time() > {seconds(_SKEW_LIMIT)}",
        Severity.TICKET,
        Cause.MONITORING,
        "Airflow's clock is ahead of Prometheus'",
        f"By {AGE}: ages are wrong, and stale data looks fresher than it is.",
        timedelta(minutes=5),
    )


def _airflow(timing: Timing) -> Iterator[Alert]:
    window = duration(timing.scaled(timedelta(minutes=5)))
    yield Alert(
        "DagImportErrors",
        f"max({registry.IMPORT_ERRORS.name}) > 0",
        Severity.TICKET,
        Cause.PIPELINE,
        "Airflow cannot import DAG files",
        "{{ $value }} files are broken: their DAGs go on as they were, or are gone.",
        timedelta(minutes=5),
    )
    yield Alert(
        "SchedulerSilent",
        f"sum(increase({registry.SCHEDULER_HEARTBEAT.name}[{window}])) == 0",
        Severity.TICKET,
        Cause.PIPELINE,
        "Airflow's scheduler is silent",
        "It has given no sign of life for five minutes.",
        timedelta(minutes=1),
    )


def _power_bi(timing: Timing) -> Alert:
    semantic = f'layer="{refresh.LABELS["layer"]}"'
    waited = f"time() - {gauge(registry.LAST_EVENT, timing, semantic)}"
    slo = gauge(registry.SLO, timing, semantic)
    if timing.slo_scale != 1:
        slo += f" * {timing.slo_scale:g}"
    return Alert(
        "PowerBiBehind",
        f"{waited}\n> {ON} {slo}\n{SETTLED}",
        BY_TIER,
        Cause.PIPELINE,
        "Power BI does not have the newest data",
        f"A table was published {AGE} ago, and the semantic model was not refreshed since.",
        timedelta(minutes=10),
    )
