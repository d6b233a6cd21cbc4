"""What a table is dated, partitioned and keyed by."""

from pathlib import Path
from typing import Any

import pytest

from atvos.contract import LoadMode
from tests.scaffold.helpers import comments, feed_of, loaded, ndjson, proposed

DAYS = [f"2025-06-{day:02d}" for day in range(1, 29)]


def test_an_identifier_and_the_event_time_are_the_key(tmp_path: Path) -> None:
    records = [
        {"km": n + 0.5, "createdAt": f"{day}T00:00:00Z", "event_time": f"{day}T00:00:00Z", "id": n}
        for n, day in enumerate(DAYS)
    ]
    feed = feed_of(tmp_path, ndjson(records))
    assert (feed.key, feed.event_time) == (("id", "event_time"), "event_time")
    assert feed.load_mode is LoadMode.APPEND_FIRST
    assert feed.partition is not None
    assert (feed.partition.name, feed.partition.derived_from) == ("event_date", "event_time")
    assert feed.partition.time_zone == "America/Sao_Paulo"


def test_columns_that_are_unique_only_together_are_the_key(tmp_path: Path) -> None:
    records = [
        {"unidade": unit, "frota": fleet, "dia": day, "km": 1.5}
        for unit in "AB"
        for fleet in "XY"
        for day in DAYS
    ]
    found = proposed(tmp_path, ndjson(records))
    feed = loaded(tmp_path, found)
    assert (feed.key, feed.partition and feed.partition.name) == (
        ("unidade", "frota", "dia"),
        "dia",
    )
    assert "inferred: key unidade + frota + dia" in comments(found)


def test_rows_that_come_twice_are_no_doubt(tmp_path: Path) -> None:
    records = [{"id": n, "dia": day} for n, day in enumerate(DAYS)]
    found = proposed(tmp_path, ndjson([*records, records[3]]))
    assert loaded(tmp_path, found).key == ("id", "dia")
    assert "unique" not in comments(found)


@pytest.mark.parametrize(
    ("records", "doubt"),
    [
        ([{"id": 1, "dia": "2025-06-01"}], "1 records prove little: is it unique?"),
        (
            [{"a": "x", "dia": "2025-06-01", "km": n / 8} for n in range(30)],
            "NOT unique: 30 different records have 1 keys",
        ),
    ],
)
def test_all_doubt_about_a_key_is_said(
    tmp_path: Path, records: list[dict[str, Any]], doubt: str
) -> None:
    found = proposed(tmp_path, ndjson(records))
    assert doubt in found.findings
    assert doubt in comments(found)


def test_without_a_date_the_newest_file_is_the_table(tmp_path: Path) -> None:
    found = proposed(tmp_path, ndjson([{"id": n, "dia": None} for n in range(30)]))
    feed = loaded(tmp_path, found)
    assert (feed.load_mode, feed.event_time) == (LoadMode.REPLACE_SNAPSHOT, None)
    assert "no date or time that every record has" in comments(found)


def test_events_of_the_future_are_not_forbidden_where_the_sample_has_some(tmp_path: Path) -> None:
    ahead = feed_of(tmp_path, ndjson([{"id": 1, "dia": "2999-01-01"}]))
    past = feed_of(tmp_path, ndjson([{"id": 1, "dia": "2025-01-01"}]))
    assert ahead.max_future is None
    assert past.max_future is not None
