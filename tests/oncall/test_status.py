"""The table of all datasets, for people and as JSON."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

from rich.console import Console

from atvos.dataset_state import DatasetState, Freshness, Waiting
from atvos.oncall import status
from atvos.quality import CheckState
from local.layout import REPOSITORY
from tests.oncall.worlds import (
    FEED,
    MART,
    NOW,
    ago,
    audit,
    batch,
    feed_state,
    mart_state,
    overdue_mart,
    published,
    result,
    stale,
)


def named(name: str, state: DatasetState, **other: Any) -> DatasetState:
    return replace(state, table=replace(state.table, name=name, **other))


def text_of(*states: DatasetState) -> str:
    console = Console(width=220, no_color=True, record=True, file=None)
    with console.capture() as captured:
        console.print(status.table(states, NOW))
    return captured.get()


def test_the_worst_is_first_and_alike_ones_by_tier_and_lateness() -> None:
    given = [
        named("fresh", feed_state()),
        named("held", feed_state(held_batches=1)),
        named("overdue", overdue_mart()),
        named("unknown", feed_state(published=None)),
        named("late", feed_state(**stale(30))),
        named("later", feed_state(**stale(60))),
        named("important", feed_state(**stale(20)), tier=0),
    ]
    found = [state.table.name for state in status.worst_first(given)]
    assert found == ["important", "later", "late", "unknown", "overdue", "held", "fresh"]


def test_states_are_words_and_not_only_colours() -> None:
    shown = text_of(feed_state(**stale()), feed_state(), feed_state(published=None))
    assert "1 stale, 1 fresh, 1 unknown at 2025-06-02 09:00 (America/Sao_Paulo)" in shown
    for word in ("stale", "fresh", "unknown"):
        assert f" {word} " in shown


def test_a_line_says_what_waits_is_held_rejected_and_failing() -> None:
    state = feed_state(
        **stale(),
        waiting=Waiting(3, ago(minutes=40)),
        held_batches=2,
        batches=(batch("held"),),
        landed={"valid": 10, "rejected": 7},
        audit=audit(result(), result(CheckState.PASSED, name="other")),
    )
    line = next(line for line in text_of(state).splitlines() if "curated.positions" in line)
    cells = [cell.strip() for cell in line.strip("│").split("│")]
    assert cells[2:] == [
        "stale",
        "2025-06-02 06:00",
        "3 h",
        "5 min",
        "2025-06-02 08:58 held, 10 rows",
        "3 objects, 40 min",
        "2",
        "7",
        "valid_ratio",
    ]


def test_a_missed_deadline_is_said_beside_the_state() -> None:
    state = overdue_mart()
    assert " fresh, past its deadline " in text_of(state)
    assert status.as_json([state], NOW)["datasets"][0]["past_deadline"] is True
    assert status.needs_care([state])


def test_a_filter_takes_layers_and_states() -> None:
    given = [feed_state(), mart_state(), mart_state(**stale())]
    assert status.chosen(given, [], []) == given
    assert status.chosen(given, ["marts"], ["stale"]) == [given[2]]
    assert status.chosen(given, ["curated"], []) == [given[0]]


def test_stale_and_unknown_need_care() -> None:
    assert not status.needs_care([feed_state(), mart_state()])
    assert status.needs_care([feed_state(), mart_state(**stale())])
    assert status.needs_care([feed_state(published=None)])


def test_json_has_every_fact_of_a_feed() -> None:
    state = feed_state(waiting=Waiting(1, ago(minutes=1)), held_batches=1)
    found = json.loads(json.dumps(status.as_json([state], NOW)))
    assert found == {
        "now": "2025-06-02T12:00:00+00:00",
        "datasets": [
            {
                "dataset": "positions",
                "layer": "curated",
                "tier": FEED.tier,
                "state": "fresh",
                "past_deadline": False,
                "data_as_of": "2025-06-02T11:57:00+00:00",
                "age_seconds": 180,
                "slo_seconds": 300,
                "last_success_at": "2025-06-02T11:58:00+00:00",
                "rows": 10,
                "last_run": {
                    "id": "0a",
                    "at": "2025-06-02T11:58:00+00:00",
                    "rows": 10,
                    "outcome": "published",
                },
                "waiting_objects": 1,
                "oldest_waiting_at": "2025-06-02T11:59:00+00:00",
                "held_batches": 1,
                "rejected_rows": 0,
                "pending_rows": 0,
                "failing_checks": [],
            }
        ],
    }


def test_the_last_run_of_a_mart_is_its_build() -> None:
    assert status.last_run(mart_state(audit=audit(run_id="b1", checked_at=ago(minutes=2)))) == {
        "id": "b1",
        "at": ago(minutes=1),
        "rows": 4,
        "outcome": "published",
    }


def test_a_build_that_a_check_stopped_is_the_last_run() -> None:
    found = status.last_run(mart_state(audit=audit(result(), checked_at=NOW)))
    assert found == {"id": "0a", "at": NOW, "rows": None, "outcome": "stopped"}


def test_a_table_that_never_ran_has_no_last_run() -> None:
    assert status.last_run(feed_state(published=None, batches=())) is None
    assert status.last_run(mart_state(published=None)) is None
    assert status.last_run(mart_state(published=published(None))) is None


def test_the_examples_are_what_they_are_called() -> None:
    assert (feed_state().freshness, mart_state().freshness) == (Freshness.FRESH, Freshness.FRESH)
    assert timedelta(minutes=30) == MART.freshness_slo


def test_every_attribute_of_the_json_is_documented() -> None:
    described = (REPOSITORY / "docs" / "oncall.md").read_text(encoding="utf-8")
    entry = status.as_json([feed_state()], NOW)["datasets"][0]
    assert [name for name in (*entry, *entry["last_run"]) if f'"{name}"' not in described] == []
