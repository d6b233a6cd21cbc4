"""Each way in which a mart's chain breaks is named; what it reads is walked where its own holds."""

from dataclasses import replace
from datetime import timedelta

import pytest

from atvos.contract.deadline import Every
from atvos.oncall.chain import Look, Runbook
from atvos.oncall.facts import Building
from atvos.oncall.report import as_json, sentence
from atvos.oncall.why import UnknownTableError, resolve
from atvos.quality import CheckState
from local.layout import REPOSITORY
from tests.oncall.worlds import (
    DAILY,
    MART,
    ago,
    audit,
    changes,
    dag,
    failure,
    feed_state,
    lock,
    mart_finding,
    mart_state,
    metrics,
    overdue_mart,
    published,
    result,
    run,
    stale,
)

TRANSFORM = "transform__fleet"
DAY = timedelta(days=1)


def test_of_a_fresh_mart_nothing_is_wrong_and_its_sources_are_told() -> None:
    found = mart_finding()
    assert found.broken is None
    assert [(link.name, link.evidence) for link in found.chain if link.name == "sources"] == [
        ("sources", "curated.positions 3 min")
    ]


def test_the_cause_of_a_late_mart_is_the_silent_source_of_its_feed() -> None:
    silent = feed_state(**stale(), last_landed_at=ago(hours=3))
    found = mart_finding(mart_state(**stale()), silent)
    assert sentence(found) == (
        "marts.fct_positions is stale (3 h old, SLO 30 min): curated.positions: no new object "
        "since 2025-06-02 06:00 (3 h ago), while data of at most 5 min is promised."
    )
    assert [link.table for link in found.chain if link.name == "landing"] == ["curated.positions"]


def test_exporter_trouble_does_not_hide_the_cause() -> None:
    silent = feed_state(**stale(), last_landed_at=ago(hours=3))
    found = mart_finding(mart_state(**stale()), silent, metrics=metrics(exporter_up=False))
    assert found.broken is not None
    assert found.broken.name == "landing"


def test_a_build_that_failed_is_named_with_its_task_before_the_sources() -> None:
    failed = dag(dag_id=TRANSFORM, last=run("failed", failure=failure("fct_positions.build")))
    found = mart_finding(
        mart_state(**stale()),
        feed_state(**stale()),
        dags={"fct_positions": failed},
        buildings={"fct_positions": changes()},
    )
    assert found.broken is not None
    assert (found.broken.name, found.broken.runbook) == ("run", "step-failing")
    assert "fct_positions.build of transform__fleet failed (try 3): ValueError" in sentence(found)
    assert "landing" not in [link.name for link in found.chain]


def test_a_backfill_that_locks_a_late_mart_is_named_with_its_owner() -> None:
    found = mart_finding(mart_state(**stale()), buildings={"fct_positions": Building(lock())})
    assert sentence(found).endswith(
        "builds wait for the lock of ana@atvos.example (tariff corrected), until 2025-06-02 10:00."
    )


def test_a_backfill_of_a_fresh_mart_is_no_fault() -> None:
    assert mart_finding(buildings={"fct_positions": Building(lock())}).broken is None


def test_a_build_that_a_check_stopped_is_named_with_what_it_measured() -> None:
    state = mart_state(**stale(), audit=audit(result(name="km", observed="-1", expected="0")))
    failed = dag(dag_id=TRANSFORM, last=run("failed", failure=failure("fct_positions.audit")))
    found = mart_finding(state, dags={"fct_positions": failed})
    assert found.broken is not None
    assert found.broken.name == "checks"
    assert "build 0a was stopped by km: observed -1; expected 0." in sentence(found)


def test_a_build_whose_check_errored_has_a_runbook_of_its_own() -> None:
    state = mart_state(**stale(), audit=audit(result(CheckState.ERRORED)))
    found = mart_finding(state).broken
    assert found is not None
    assert found.runbook is Runbook.ERRORED


def test_a_check_that_failed_before_the_last_publish_is_history() -> None:
    state = mart_state(audit=audit(result(), checked_at=ago(hours=5)))
    assert mart_finding(state).broken is None


