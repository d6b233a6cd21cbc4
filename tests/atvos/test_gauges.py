"""Gauges are timestamps and totals, and what is unknown is not published at all."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from atvos import gauges
from atvos.contract import Severity
from atvos.dataset_state import Audit, BatchRecord, DatasetState, Freshness, Waiting
from atvos.ledger import Published
from atvos.metrics import Sample
from atvos.monitoring import registry
from atvos.monitoring.registry import Metric
from atvos.quality import CheckResult, CheckState
from tests.atvos.examples import LANDED, model, positions

NOW = LANDED + timedelta(hours=1)
LABELS = {"dataset": "positions", "layer": "curated", "tier": "1"}
PUBLISHED = Published(LANDED, NOW)
RECORD = BatchRecord(
    batch_id="0a",
    state="published",
    detail=None,
    recorded_at=NOW,
    landed_at=LANDED,
    objects=2,
    valid=6,
    rejected=2,
    duplicate=1,
    pending=1,
)


def state(**known: Any) -> DatasetState:
    values: dict[str, Any] = {"table": positions(), "now": NOW}
    return DatasetState(**values | known)


def values(found: list[Sample], metric: Metric, *labels: str) -> dict[Any, float]:
    """The samples of a metric by the values of these labels, or the one there is by ``()``."""
    return {
        tuple(sample.labels[label] for label in labels): sample.value
        for sample in found
        if sample.metric == metric
    }


def of(metric: Metric, *labels: str, **known: Any) -> dict[Any, float]:
    return values(gauges.of_dataset(state(**known)), metric, *labels)


def check(name: str, outcome: CheckState) -> CheckResult:
    return CheckResult(name, outcome, Severity.ERROR, "1", "0")


def test_a_published_table_has_its_newest_event_its_publish_and_its_promise() -> None:
    found = gauges.of_dataset(state(published=PUBLISHED))
    assert found[:3] == [
        Sample(registry.SLO, 300, LABELS),
        Sample(registry.LAST_EVENT, LANDED.timestamp(), LABELS),
        Sample(registry.LAST_SUCCESS, NOW.timestamp(), LABELS),
    ]


def test_an_event_after_now_is_clamped_to_now() -> None:
    ahead = Published(NOW + timedelta(minutes=4), NOW)
    assert of(registry.LAST_EVENT, published=ahead) == {(): NOW.timestamp()}


@pytest.mark.parametrize("published", [None, Published(None, None)])
def test_what_never_happened_has_no_gauge(published: Published | None) -> None:
    found = {sample.metric for sample in gauges.of_dataset(state(published=published))}
    assert found == {registry.SLO, registry.HELD_BATCHES, registry.VALID_RATIO_MINIMUM}


def test_every_sample_has_the_labels_that_the_registry_lists() -> None:
    full = state(
        published=PUBLISHED,
        rows=7,
        landed={"valid": 6},
        rejected={"malformed_json": 2},
        last_landed_at=LANDED,
        waiting=Waiting(1, LANDED),
        batches=(RECORD,),
        audit=Audit("0a", NOW, (check("a", CheckState.PASSED),)),
        gaps={"missed": 0},
    )
    found = gauges.of_dataset(full)
    assert all(set(sample.labels) == set(sample.metric.labels) for sample in found)
    sent = {sample.metric for sample in [*found, gauges.heartbeat(NOW)]}
    assert sent == {m for m in registry.OWN if m.kind is registry.Kind.GAUGE}


def test_rows_rejects_and_gaps_are_told_apart_by_label() -> None:
    known: dict[str, Any] = {
        "rows": 7,
        "landed": {"valid": 6, "rejected": 2},
        "rejected": {"malformed_json": 2, "null_value": 1},
        "gaps": {"missed": 3, "rows": 0},
    }
    assert of(registry.ROWS, **known) == {(): 7}
    assert of(registry.LANDED_ROWS, "outcome", **known) == {("valid",): 6, ("rejected",): 2}
    reasons = {("malformed_json",): 2, ("null_value",): 1}
    assert of(registry.REJECTED_ROWS, "reason", **known) == reasons
    assert of(registry.RECONCILE_GAPS, "kind", **known) == {("missed",): 3, ("rows",): 0}


def test_an_audit_has_all_three_counts() -> None:
    results = (
        check("a", CheckState.PASSED),
        check("b", CheckState.PASSED),
        check("c", CheckState.ERRORED),
    )
    found = of(registry.CHECKS, "state", audit=Audit("0a", NOW, results))
    assert found == {("passed",): 2, ("failed",): 0, ("errored",): 1}


def test_the_valid_ratio_is_that_of_the_newest_batch_and_counts_rejects_alone_against_it() -> None:
    older = replace(RECORD, rejected=9)
    assert of(registry.VALID_RATIO, batches=(RECORD, older)) == {(): 0.8}
    empty = replace(RECORD, valid=0, rejected=0, duplicate=0, pending=0)
    assert of(registry.VALID_RATIO, batches=(empty,)) == {(): 1.0}
    assert of(registry.VALID_RATIO_MINIMUM) == {(): 0.95}


def test_the_oldest_object_is_told_only_while_one_waits() -> None:
    assert of(registry.OLDEST_WAITING, waiting=Waiting(2, LANDED)) == {(): LANDED.timestamp()}
    assert of(registry.OLDEST_WAITING, waiting=Waiting(0, None)) == {}
    assert of(registry.WAITING_OBJECTS, waiting=Waiting(0, None)) == {(): 0}


def test_a_model_has_nothing_of_what_only_feeds_have() -> None:
    found = gauges.of_dataset(state(table=model(), published=PUBLISHED, rows=1))
    assert {sample.metric for sample in found} == {
        *(registry.SLO, registry.LAST_EVENT, registry.LAST_SUCCESS, registry.ROWS)
    }
    assert {sample.labels["dataset"] for sample in found} == {"fct_positions"}


def test_the_heartbeat_is_the_time_of_the_beat() -> None:
    assert gauges.heartbeat(NOW) == Sample(registry.HEARTBEAT, NOW.timestamp(), {})


@pytest.mark.parametrize(
    ("published", "now", "expected"),
    [
        (Published(LANDED, LANDED), LANDED + timedelta(minutes=5), Freshness.FRESH),
        (Published(LANDED, LANDED), LANDED + timedelta(minutes=5, seconds=1), Freshness.STALE),
        (Published(NOW + timedelta(hours=1), NOW), NOW, Freshness.FRESH),
        (Published(None, NOW), NOW, Freshness.UNKNOWN),
        (None, NOW, Freshness.UNKNOWN),
    ],
)
def test_a_dataset_is_fresh_while_its_newest_event_is_no_older_than_promised(
    published: Published | None, now: Any, expected: Freshness
) -> None:
    assert state(published=published, now=now).freshness is expected
