"""The contracts for the two real files load, and what is expected of the files is true."""

import json
from pathlib import Path
from typing import Any

import pytest

from atvos import contract
from atvos.contract import odcs
from tests.contracts_real.recount import DATA, EXPECTED, RECIPES, recount

FOLDER = Path(__file__).parent
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is not at hand")


@pytest.fixture(scope="module")
def expected() -> dict[str, dict[str, Any]]:
    """What a correct pipeline finds in each file."""
    found: dict[str, dict[str, Any]] = json.loads(EXPECTED.read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def feeds() -> dict[str, contract.Feed]:
    """The feeds of this folder."""
    return contract.load_feeds([FOLDER])


def test_both_contracts_load_and_keep_the_standard(feeds: dict[str, contract.Feed]) -> None:
    assert set(feeds) == set(RECIPES)
    assert [problem for feed in feeds.values() for problem in odcs.problems(feed.path)] == []


def test_date_and_time_in_two_columns_are_one_local_instant(
    feeds: dict[str, contract.Feed],
) -> None:
    column = feeds["tides_vehicle_locations"].by_name["event_timestamp"]
    assert (column.sources, column.time_zone) == (
        (("date",), ("timestamp",)),
        "America/Chicago",
    )


def test_sentinels_mean_null(feeds: dict[str, contract.Feed]) -> None:
    assert feeds["tides_vehicle_locations"].by_name["odometer"].null_values == ("1054683",)
    assert feeds["capmetrics_vehicle_positions"].by_name["latitude"].null_values == ("0.0",)


def test_old_data_has_no_time_limits(feeds: dict[str, contract.Feed]) -> None:
    assert {(feed.max_future, feed.max_late) for feed in feeds.values()} == {(None, None)}


@needs_data
@pytest.mark.parametrize("name", RECIPES)
def test_every_column_of_a_contract_is_in_the_file(
    name: str, feeds: dict[str, contract.Feed]
) -> None:
    with (DATA / RECIPES[name].file).open(encoding="utf-8") as lines:
        header = set(next(lines).replace('"', "").strip().split(","))
    paths = [path for column in feeds[name].read_columns for path in column.sources]
    assert {source for (source,) in paths} == header


@needs_data
@pytest.mark.parametrize("name", RECIPES)
def test_a_recount_finds_what_is_expected(name: str, expected: dict[str, dict[str, Any]]) -> None:
    assert recount(RECIPES[name]) == expected[name]


def test_rows_expected_are_valid_rejected_or_duplicate(expected: dict[str, dict[str, Any]]) -> None:
    assert {name: rows["read"] for name, rows in expected.items()} == {
        name: rows["valid"] + rows["rejected"] + rows["duplicate"]
        for name, rows in expected.items()
    }
