"""Names fit what Google's services accept as ids."""

import re

import pytest

from atvos import names
from tests.atvos.examples import batch, version

LONGEST = "a" + "b_9" * 15 + "zz"
"""A feed's name as long as contracts allow it: 48 characters."""
STEPS = ["prepare", "stage_rows", "stage_rejects", "stage_objects", "quarantine", "publish", "hold"]
FEEDS = ["vehicles", "telemetry_events", LONGEST]


@pytest.mark.parametrize("feed", FEEDS)
@pytest.mark.parametrize("step", STEPS)
def test_a_bigquery_job_id_has_letters_digits_underscores_and_1024_at_most(
    feed: str, step: str
) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,1024}", names.bigquery_job(step, feed, batch().batch_id))


def test_every_step_of_every_batch_is_a_job_of_its_own() -> None:
    batches = [batch().batch_id, batch(version("b")).batch_id]
    ids = [names.bigquery_job(s, f, b) for s in STEPS for f in FEEDS for b in batches]
    assert len(set(ids)) == len(STEPS) * len(FEEDS) * len(batches)


@pytest.mark.parametrize("feed", FEEDS)
def test_a_dataflow_job_name_is_lower_case_with_dashes_and_100_at_most(feed: str) -> None:
    name = names.dataflow_job(feed, batch().batch_id)
    assert re.fullmatch(r"[a-z]([-a-z0-9]{0,98}[a-z0-9])", name)


@pytest.mark.parametrize("part", ["", "rejects", "objects"])
def test_a_staging_table_is_named_after_feed_batch_and_part(part: str) -> None:
    found = names.staging_table(LONGEST, batch().batch_id, part)
    assert re.fullmatch(r"staging\.[a-z0-9_]{1,300}", found)
    assert found.removesuffix(f"__{part}").endswith(f"{LONGEST}__{batch().batch_id}")


def test_a_table_and_its_asset_have_one_name() -> None:
    assert names.table_asset("curated.vehicles") == "atvos://bigquery/curated/vehicles"


def test_no_feed_lies_in_the_landing_folder_of_another() -> None:
    assert not names.landing_prefix("vehicles_old").startswith(names.landing_prefix("vehicles"))


def test_names_say_which_dataset_they_are_in() -> None:
    found = [names.curated_table("f"), names.quarantine_table("f"), names.mart("m")]
    assert found == ["curated.f", "quarantine.f", "marts.m"]
