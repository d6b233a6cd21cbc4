"""`atvos try` accounts for every row of real files, and says why what it holds back is held."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from atvos import contract, names
from atvos.cli import app
from atvos.contract import Feed
from local.client import Client
from local.layout import CONTRACTS as REPOSITORY_CONTRACTS
from local.ledger import ObjectCounts, object_counts
from tests.contracts_real.recount import DATA, EXPECTED, RECIPES

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

CONTRACTS = Path(__file__).parents[1] / "contracts_real"
TIDES = CONTRACTS / "tides_vehicle_locations.odcs.yaml"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is not at hand")
PERSON = "Iracema Prado"
HEADER = (
    "location_ping_id,date,timestamp,trip_id_performed,stop_sequence,vehicle_id,latitude,"
    "longitude,heading,speed,odometer,schedule_deviation,gps_quality\n"
)


@pytest.fixture(scope="module")
def expected() -> dict[str, dict[str, Any]]:
    """What a correct pipeline finds in each real file."""
    found: dict[str, dict[str, Any]] = json.loads(EXPECTED.read_text(encoding="utf-8"))
    return found


def tried(client: Client, contract_file: Path, *files: Path) -> Result:
    """Give the files to the command line."""
    arguments = ["try", str(contract_file), *map(str, files)]
    return CliRunner().invoke(app, [*arguments, "--state-dir", str(client.stack.state_dir)])


def feed_of(client: Client, name: str) -> Feed:
    """The feed as it was tried."""
    return contract.load_feed(client.stack.state_dir / "contracts" / f"try_{name}.odcs.yaml")


def published(client: Client, feed: Feed) -> dict[str, Any]:
    """Counts and times of the curated rows, in the terms of ``expected.json``."""
    nulls = ", ".join(f"COUNTIF({c.name} IS NULL) AS {c.name}" for c in feed.read_columns)
    table = names.curated_table(feed.name)
    (row,) = client.rows(
        "SELECT COUNT(*) AS valid, COUNT(DISTINCT event_date) AS days, "
        "MIN(event_timestamp) AS first_event_at, MAX(event_timestamp) AS last_event_at "
        f"FROM `{table}`"
    )
    (missing,) = client.rows(f"SELECT {nulls} FROM `{table}`")
    return {
        "valid": row["valid"],
        "days": row["days"],
        "first_event_at": row["first_event_at"].isoformat(),
        "last_event_at": row["last_event_at"].isoformat(),
        "nulls": {column: rows for column, rows in sorted(missing.items()) if rows},
    }


def assert_reconciled(client: Client, name: str, expected: dict[str, Any]) -> None:
    """Ledger and curated rows are as expected, to the last row."""
    feed = feed_of(client, name)
    counts = ObjectCounts(
        object=f"try_{name}/{expected['file']}",
        **{key: expected[key] for key in ("read", "valid", "rejected", "duplicate", "reasons")},
        pending=0,
    )
    assert object_counts(client, [feed.name]) == [("published", counts)]
    found = published(client, feed)
    assert found == {key: expected[key] for key in found}


@needs_data
@pytest.mark.parametrize("name", RECIPES)
def test_a_real_file_reconciles_to_the_last_row_however_often_it_is_tried(
    client: Client, name: str, expected: dict[str, dict[str, Any]]
) -> None:
    file = DATA / expected[name]["file"]
    for _ in range(2 if expected[name]["read"] < 5_000 else 1):
        result = tried(client, CONTRACTS / f"{name}.odcs.yaml", file)
        assert result.exit_code == 0, result.output
        assert f"curated.try_{name}" in result.output
        assert_reconciled(client, name, expected[name])


def test_a_file_that_is_mostly_invalid_is_held_and_the_check_is_named(
    client: Client, tmp_path: Path
) -> None:
    rows = [
        f"{n},2022-09-20,02:59:{n:02},,,bus,{'44.9' if n < 2 else 'north'},-93.2,,0,0,0,Good\n"
        for n in range(8)
    ]
    file = tmp_path / "broken sensors.csv"
    file.write_text(HEADER + "".join(rows), encoding="utf-8")
    result = tried(client, TIDES, file)
    assert result.exit_code == 1, result.output
    assert "valid_ratio: observed 2 of 8 rows valid (25.00%)" in result.output
    assert "its rows stay in staging.try_tides_vehicle_locations__" in result.output
    assert "format:latitude: 6" in result.output
    assert result.output.count("north") == 3
    feed = feed_of(client, "tides_vehicle_locations")
    ((state, counts),) = object_counts(client, [feed.name])
    assert (state, counts.read, counts.valid, counts.rejected) == ("held", 8, 2, 6)
    assert client.rows(f"SELECT * FROM `{names.curated_table(feed.name)}`") == []


def test_a_reject_that_may_hold_personal_data_is_counted_and_not_shown(
    client: Client, tmp_path: Path
) -> None:
    trip = {
        "id": "T-1",
        "asset_id": "DEV-1",
        "register_number": "000123",
        "license_plate": "ABC1D23",
        "unit": "UAE",
        "datetime": datetime.now(UTC).isoformat(timespec="seconds"),
        "full_distance": 10,
        "motorista": PERSON,
    }
    lines = [json.dumps(trip), json.dumps(trip | {"id": "T-2", "unit": "UXX"}), f'{{"m": "{PERSON}']
    file = tmp_path / "viagens.ndjson"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    result = tried(client, REPOSITORY_CONTRACTS / "trips.odcs.yaml", file)
    assert "valid_ratio: observed 1 of 3 rows valid" in result.output
    assert "(withheld: it may hold personal data)" in result.output
    assert '"unit":"UXX"' in result.output.replace('": ', '":').replace("\\", "")
    assert PERSON not in result.output
