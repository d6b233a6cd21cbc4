"""The fast judge and the scalar judge agree on arrays, paths, patterns, epochs, row rules."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atvos.contract import Feed
from curate.examine import Examiner
from curate.prove import Prover
from curate.records import Block
from tests.curate.agreement import KEY, assert_same, json_text, numbers, quick, texts, values
from tests.curate.helpers import NOW, array, column, contract, feed_of, item, key

SAO_PAULO = {"defaultTimezone": "America/Sao_Paulo"}
BR_DAY = {"format": "dd/MM/yyyy"}
HASH = {"protection": "hash"}
STRIP = {"protection": "strip_query"}
PII = {"classification": "pii"}


def inner(*path: str) -> dict[str, Any]:
    """The custom property of a value within the record's object ``a``."""
    return {"sourcePath": ["a", *path]}


def window(pattern: str) -> dict[str, Any]:
    """The custom properties of a value that is part of the text ``window``."""
    return {"sourceName": "window", "sourcePattern": pattern}


LEG = item(
    "object",
    properties=[
        column("left_at", "timestamp", limits=SAO_PAULO, required=True, custom={"sourceName": "t"}),
        column("site", "string", limits={"maxLength": 3}, custom={"sourcePath": ["place", "name"]}),
        column("km", "number", "NUMERIC(8, 3)", limits={"minimum": 0}),
        column("minutes", "integer", custom={"nullValues": [-1]}),
        column("driver", "string", **PII, custom=HASH),
    ],
)
NESTED = contract(
    "nested",
    [
        key("id", custom=HASH, **PII, required=True),
        column("at", "timestamp", required=True, custom=inner("at") | {"epochUnit": "ms"}),
        column("seconds", "timestamp", custom={"epochUnit": "s", "nullValues": [0, "none"]}),
        column("ip", "string", **PII, custom=inner("b", "ip") | HASH),
        column("path", "string", **PII, custom=inner("path") | STRIP),
        column("trace", "string", custom={"sourceName": "a.b"}),
        column("from_day", "date", custom=window("^([0-9-]+) to ")),
        column("weeks", "integer", custom=window(" x([0-9]+)?$")),
        column("share", "number", custom={"sourcePattern": "([0-9.]+)%"}),
        column("low", "integer"),
        column("high", "integer", limits={"minimum": -10}),
        column("sum", "integer"),
        column("price", "number", "NUMERIC(8, 2)"),
        column("paid", "number", "NUMERIC(9, 2)"),
        array("legs", LEG, required=True),
        array("tags", item("string", **PII, custom=STRIP), custom=inner("tags")),
        array("marks", item("number", "NUMERIC(4, 1)", limits={"maximum": 10})),
        array("times", item("timestamp", custom={"epochUnit": "s"})),
        column("day", "date", custom={"derivedFrom": "at", "timeZone": "America/Sao_Paulo"}),
    ],
    event_time="at",
    maxFutureMinutes=5,
    maxLateDays=3650,
    rowRules=[
        {"name": "order", "rule": "high >= low"},
        {"name": "span", "rule": "sum = high - low"},
        {"name": "price", "rule": "paid <= price"},
    ],
)

EDGE_COUNTS = ["0", "-1", "1.0", "1e3", "253402300799", "253402300800", "-62135596800"]
EDGE_COUNTS += ["-62135596801", "253402300799999", "-62135596800001", "1749556800000", "1e300"]
WINDOWS = [
    "2025-06-01 to 2025-06-15 x3",
    "2025-06-01 to x",
    "2025-02-30 to  x4",
    " x",
    "10%",
    "1.5%",
]
URLS = ["/a?b=c d?e", '"https://x/?q=1#f" ok', "/a#b", "?", "/é?\né", "a?b'c' d", "?a\u00a0b"]

tricky = values | st.sampled_from(EDGE_COUNTS) | st.sampled_from(WINDOWS + URLS).flatmap(json_text)
legs = st.sampled_from(
    [
        '{"t": "2025-06-01T10:00:00", "place": {"name": "abc"}, "km": 1.5, "minutes": -1}',
        '{"t": "2025-06-01 10:00:00Z", "driver": "Ana", "more": [1]}',
        '{"t": "2025-06-01T10:00:00", "place": null, "place": {}}',
        '{"t": null}',
        '{"t": "2025-06-01T10:00:00", "place": "abc"}',
        '{"t": "2025-06-01T10:00:00", "place": {"name": "abcd"}, "km": -1, "minutes": 1e400}',
        "{}",
        "null",
        '"leg"',
        "[]",
    ]
)
lists = st.lists(legs | tricky, max_size=3).map(lambda parts: f"[{', '.join(parts)}]")
GOOD: dict[str, list[str]] = {
    "id": ['"a"', '"\\u0041"'],
    "a.b": ['"t"', "null"],
    "seconds": ["1749556800", "0", "null"],
    "window": ['"2025-06-01 to 2025-06-15 x3"', "null"],
    "share": ['"1.5%"', '"10% of it"', "null"],
    "low": ["1", "null"],
    "high": ["5", "5.0"],
    "sum": ["4", "null"],
    "price": ["1.005", "1.50", "null"],
    "paid": ["1", "null"],
    "legs": [
        "[]",
        '[{"t": "2025-06-01T10:00:00", "place": {"name": "abc"}, "km": 1.0005, "minutes": -1}]',
        '[{"t": "2025-06-01T10:00:00Z", "driver": "Ana"}, {"t": "2025-06-02 10:00:00"}]',
    ],
    "marks": ["[1, 2.25]", "[]", "null"],
    "times": ["[0, 1749556800]", "null"],
}
INNER: dict[str, list[str]] = {
    "at": ["1749556800000", "1749556800000.0"],
    "b": ['{"ip": "203.0.113.7"}', "{}", "null"],
    "path": ['"/a?b=c"', "null"],
    "tags": ['["a?b", "a"]', "[]", "null"],
}
BIG = [str(2**63 - 1), str(-(2**63)), str(2**62 + 1), str(-(2**62) - 1), "-9", "11"]


