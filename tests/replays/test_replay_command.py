"""`atvos replay` says what it would do, does it, and refuses what it cannot."""

import pytest
import typer
from typer.testing import CliRunner, Result

from atvos import contract
from atvos.replays.command import replay
from tests.curate.helpers import ndjson
from tests.replays.conftest import Open, visits
from tests.replays.house import House
from tests.replays.test_replay import visit

app = typer.Typer()
app.command()(replay)
WHY = ["--because", "vans are allowed", "--owner", "ana@example.com"]


@pytest.fixture
def house(open_house: Open, monkeypatch: pytest.MonkeyPatch) -> House:
    """A feed with two rejected vans and a broken line, that takes vans now."""
    house = open_house("bus")
    house.land("a.ndjson", ndjson(visit(1, "van"), visit(2, "van"), visit(3)) + b"{\n")
    house.ingest()
    house.correct(visits(house.feed.name, "bus", "van"))
    monkeypatch.setattr(contract, "load_feeds", lambda *_: {house.feed.name: house.feed})
    return house


def invoke(house: House, *options: str) -> Result:
    return CliRunner().invoke(app, [house.feed.name, *options])


def test_from_a_dry_run_to_an_empty_quarantine(house: House) -> None:
    before = house.listed()
    dry = invoke(house, "--dry-run")
    assert (dry.exit_code, dry.output.splitlines()) == (
        0,
        [
            "3 records to replay",
            "  enum:kind: 2",
            "  malformed_json: 1",
            f"  in {house.feed.name}/a.ndjson: 3",
            "dry run: nothing was written",
        ],
    )
    assert (house.listed(), house.claims("replay_id")) == (before, [])
    done = invoke(house, "--reason", "enum", *WHY)
    assert done.exit_code == 0, done.output
    assert ": 2 records are on their way in\n" in done.output
    again = invoke(house, "--reason", "enum", *WHY)
    assert again.output.splitlines() == [
        "0 records to replay",
        "2 records are on their way already, and are skipped",
        "nothing was sent",
    ]
    house.ingest()
    assert [row[0] for row in house.quarantined("reasons")] == [["malformed_json"]]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "--because is empty"),
        (["--limit", "0", *WHY], "--limit: found 0; valid: 1 or more records"),
    ],
)
def test_what_is_wrong_is_refused_with_2(options: list[str], said: str, house: House) -> None:
    done = invoke(house, *options)
    assert (done.exit_code, said in done.output) == (2, True)
    assert house.claims("replay_id") == []


def test_a_feed_that_there_is_not_is_refused_with_2(house: House) -> None:
    done = CliRunner().invoke(app, ["nobody", *WHY])
    assert (done.exit_code, done.output) == (2, f"no feed 'nobody'; valid: {house.feed.name}\n")


def test_objects_that_could_not_be_read_are_refused_with_what_to_do(
    open_house: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = open_house("bus", sourceFormat={"format": "json_array"})
    house.land("a.json", b"{}")
    house.ingest()
    monkeypatch.setattr(contract, "load_feeds", lambda *_: {house.feed.name: house.feed})
    done = invoke(house, *WHY)
    assert done.exit_code == 2
    assert "(unreadable): land the corrected object again" in done.output
    assert "none of them is a whole record; valid: land the objects again" in done.output
