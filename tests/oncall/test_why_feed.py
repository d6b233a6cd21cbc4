"""Each way in which a feed's chain breaks is named, as the first broken link."""

from dataclasses import replace

import pytest

from atvos.contract import Reference
from atvos.contract.calendar import SloCalendar, Weekday
from atvos.dataset_state import DatasetState, Freshness, Waiting
from atvos.oncall.chain import Link, Look
from atvos.oncall.facts import Component, NotLooked
from atvos.oncall.report import sentence
from tests.oncall.worlds import (
    DAG,
    FEED,
    URL,
    ago,
    audit,
    batch,
    dag,
    failure,
    feed_finding,
    feed_state,
    health,
    metrics,
    published,
    result,
    run,
    stale,
)

WAITING = Waiting(3, ago(minutes=40))


def stuck() -> DatasetState:
    """Stale, as three objects wait."""
    return feed_state(**stale(), waiting=WAITING, last_landed_at=ago(minutes=10))


def broken(link: Link | None) -> tuple[str, str | None]:
    """Name and runbook of a broken link."""
    assert link is not None
    assert link.look is Look.BROKEN
    return link.name, link.runbook


def test_of_a_table_that_is_well_the_age_and_the_slo_are_said() -> None:
    found = feed_finding()
    assert found.broken is None
    assert sentence(found) == (
        "curated.positions is fresh (3 min old, SLO 5 min): nothing is wrong."
    )
    assert {link.look for link in found.chain} == {Look.OK}


def test_a_silent_source_is_named_with_its_last_object() -> None:
    found = feed_finding(feed_state(**stale(), last_landed_at=ago(minutes=180)))
    assert broken(found.broken) == ("landing", "source-silent")
    assert sentence(found) == (
        "curated.positions is stale (3 h old, SLO 5 min): no new object since "
        "2025-06-02 06:00 (3 h ago), while data of at most 5 min is promised."
    )
    assert found.broken is not None
    assert FEED.owner in str(found.broken.action)


def test_a_feed_without_any_object_waits_for_its_first() -> None:
    found = feed_finding(feed_state(published=None, batches=(), last_landed_at=None))
    assert broken(found.broken) == ("landing", "source-silent")
    assert "no object has ever landed below positions/" in sentence(found)


def test_objects_wait_as_the_scheduler_is_dead() -> None:
    dead = health(scheduler=Component(False, ago(minutes=50)))
    found = feed_finding(stuck(), health=dead)
    assert broken(found.broken) == ("airflow", "scheduler-silent")
    assert "Airflow's scheduler has had no heartbeat since 2025-06-02 08:10 (50 min" in sentence(
        found
    )


@pytest.mark.parametrize(
    ("wrong", "told", "runbook"),
    [
        ({"is_paused": True}, f"the DAG {DAG} is paused", "pipeline-stopped"),
        ({"is_known": False}, f"Airflow has no DAG {DAG}", "pipeline-stopped"),
        (
            {"import_error": "SyntaxError: x"},
            f"the file of {DAG} cannot be imported: SyntaxErr",
            "dag-import-errors",
        ),
    ],
)
def test_objects_wait_as_the_dag_cannot_run(
    wrong: dict[str, object], told: str, runbook: str
) -> None:
    found = feed_finding(stuck(), dags={"positions": dag(**wrong)})
    assert broken(found.broken) == ("dag", runbook)
    assert told in sentence(found)


def test_a_paused_dag_comes_with_the_command_that_unpauses_it() -> None:
    found = feed_finding(stuck(), dags={"positions": dag(is_paused=True)}).broken
    assert found is not None
    assert found.action == f"airflow dags unpause {DAG}"


def test_a_task_that_failed_is_named_with_its_error() -> None:
    dags = {"positions": dag(last=run("failed", failure=failure()))}
    found = feed_finding(stuck(), dags=dags)
    assert broken(found.broken) == ("run", "step-failing")
    assert f"curate of {DAG} failed (try 3): ValueError: rows do not reconcile." in sentence(found)
    assert found.broken is not None
    assert found.broken.action == f"look at {URL}/runs/r1/tasks/curate"


def test_a_task_that_is_tried_again_is_named_too() -> None:
    again = failure(try_number=1, is_tried_again=True, error=())
    dags = {"positions": dag(current=run("running", tasks=("curate",), failure=again))}
    found = feed_finding(stuck(), dags=dags)
    assert "curate of ingest__positions failed (try 1) and is tried again; its log" in sentence(
        found
    )


def test_what_is_being_taken_in_is_said_with_the_task_that_does_it() -> None:
    dags = {"positions": dag(current=run("running", tasks=("publish",)))}
    found = feed_finding(stuck(), dags=dags)
    assert broken(found.broken) == ("objects", "dataset-stale")
    assert "3 objects waiting, the oldest since 2025-06-02 08:20 (40 min ago)" in sentence(found)
    assert "is running in publish." in sentence(found)


def test_objects_that_no_run_takes_in_are_named() -> None:
    found = feed_finding(stuck())
    assert broken(found.broken) == ("objects", "pipeline-stopped")
    assert "and no run takes them in" in sentence(found)


def test_an_object_that_waits_too_long_is_a_fault_of_a_fresh_table_too() -> None:
    found = feed_finding(feed_state(waiting=WAITING))
    assert broken(found.broken) == ("objects", "pipeline-stopped")
    assert sentence(found).startswith("curated.positions is fresh (3 min old, SLO 5 min), but ")


