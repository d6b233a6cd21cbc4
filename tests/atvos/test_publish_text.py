"""Publish statements hold identifiers, dates and batch ids, and nothing from outside."""

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest

from atvos import builds, publish
from atvos.batch import Batch, BatchStats
from atvos.builds import Build
from atvos.contract import Feed, LoadMode
from tests.atvos.examples import DAY, batch, model, positions, stats, version

HOSTILE = "positions/x'; DROP TABLE `curated`.positions; -- \"\\\n${table}.ndjson"
MADE = batch(version(HOSTILE, bucket="lan'ding", crc32c="';'"), version("b", 2))
FOUND = stats(MADE.batch_id, reasons={"'; DROP": 1}, objects_uri="gs://work/';'")
LITERAL = re.compile(r"'([^']*)'")
WORDS = "positions|curated.positions|batch|published|held|has_rows, km_known"
ALLOWED = re.compile(rf"[0-9a-f]{{20}}|\d{{4}}-\d{{2}}-\d{{2}}|{WORDS}")
MODES = list(LoadMode)


def scripts(feed: Feed, made: Batch = MADE, found: BatchStats = FOUND) -> dict[str, str]:
    return {
        "publish": publish.publish(feed, made, found),
        "quarantine": publish.quarantine(feed, made),
        "hold": publish.hold(feed, made, "has_rows, km_known"),
    }


@pytest.mark.parametrize("mode", MODES)
def test_every_literal_is_a_date_a_batch_id_or_a_word_of_the_platform(mode: LoadMode) -> None:
    for sql in scripts(positions(mode)).values():
        assert [text for text in LITERAL.findall(sql) if not ALLOWED.fullmatch(text)] == []


@pytest.mark.parametrize("mode", MODES)
def test_nothing_of_an_objects_name_is_in_the_text(mode: LoadMode) -> None:
    for sql in scripts(positions(mode)).values():
        assert not re.search(r"DROP|ndjson|lan'ding|gs://|--|\$\{", sql)


@pytest.mark.parametrize("mode", MODES)
def test_the_text_is_the_same_whatever_the_objects_are_called(mode: LoadMode) -> None:
    plain = batch(version("a"), version("b", 2))
    expected = scripts(positions(mode), plain, stats(plain.batch_id))
    found = {
        step: sql.replace(MADE.batch_id, plain.batch_id)
        for step, sql in scripts(positions(mode)).items()
    }
    assert found == expected


def test_what_a_hold_says_cannot_end_its_literal() -> None:
    sql = publish.hold(positions(), MADE, "it's \\ `has_rows`; DROP --\n")
    assert "'its  has_rows DROP '" in sql


@pytest.mark.parametrize("mode", MODES)
def test_publishing_is_one_transaction(mode: LoadMode) -> None:
    statements = publish.publish(positions(mode), MADE, FOUND).split(";\n\n")
    assert (statements[0], statements[-1]) == ("BEGIN TRANSACTION", "COMMIT TRANSACTION;")
    assert "MERGE `ops.object_ledger`" in statements[1]
    assert "INSERT INTO `ops.table_changes`" in statements[2]
    assert all("`curated.positions`" in statement for statement in statements[3:-1])


def test_append_merges_into_the_batchs_days_alone() -> None:
    found = replace(FOUND, event_dates=(DAY, DAY + timedelta(days=40)))
    days = "T.`seen_date` IN (DATE '2025-06-01', DATE '2025-07-11')"
    assert publish.publish(positions(), MADE, found).count(days) == 2


def test_upsert_looks_as_far_around_its_days_as_late_data_may_stand() -> None:
    feed = replace(positions(LoadMode.UPSERT_LATEST), max_late=timedelta(days=10))
    window = "T.`seen_date` BETWEEN DATE '2025-05-22' AND DATE '2025-06-11'"
    assert window in publish.publish(feed, MADE, FOUND)


def test_only_a_nullable_key_column_pays_for_comparing_nulls() -> None:
    sql = publish.publish(positions(), MADE, FOUND)
    assert "T.`device` = S.`device`" in sql
    assert "T.`trip` IS NOT DISTINCT FROM S.`trip`" in sql


@pytest.mark.parametrize("mode", [LoadMode.APPEND_FIRST, LoadMode.UPSERT_LATEST])
def test_a_batch_without_rows_touches_the_ledger_alone(mode: LoadMode) -> None:
    empty = replace(FOUND, rows_valid=0, event_dates=())
    assert "curated" not in publish.publish(positions(mode), MADE, empty)


def test_the_ledger_is_looked_up_in_the_days_on_which_the_objects_landed() -> None:
    made = batch(version(created_at=version().created_at.replace(day=9)), version("b"))
    assert made.landed_dates == (date(2025, 6, 2), date(2025, 6, 9))
    days = "L.landed_date IN (DATE '2025-06-02', DATE '2025-06-09')"
    assert days in publish.publish(positions(), made, FOUND)


def test_a_models_publish_holds_dates_ids_and_its_name() -> None:
    build = Build("fct_positions", (DAY,), ("0" * 20, "a" * 20), version().created_at)
    found = LITERAL.findall(builds.publish_sql(model(), build))
    assert set(found) == {
        *("2025-06-01", "fct_positions", "0" * 20, "a" * 20, build.build_id),
        *("2025-06-02T12:00:01+00:00", "build", "free"),
        *("marts.fct_positions", "models.fct_positions_v1"),
        "models.fct_positions_v1 is locked by a backfill, see ops.locks",
    }