@st.composite
def records(draw: st.DrawFn) -> bytes:
    """Lines that are mostly good, with a value or two out of order."""
    within = {name: draw(st.sampled_from(good)) for name, good in INNER.items()}
    outer = {name: draw(st.sampled_from(good)) for name, good in GOOD.items()}
    for _ in range(draw(st.integers(0, 2))):
        parts = draw(st.sampled_from([within, outer]))
        name = draw(st.sampled_from([*parts, "ip", "other"]))
        parts[name] = draw(tricky | lists | st.sampled_from(BIG) | legs)
    whole = _object(within)
    if draw(st.integers(0, 9)) == 0:
        whole = draw(tricky | lists)
    return _object({"a": whole, **outer}).encode("utf-8", "surrogatepass")


def _object(parts: dict[str, str]) -> str:
    return "{" + ", ".join(f'"{name}": {value}' for name, value in parts.items()) + "}"


@pytest.fixture(scope="module")
def feed(tmp_path_factory: pytest.TempPathFactory) -> Feed:
    """A contract with all that JSON can nest."""
    return feed_of(tmp_path_factory.mktemp("nested"), NESTED)


@quick
@given(lines=st.lists(records(), min_size=1, max_size=12))
def test_nested_json_is_judged_alike(feed: Feed, lines: list[bytes]) -> None:
    assert_same(Block(np.arange(len(lines)), lines), feed)


FLAT = contract(
    "flat",
    [
        key("id", custom=HASH, **PII),
        column("from_day", "date", limits=BR_DAY, custom=window("^([0-9/]+) a ")),
        column("to_day", "date", limits=BR_DAY, custom=window(" a ([0-9/]+)$")),
        column("share", "number", custom={"sourcePattern": "([0-9,.]+)%"}),
        column("at", "timestamp", custom={"epochUnit": "ms", "nullValues": ["-1"]}),
        column("note", "string", **PII, custom=STRIP),
        column("left", "number", "NUMERIC(12, 3)"),
        column("right", "number", "NUMERIC(12, 3)"),
        column("rest", "number", "NUMERIC(12, 3)"),
    ],
    sourceFormat={"format": "csv", "decimalMark": ","},
    rowRules=[
        {"name": "window", "rule": "to_day > from_day"},
        {"name": "rest", "rule": "rest = right - left"},
    ],
)
FIELDS: dict[str, list[str]] = {
    "id": ["a", "é"],
    "window": ["16/05/2025 a 15/06/2025", "16/05/2025 a 15/05/2025", "16/05/2025", ""],
    "share": ["1,5%", "1.5%", "10%", ""],
    "at": ["1749556800000", "-1", "+0", ""],
    "note": ["/a?b c", ""],
    "left": ["1,1", ""],
    "right": ["3,3", "3,3004"],
    "rest": ["2,2", "2,2005", ""],
}


@quick
@given(data=st.data())
def test_csv_is_judged_alike(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    feed = feed_of(tmp_path_factory.mktemp("flat"), FLAT)
    rows = []
    for _ in range(data.draw(st.integers(1, 8))):
        row = {name: data.draw(st.sampled_from(good)) for name, good in FIELDS.items()}
        for name in data.draw(st.lists(st.sampled_from(list(FIELDS)), max_size=2)):
            row[name] = data.draw(texts | numbers | st.sampled_from(EDGE_COUNTS + URLS))
        rows.append(row)
    columns = {name: [row[name] for row in rows] for name in FIELDS}
    assert_same(Block(np.arange(len(rows)), [b""] * len(rows), columns), feed)


def test_the_fast_judge_proves_ordinary_nested_records(feed: Feed) -> None:
    within = {name: json.loads(good[0]) for name, good in INNER.items()}
    record: dict[str, Any] = {name: json.loads(good[0]) for name, good in GOOD.items()}
    record |= {"a": within, "legs": json.loads(GOOD["legs"][2])}
    examiner = Examiner(feed, feed.sources[0], NOW, KEY)
    sources, _, failed = examiner._decoder.columns([json.dumps(record).encode()])
    assert failed == []
    assert Prover(feed, feed.sources[0], NOW).prove(sources)[1].tolist() == [True]


def test_many_elements_of_many_records_keep_their_places(tmp_path: Path) -> None:
    columns = [key("id", "integer"), array("n", item("integer"))]
    feed = feed_of(tmp_path, contract("many", columns))
    wanted = {i: [i * 10 + j for j in range(i % 4)] for i in range(1000)}
    lines = [json.dumps({"id": i, "n": n}).encode() for i, n in wanted.items()]
    frame, rejects = Examiner(feed, feed.sources[0], NOW).examine(Block(np.arange(1000), lines))
    assert rejects == []
    assert dict(frame.select("id", "n").iter_rows()) == wanted