def test_an_object_that_landed_a_moment_ago_is_none() -> None:
    found = feed_finding(feed_state(waiting=Waiting(1, ago(seconds=30))))
    assert found.broken is None


def test_a_held_batch_is_named_with_what_its_check_measured() -> None:
    held = batch("held", detail="valid_ratio")
    state = feed_state(**stale(), batches=(held,), held_batches=1, audit=audit(result()))
    dags = {"positions": dag(last=run("failed", failure=failure("audit")))}
    found = feed_finding(state, dags=dags)
    assert broken(found.broken) == ("batches", "batch-held")
    assert (
        "1 batch is held back: 0a by valid_ratio: observed 80.00%; expected at least 95.00%"
        in sentence(found)
    )


def test_a_held_batch_whose_audit_is_gone_is_named_with_its_checks() -> None:
    held = batch("held", detail="valid_ratio")
    found = feed_finding(feed_state(**stale(), batches=(held,), held_batches=1))
    assert "1 batch is held back: 0a by valid_ratio." in sentence(found)


def test_a_held_batch_does_not_hide_that_the_source_is_silent() -> None:
    held = batch("held", batch_id="0b")
    state = feed_state(
        **stale(), batches=(batch(), held), held_batches=1, last_landed_at=ago(hours=3)
    )
    assert broken(feed_finding(state).broken) == ("landing", "source-silent")


def test_a_batch_of_rows_that_all_wait_for_a_reference_is_named() -> None:
    waits = batch(valid=0, pending=10)
    referring = replace(
        FEED,
        columns=tuple(
            replace(column, reference=Reference("vehicles", "device"))
            if column.name == "device"
            else column
            for column in FEED.columns
        ),
    )
    state = replace(
        feed_state(**stale(), batches=(waits,), landed={"pending": 10}), table=referring
    )
    found = feed_finding(state)
    assert broken(found.broken) == ("rows", "source-silent")
    assert "10 rows waiting for vehicles: the newest batch has no others" in sentence(found)


def test_objects_with_old_rows_are_told_from_no_objects() -> None:
    found = feed_finding(feed_state(**stale()))
    assert broken(found.broken) == ("events", "source-silent")
    assert "objects still land, but the newest event is of 2025-06-02 06:00" in sentence(found)


def test_a_batch_that_is_held_explains_that_nothing_was_published() -> None:
    held = feed_state(published=None, batches=(batch("held"),), held_batches=1)
    looks = {link.name: link.look for link in feed_finding(held).chain}
    assert (looks["batches"], looks["events"]) == (Look.BROKEN, Look.OK)


def test_of_a_dag_that_there_is_not_no_run_is_looked_at() -> None:
    found = feed_finding(stuck(), dags={"positions": dag(is_known=False)})
    assert [link.look for link in found.chain if link.name == "run"] == [Look.NOT_LOOKED_AT]


def test_a_feed_that_lands_and_never_published_is_unknown() -> None:
    found = feed_finding(feed_state(published=None))
    assert broken(found.broken) == ("events", "dataset-unknown")
    assert sentence(found).startswith("curated.positions is unknown (SLO 5 min): ")


@pytest.mark.parametrize(
    ("wrong", "told", "runbook"),
    [
        ({"exporter_up": False}, "the exporter is down", "exporter-down"),
        ({"exporter_up": None}, "the exporter is not scraped", "exporter-down"),
        ({"heartbeat_at": None}, "heartbeat has never been seen", "heartbeat-missing"),
        (
            {"heartbeat_at": ago(minutes=9)},
            "heartbeat was at 2025-06-02 08:51",
            "heartbeat-missing",
        ),
        ({"last_success": {}}, "Prometheus has no series of it", "dataset-unknown"),
    ],
)
def test_a_metric_that_is_not_reported_is_named(
    wrong: dict[str, object], told: str, runbook: str
) -> None:
    found = feed_finding(metrics=metrics(**wrong))
    assert broken(found.broken) == ("metric", runbook)
    assert told in sentence(found)


def test_a_metric_behind_the_ledger_is_named_once_it_had_time_to_come() -> None:
    late = metrics(last_success={"positions": ago(minutes=30)})
    assert feed_finding(metrics=late).broken is None
    state = feed_state(published=published(ago(minutes=3), ago(minutes=20)))
    found = feed_finding(state, metrics=late)
    assert broken(found.broken) == ("metric", "heartbeat-missing")
    assert "its publish of 2025-06-02 08:30, the ledger one of 2025-06-02 08:40" in sentence(found)


def test_what_could_not_be_asked_is_said_and_not_guessed() -> None:
    airflow = NotLooked("set ATVOS_AIRFLOW_URL")
    prometheus = NotLooked("set ATVOS_PROMETHEUS_URL")
    found = feed_finding(health=airflow, dags={"positions": airflow}, metrics=prometheus)
    missing = {link.name: link.evidence for link in found.chain if link.look is Look.NOT_LOOKED_AT}
    assert missing == {
        "airflow": "set ATVOS_AIRFLOW_URL",
        "dag": "set ATVOS_AIRFLOW_URL",
        "run": "set ATVOS_AIRFLOW_URL",
        "metric": "set ATVOS_PROMETHEUS_URL",
    }
    assert sentence(found).endswith("nothing is wrong; 4 links not looked at.")


def test_nothing_is_promised_outside_the_calendar() -> None:
    state = replace(
        feed_state(**stale(), last_landed_at=ago(hours=3)),
        table=replace(FEED, calendar=SloCalendar((Weekday.SUN,))),
    )
    assert state.freshness is Freshness.PAUSED
    assert feed_finding(state).broken is None
