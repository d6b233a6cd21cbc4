"""Alerts on what is wrong with the data, or with looking at it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from atvos.contract import reasons
from atvos.monitoring import registry
from atvos.monitoring.alerts import AGE, BY_DAY, TABLE, Alert, Cause
from atvos.monitoring.promql import BY, call, gauge, total
from atvos.monitoring.timing import Timing, duration, seconds

_MANY_FUTURE = 10
_MANY_REJECTED = 20
_LATENCY_LIMIT = timedelta(minutes=5)


def quality(timing: Timing) -> Iterator[Alert]:
    """All alerts on the quality of the data, and on how long it takes."""
    yield from _checks(timing)
    yield _future(timing)
    yield _latency(timing)


def _checks(timing: Timing) -> Iterator[Alert]:
    errored = gauge(registry.CHECKS, timing, 'state="errored"')
    ratio, minimum = (
        gauge(registry.VALID_RATIO, timing),
        gauge(registry.VALID_RATIO_MINIMUM, timing),
    )
    gaps = gauge(registry.RECONCILE_GAPS, timing, "", "kind")
    yield Alert(
        "ChecksErrored",
        f"{errored} > 0",
        BY_DAY,
        Cause.QUALITY,
        f"Checks of {TABLE} cannot be run",
        "{{ $value }} checks of the last audit ended with an error: they say nothing of the data.",
        timedelta(minutes=5),
    )
    yield Alert(
        "QuarantineGrowing",
        "dataset:rejected_rows:increase1h / (dataset:read_rows:increase1h > 0)\n"
        f"> 0.5 * (1 - {minimum})\n"
        f"and dataset:rejected_rows:increase1h >= {_MANY_REJECTED}",
        BY_DAY,
        Cause.SOURCE,
        f"Many records of {TABLE} are rejected",
        "{{ $value | humanizePercentage }} of what was read in the last hour is in quarantine: "
        "more than half of what the contract bears.",
    )
    yield Alert(
        "ValidRatioLow",
        f"{ratio} < {minimum}",
        BY_DAY,
        Cause.SOURCE,
        f"Too few records of {TABLE} are valid",
        "{{ $value | humanizePercentage }} of the last batch were valid, less than the contract's "
        "bound.",
    )
    yield Alert(
        "ReconcileGap",
        f"{gaps} > 0",
        BY_DAY,
        Cause.PIPELINE,
        f"Bucket, ledger and table of {TABLE} disagree",
        "Reconciling found {{ $value }} differences of the kind {{ $labels.kind }}.",
        timedelta(minutes=30),
    )


def _future(timing: Timing) -> Alert:
    ago = duration(timing.scaled(timedelta(hours=1)))
    chosen = f'reason=~"{reasons.FUTURE}(:.+)?"'
    now = total(registry.REJECTED_ROWS, timing, chosen)
    before = total(registry.REJECTED_ROWS, timing, chosen, ago)
    # Who was read an hour ago and had no such reject had none; who was not is not known.
    none = f"0 * {total(registry.LANDED_ROWS, timing, ago=ago)}"
    return Alert(
        "FutureEvents",
        f"{now}\n- ({before} or {none})\n> {_MANY_FUTURE}",
        BY_DAY,
        Cause.SOURCE,
        f"Events of {TABLE} lie in the future",
        "{{ $value }} records of the last hour were rejected for it: a clock at the source is "
        "wrong.",
    )


def _latency(timing: Timing) -> Alert:
    window = duration(timing.scaled(timedelta(minutes=30)))
    buckets = f"rate({registry.LATENCY.name}_bucket[{window}])"
    quantile = f"0.95,\n{call(f'sum by ({BY}, le)', buckets)}"
    return Alert(
        "LatencyHigh",
        f"{call('histogram_quantile', quantile)} > {seconds(timing.scaled(_LATENCY_LIMIT))}",
        BY_DAY,
        Cause.PIPELINE,
        f"Objects of {TABLE} take long to become rows",
        f"95 % of them were queryable within {AGE} after landing; 5 minutes are promised.",
        timedelta(minutes=10),
    )
