"""The fast judge and the scalar judge agree, on records that are nearly valid."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atvos.contract import Feed
from curate.examine import Examiner
from curate.judge import header_names
from curate.prove import Prover
from curate.records import Block
from curate.schema import POSITION
from tests.curate.agreement import assert_same, numbers, quick, texts, values
from tests.curate.helpers import NOW, TELEMETRY, column, contract, feed_of, key

SAO_PAULO = {"defaultTimezone": "America/Sao_Paulo"}
LISBON = {"defaultTimezone": "Europe/Lisbon"}

EVERYTHING = contract(
    "everything",
    [
        key("id", limits={"maxLength": 5}, required=True),
        column("number", "number", "NUMERIC(8, 3)", limits={"minimum": -5}),
        column("float", "number", custom={"nullValues": [-1, "-", "1.5"]}),
        column("whole", "integer", limits={"maximum": 1000.5}, custom={"nullValues": ["-9"]}),
        column("flag", "boolean", required=True),
        column("code", "string", limits={"pattern": r"^\w+$"}, custom={"nullValues": ["?", 7]}),
        column("kind", "string", enum=[{"value": "a"}, {"value": "é"}]),
        column("day", "date"),
        column("br_day", "date", limits={"format": "dd/MM/yyyy"}),
        column("at", "timestamp", limits=SAO_PAULO, required=True),
        column("lisbon", "timestamp", limits=LISBON, custom={"sourceName": ["date", "time"]}),
        column("strict", "timestamp"),
        column("br_at", "timestamp", limits={"format": "dd/MM/yyyy HH:mm:ss"} | SAO_PAULO),
        column("at_day", "date", custom={"derivedFrom": "at", "timeZone": "America/Sao_Paulo"}),
        column("lisbon_day", "date", custom={"derivedFrom": "lisbon", "timeZone": "Asia/Tokyo"}),
    ],
    event_time="at",
    maxFutureMinutes=5,
    maxLateDays=3650,
)
AT_ODDS = contract(
    "at_odds",
    [
        key("id", "integer"),
        column("at", "timestamp", limits=SAO_PAULO, custom={"sourceName": ["id", "time"]}),
    ],
)
DATED = contract(
    "dated",
    [key("day", "date", required=True)],
    event_time="day",
    maxLateDays=3,
    maxFutureMinutes=1440,
)

GOOD: dict[str, list[str]] = {
    "id": ['"a"', '"\\u0041"', '"éééé"'],
    "number": ["1", "1.5", "0.0005", "0.0015", "null"],
    "float": ["1e3", "-0.0", "1.5", "-1", str(2**53 + 1), "0.1"],
    "whole": ["-9", "1.0", "1e2", "-0", "5"],
    "flag": ["true", "false"],
    "code": ['"a"', '"?"', "7", "null", '"ª"'],
    "kind": ['"a"', '"é"', '"\\u00e9"', "null"],
    "day": ['"2025-06-01"', '"0001-01-01"', '"2024-02-29"', "null"],
    "br_day": ['"01/06/2025"', "null"],
    "at": [
        '"2025-06-01T10:00:00"',
        '"2018-11-04 00:30:00.1"',
        '"2018-02-17T23:30:00"',
        '"2025-06-01T00:00:00.123456789-03:00"',
    ],
    "date": ['"2025-03-30"', '"2025-10-26"', '"9999-12-31"', '"2025-06-01"'],
    "time": ['"01:30:00"', '"00:59:59.999999"', '"23:59:59"', '"10:00:00Z"'],
    "strict": ['"2025-06-01T10:00:00Z"', "null"],
    "br_at": ['"01/06/2025 10:00:00"', "null"],
    "deviceId": ['"V-1"'],
    "timestamp": [
        '"2025-06-01T10:00:00Z"',
        '"2025-06-01 10:00:00"',
        '"2025-06-01T10:00:00.5-03:00"',
    ],
    "tipoVeiculo": ['"urbano"'],
    "odometroKm": ["1.5", "12", "0.0005"],
    "custoVariavel": ["0", "-0.0", "99.99995"],
    "custoFixo": ["1e2"],
    "viagemId": ["null", '"T"'],
}


def records(feed: Feed) -> st.SearchStrategy[bytes]:
    """Lines that are mostly records of the feed with a value or two out of order."""

    @st.composite
    def line(draw: st.DrawFn) -> bytes:
        good = {
            name: draw(st.sampled_from(GOOD.get(name, ["null"]))) for name in header_names(feed)
        }
        pairs = list(good.items())
        names = st.sampled_from([*good, "other", "\\u0069d"])
        for _ in range(draw(st.integers(0, 2))):
            pair = (draw(names), draw(values))
            pairs = [p for p in pairs if p[0] != pair[0] or draw(st.booleans())] + [pair]
        text = "{" + ", ".join(f'"{name}": {value}' for name, value in pairs) + "}"
        raw = text.encode("utf-8", "surrogatepass")
        wrong = draw(st.sampled_from([b""] * 12 + [b"\xff", b" \r", b"}", b"\x00"]))
        return raw if wrong != b"\xff" else raw.replace(b"other", b"\xff")

    return line() | st.sampled_from([b"[]", b"", b"null", b"{}", b'{"id": "\xff"}'])


@pytest.fixture(scope="module", params=["telemetry", "everything", "dated", "at_odds"])
def feed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Feed:
    """Contracts with every rule there is."""
    contracts = {
        "telemetry": TELEMETRY.read_text(encoding="utf-8").replace("format: csv", "format: ndjson"),
        "everything": EVERYTHING,
        "dated": DATED,
        "at_odds": AT_ODDS,
    }
    text = contracts[request.param]
    if request.param == "telemetry":
        text = TELEMETRY.read_text(encoding="utf-8")
    return feed_of(tmp_path_factory.mktemp(request.param), text)


@quick
@given(data=st.data())
def test_json_is_judged_alike(feed: Feed, data: st.DataObject) -> None:
    lines = data.draw(st.lists(records(feed), min_size=1, max_size=12))
    assert_same(Block(np.arange(len(lines)), lines), feed)


@pytest.fixture(scope="module", params=[".", ","])
def csv_feed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Feed:
    """The contract with every rule, as CSV with either decimal mark."""
    document = EVERYTHING.replace(
        "  value:\n    format: ndjson", f"  value: {{format: csv, decimalMark: '{request.param}'}}"
    )
    return feed_of(tmp_path_factory.mktemp("csv"), document)


@quick
@given(data=st.data())
def test_csv_is_judged_alike(csv_feed: Feed, data: st.DataObject) -> None:
    names = header_names(csv_feed)
    good = {name: [g.strip('"').replace("null", "") for g in GOOD[name]] for name in names}
    blanks = st.sampled_from(["", "", " ", "\t"])
    rows = []
    for _ in range(data.draw(st.integers(1, 8))):
        row = {name: data.draw(blanks) + data.draw(st.sampled_from(good[name])) for name in names}
        for name in data.draw(st.lists(st.sampled_from(names), max_size=2)):
            row[name] = data.draw(texts | numbers)
        rows.append(row)
    columns = {name: [row[name] for row in rows] for name in names}
    assert_same(Block(np.arange(len(rows)), [b""] * len(rows), columns), csv_feed)


def test_the_fast_judge_proves_ordinary_records(tmp_path: Path) -> None:
    feed = feed_of(tmp_path, EVERYTHING)
    good = {name: json.loads(GOOD[name][0]) for name in header_names(feed)}
    good |= {"date": "2025-06-01", "time": "10:00:00", "whole": 3, "id": "a"}
    proven = Prover(feed, feed.sources[0], NOW).prove(
        {(name,): pl.Series([value]) for name, value in good.items()}
    )[1]
    assert proven.tolist() == [True]


def test_rejects_keep_their_places_among_many_records(tmp_path: Path) -> None:
    feed = feed_of(tmp_path, contract("many", [key("id"), column("whole", "integer")]))
    spoilt = {3: b"{", 2047: b"[]", 2048: b'{"whole": "a"}', 5000: b'{"id": "\xff"}', 6999: b"{"}
    lines = [spoilt.get(n, b'{"id": "%d", "whole": %d}' % (n, n)) for n in range(7000)]
    rows, rejects = Examiner(feed, feed.sources[0], NOW).examine(Block(np.arange(7000), lines))
    assert {reject.position: reject.line for reject in rejects} == spoilt
    good = [n for n in range(7000) if n not in spoilt]
    assert rows.sort(POSITION).get_column("whole").to_list() == good
    assert rows.sort(POSITION).get_column(POSITION).to_list() == good


def test_no_text_may_be_longer_than_nothing_where_that_is_the_limit(tmp_path: Path) -> None:
    columns = [key("id"), column("empty", "string", limits={"maxLength": 0})]
    feed = feed_of(tmp_path, contract("lengths", columns))
    lines = [json.dumps({"id": text, "empty": text}).encode() for text in ("", "a")]
    rows, rejects = Examiner(feed, feed.sources[0], NOW).examine(Block(np.arange(2), lines))
    assert rows.get_column("empty").to_list() == [""]
    assert [reject.reasons for reject in rejects] == [("length:empty",)]


def test_derived_dates_are_those_of_their_zone(tmp_path: Path) -> None:
    feed = feed_of(tmp_path, EVERYTHING)
    record = {name: json.loads(GOOD[name][0]) for name in header_names(feed)}
    record |= {"at": "2025-06-02T02:59:59Z", "date": "2025-06-01", "time": "15:00:00Z"}
    frame, rejects = Examiner(feed, feed.sources[0], NOW).examine(
        Block(np.array([0]), [json.dumps(record).encode()])
    )
    assert rejects == []
    assert [str(v) for v in frame.select("at_day", "lisbon_day").row(0)] == [
        "2025-06-01",
        "2025-06-02",
    ]