def test_changes_that_no_run_takes_in_are_named_with_the_command() -> None:
    found = mart_finding(mart_state(**stale()), buildings={"fct_positions": changes()}).broken
    assert found is not None
    assert (found.name, found.runbook) == ("changes", "pipeline-stopped")
    assert "2 changes of curated.positions not taken in, and no run does" in found.evidence
    assert found.action == f"airflow dags trigger {TRANSFORM}"


def test_changes_that_are_being_taken_in_are_said_with_the_task() -> None:
    busy = dag(dag_id=TRANSFORM, current=run("running", tasks=("fct_positions.build",)))
    found = mart_finding(
        mart_state(**stale()),
        dags={"fct_positions": busy},
        buildings={"fct_positions": changes(1)},
    )
    assert found.broken is not None
    assert "1 change of curated.positions not taken in yet: a run of" in found.broken.evidence
    assert found.broken.runbook == "dataset-stale"


def test_a_running_build_does_not_hide_that_its_source_is_late() -> None:
    busy = dag(dag_id=TRANSFORM, current=run("running"))
    found = mart_finding(
        mart_state(**stale()),
        feed_state(**stale(), last_landed_at=ago(hours=3)),
        dags={"fct_positions": busy},
        buildings={"fct_positions": changes()},
    )
    assert found.broken is not None
    assert found.broken.name == "landing"


def test_a_mart_that_promises_more_than_its_sources_is_told_so() -> None:
    slow = replace(feed_state(**stale(180)), table=replace(feed_state().table, freshness_slo=DAY))
    found = mart_finding(mart_state(**stale()), slow)
    assert found.broken is not None
    assert found.broken.name == "sources"
    assert "it promises 30 min, and its sources keep their own promises with" in sentence(found)


@pytest.mark.parametrize(
    ("every", "runbook"), [(Every.DAY, Runbook.REPORT), (Every.MONTH, Runbook.MONTH)]
)
def test_a_report_past_its_deadline_waits_for_its_sources(every: Every, runbook: Runbook) -> None:
    found = mart_finding(overdue_mart(every))
    assert found.broken is not None
    assert (found.broken.name, found.broken.runbook) == ("sources", runbook)
    assert sentence(found).startswith("marts.fct_positions is fresh, past its deadline (")


def test_a_report_past_its_deadline_waits_for_a_source_that_is_late_itself() -> None:
    silent = feed_state(**stale(), last_landed_at=ago(hours=3))
    found = mart_finding(overdue_mart(), silent).broken
    assert found is not None
    assert (found.table, found.name) == ("curated.positions", "landing")


def test_a_report_that_was_published_today_meets_its_deadline() -> None:
    met = replace(mart_state(), table=replace(MART, deadline=DAILY))
    assert mart_finding(met).broken is None


def test_a_mart_that_was_never_built_is_unknown() -> None:
    found = mart_finding(mart_state(published=published(None)))
    assert found.broken is not None
    assert (found.broken.name, found.broken.runbook) == ("sources", "dataset-unknown")


def test_a_finding_as_json_has_the_chain_with_looks_and_runbooks() -> None:
    found = as_json(mart_finding(mart_state(**stale()), feed_state(**stale())))
    assert (found["dataset"], found["layer"], found["state"]) == (MART.name, "marts", "stale")
    assert found["broken"]["runbook"] == "docs/runbooks/en/source-silent.md"
    assert found["broken"] in found["chain"]
    assert {link["look"] for link in found["chain"]} <= set(Look)


@pytest.mark.parametrize("name", ["trips", "curated.trips"])
def test_a_feed_is_known_by_its_name_and_by_its_table(name: str) -> None:
    assert resolve(name, ["trips", "fct_km"]) == "trips"


def test_an_unknown_name_is_refused_with_the_nearest_and_all() -> None:
    with pytest.raises(UnknownTableError) as refused:
        resolve("marts.fct_kn", ["trips", "fct_km"])
    assert str(refused.value) == (
        "no feed or mart 'marts.fct_kn' (do you mean fct_km?); valid: fct_km, trips"
    )


@pytest.mark.parametrize("page", Runbook)
@pytest.mark.parametrize("language", ["en", "pt-BR"])
def test_every_runbook_that_is_named_is_there(page: Runbook, language: str) -> None:
    assert (REPOSITORY / "docs" / "runbooks" / language / f"{page.value}.md").is_file()
