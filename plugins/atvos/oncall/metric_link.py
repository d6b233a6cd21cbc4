"""The last link: whether Prometheus was told what the ledger says."""

from __future__ import annotations

from datetime import timedelta

from atvos.oncall import words
from atvos.oncall.chain import Case, Link, Runbook
from atvos.oncall.facts import Metrics, NotLooked

BEAT = timedelta(minutes=6)
"""How old the heartbeat may be: it beats every two minutes, and two may be lost."""
_ROUNDING = timedelta(seconds=1)


def link(case: Case) -> Link:
    """Whether exporter, heartbeat and the table's own series are there and not behind."""
    metrics = case.facts.metrics
    if isinstance(metrics, NotLooked):
        return case.unseen("metric", metrics)
    if metrics.exporter_up is not True:
        told = "is down" if metrics.exporter_up is False else "is not scraped"
        sentence = f"its metrics are not reported: the exporter {told}"
        return case.broken("metric", sentence, "start statsd_exporter again", Runbook.EXPORTER)
    beat = metrics.heartbeat_at
    if beat is None or case.now - beat > BEAT:
        told = f"was at {words.since(beat, case.now)}" if beat else "has never been seen"
        sentence = f"its metrics are not reported: the last heartbeat {told}"
        action = "airflow dags trigger heartbeat"
        return case.broken("metric", sentence, action, Runbook.HEARTBEAT)
    return _series(case, metrics)


def _series(case: Case, metrics: Metrics) -> Link:
    published = case.state.published
    success = published.last_success_at if published else None
    if success is None:
        return case.ok("metric", "there is no publish to report")
    reported = metrics.last_success.get(case.name)
    action = "airflow dags trigger heartbeat"
    if reported is None:
        sentence = "Prometheus has no series of it, though it was published"
        return case.broken("metric", sentence, action, Runbook.UNKNOWN)
    # A publish of a moment ago may not have been scraped yet.
    if success - reported > _ROUNDING and case.now - success > BEAT:
        sentence = (
            f"Prometheus has its publish of {words.moment(reported)}, "
            f"the ledger one of {words.moment(success)}"
        )
        return case.broken("metric", sentence, action, Runbook.HEARTBEAT)
    return case.ok("metric", "Prometheus has what the ledger says")
