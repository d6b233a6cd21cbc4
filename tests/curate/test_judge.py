"""The rules of docs/curate.md on one record, by example."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from curate.judge import Judge, Verdict
from tests.curate.helpers import NOW, column, contract, feed_of, key

SAO_PAULO = "America/Sao_Paulo"


def utc(text: str) -> datetime:
    """The instant of a UTC time."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
def verdict(tmp_path: Path) -> Any:
    """Judge a value, or raw text, of a contract with one column ``x`` besides the key."""

    def judged(value: Any, spec: dict[str, Any], form: str = "ndjson", **custom: Any) -> Verdict:
        source = {"format": form} | custom.pop("source", {})
        columns = [key("id"), {**spec, "name": "x"}]
        feed = feed_of(tmp_path, contract("one", columns, sourceFormat=source, **custom))
        judge = Judge(feed, feed.sources[0], NOW)
        if form == "csv":
            return judge.row({"id": "a", "x": value})
        text = value if isinstance(value, bytes) else json.dumps(value).encode()
        return judge.line(b'{"id": "a", "x": ' + text + b"}")

    return judged


STRING = column("x", "string")
REQUIRED = column("x", "string", required=True)
INTEGER = column("x", "integer")
FLOAT = column("x", "number")
NUMERIC = column("x", "number", "NUMERIC(6, 2)")
BOOLEAN = column("x", "boolean")
DATE = column("x", "date")
BR_DATE = column("x", "date", limits={"format": "dd/MM/yyyy"})
TIME = column("x", "timestamp")
LOCAL = column("x", "timestamp", limits={"defaultTimezone": SAO_PAULO})
LISBON = column("x", "timestamp", limits={"defaultTimezone": "Europe/Lisbon"})
BR_TIME = column(
    "x", "timestamp", limits={"format": "dd/MM/yyyy HH:mm:ss", "defaultTimezone": SAO_PAULO}
)
ENUM = column("x", "string", enum=[{"value": "a"}, {"value": "b"}])
LENGTH = column("x", "string", limits={"minLength": 2, "maxLength": 3})
PATTERN = column("x", "string", limits={"pattern": "[0-9]{2}"})
ALL = column("x", "string", enum=[{"value": "ok"}], limits={"maxLength": 3, "pattern": "^o"})
RANGED = column("x", "number", limits={"minimum": 0, "maximum": 10})
RANGED_INTEGER = column("x", "integer", limits={"minimum": 1, "maximum": 100})
TEXT_NULLS = column("x", "string", custom={"nullValues": ["N/A", "-1"]})
NUMBER_NULLS = column("x", "number", required=True, custom={"nullValues": [-1, "N/A"]})


JSON_EXAMPLES: list[tuple[dict[str, Any], Any, Any]] = [
    # null
    (STRING, None, None),
    (REQUIRED, None, {"missing"}),
    (REQUIRED, "", ""),
    (REQUIRED, " ", " "),
    (TEXT_NULLS, "N/A", None),
    (TEXT_NULLS, "n/a", "n/a"),
    (TEXT_NULLS, " N/A", " N/A"),
    (TEXT_NULLS, -1, None),
    (TEXT_NULLS, -1.0, None),
    (NUMBER_NULLS, -1, {"missing"}),
    (NUMBER_NULLS, b"-1.0e0", {"missing"}),
    (NUMBER_NULLS, "N/A", {"missing"}),
    (NUMBER_NULLS, 1, 1.0),
    # type
    (STRING, "é", "é"),
    (STRING, 1, {"type"}),
    (STRING, True, {"type"}),
    (STRING, {"a": 1}, {"type"}),
    (STRING, [], {"type"}),
    (INTEGER, 7, 7),
    (INTEGER, b"1.0", 1),
    (INTEGER, b"1e3", 1000),
    (INTEGER, b"-0", 0),
    (INTEGER, 1.5, {"type"}),
    (INTEGER, "7", {"type"}),
    (INTEGER, True, {"type"}),
    (FLOAT, 7, 7.0),
    (FLOAT, 0.1, 0.1),
    (FLOAT, "0.1", {"type"}),
    (FLOAT, False, {"type"}),
    (BOOLEAN, True, True),
    (BOOLEAN, 1, {"type"}),
    (BOOLEAN, "true", {"type"}),
    (DATE, 20250601, {"type"}),
    (TIME, 1748772000, {"type"}),
    # format
    (DATE, "2025-06-01", date(2025, 6, 1)),
    (DATE, "2025-6-1", {"format"}),
    (DATE, "2025-02-29", {"format"}),
    (DATE, "2024-02-29", date(2024, 2, 29)),
    (DATE, "0000-01-01", {"format"}),
    (DATE, "0001-01-01", date(1, 1, 1)),
    (DATE, "9999-12-31", date(9999, 12, 31)),
    (DATE, "2025-06-01T00:00:00", {"format"}),
    (DATE, "", {"format"}),
    (DATE, "\uff12\uff10\uff12\uff15-06-01", {"format"}),
    (BR_DATE, "01/06/2025", date(2025, 6, 1)),
    (BR_DATE, "1/6/2025", {"format"}),
    (BR_DATE, "2025-06-01", {"format"}),
    (BR_DATE, "31/04/2025", {"format"}),
    (TIME, "2025-06-01T10:00:00Z", utc("2025-06-01T10:00:00")),
    (TIME, "2025-06-01 10:00:00Z", utc("2025-06-01T10:00:00")),
    (TIME, "2025-06-01  10:00:00Z", {"format"}),
    (TIME, "2025-06-01t10:00:00Z", {"format"}),
    (TIME, "2025-06-01T10:00:00z", {"format"}),
    (TIME, "2025-06-01T10:00Z", {"format"}),
    (TIME, "20250601T100000Z", {"format"}),
    (TIME, " 2025-06-01T10:00:00Z", {"format"}),
    (TIME, "2025-06-01T10:00:00.5Z", utc("2025-06-01T10:00:00.500000")),
    (TIME, "2025-06-01T10:00:00.123456999Z", utc("2025-06-01T10:00:00.123456")),
    (TIME, "2025-06-01T10:00:00.1234567890Z", {"format"}),
    (TIME, "2025-06-01T10:00:00.Z", {"format"}),
    (TIME, "2025-06-01T10:00:00,5Z", {"format"}),
    (TIME, "2025-06-01T10:00:00-03:00", utc("2025-06-01T13:00:00")),
    (TIME, "2025-06-01T10:00:00+05:30", utc("2025-06-01T04:30:00")),
    (TIME, "2025-06-01T10:00:00-00:00", utc("2025-06-01T10:00:00")),
    (TIME, "2025-06-01T10:00:00+24:00", {"format"}),
    (TIME, "2025-06-01T10:00:00+01:60", {"format"}),
    (TIME, "2025-06-01T10:00:00+0300", {"format"}),
    (TIME, "2025-06-01T10:00:00+03", {"format"}),
    (TIME, "2025-06-01T10:00:00", {"format"}),
    (TIME, "2025-06-01T24:00:00Z", {"format"}),
    (TIME, "2025-06-01T23:59:60Z", {"format"}),
    (TIME, "2025-06-31T10:00:00Z", {"format"}),
    (TIME, "0001-01-01T00:00:00+01:00", {"format"}),
    (TIME, "9999-12-31T23:59:59-00:01", {"format"}),
    (TIME, "9999-12-31T23:59:59.999999Z", utc("9999-12-31T23:59:59.999999")),
    (LOCAL, "2025-06-01T10:00:00", utc("2025-06-01T13:00:00")),
    (LOCAL, "2025-06-01T10:00:00Z", utc("2025-06-01T10:00:00")),
    (LOCAL, "2018-01-15T12:00:00", utc("2018-01-15T14:00:00")),
    # clocks put forward: 00:00 to 01:00 did not exist in São Paulo, 01:00 to 02:00 in Lisbon
    (LOCAL, "2018-11-04T00:30:00", utc("2018-11-04T03:30:00")),
    (LISBON, "2025-03-30T01:30:00", utc("2025-03-30T01:30:00")),
    # clocks put back: the earlier of two instants
    (LOCAL, "2018-02-17T23:30:00", utc("2018-02-18T01:30:00")),
    (LISBON, "2025-10-26T01:30:00", utc("2025-10-26T00:30:00")),
    (BR_TIME, "01/06/2025 10:00:00", utc("2025-06-01T13:00:00")),
    (BR_TIME, "01/06/2025 10:00", {"format"}),
    (BR_TIME, "01/06/2025 10:00:00Z", {"format"}),
    (BR_TIME, "2025-06-01T10:00:00", {"format"}),
    # constraint
    (ENUM, "a", "a"),
    (ENUM, "A", {"enum"}),
    (LENGTH, "ab", "ab"),
    (LENGTH, "a", {"length"}),
    (LENGTH, "ãéí", "ãéí"),
    (LENGTH, "abcd", {"length"}),
    (LENGTH, "🚍🚍", "🚍🚍"),
    (PATTERN, "ab12cd", "ab12cd"),
    (PATTERN, "ab1cd", {"pattern"}),
    (RANGED, 0, 0.0),
    (RANGED, 10, 10.0),
    (RANGED, -0.001, {"range"}),
    (RANGED, 10.001, {"range"}),
    (RANGED_INTEGER, 100, 100),
    (RANGED_INTEGER, 101, {"range"}),
    (INTEGER, 2**63 - 1, 2**63 - 1),
    (INTEGER, 2**63, {"range"}),
    (INTEGER, -(2**63), -(2**63)),
    (INTEGER, b"1e400", {"range"}),
    (FLOAT, b"1e308", 1e308),
    (FLOAT, b"1e400", {"range"}),
    (FLOAT, b"1" * 400, {"range"}),
    (FLOAT, b"1" * 5000, {"range"}),
    (INTEGER, b"1" * 5000, {"range"}),
    (FLOAT, b"-1e400", {"range"}),
    (STRING, b"1e400", {"type"}),
    (STRING, b"[1e400]", {"type"}),
    (NUMERIC, 9999.99, 999999),
    (NUMERIC, 9999.994, 999999),
    (NUMERIC, 9999.995, {"range"}),
    (NUMERIC, 10000, {"range"}),
    (NUMERIC, -10000, {"range"}),
    (NUMERIC, 0.125, 12),
    (NUMERIC, 0.375, 38),
    (NUMERIC, b"-0.0", 0),
    (NUMERIC, b"1e308", {"range"}),
]


@pytest.mark.parametrize(("spec", "value", "expected"), JSON_EXAMPLES)
def test_a_json_value_is_typed_or_refused(
    verdict: Any, spec: dict[str, Any], value: object, expected: object
) -> None:
    assert verdict(value, spec) == _verdict(expected)


CSV_EXAMPLES = [
    (STRING, " a b ", "a b"),
    (STRING, " \t", None),
    (REQUIRED, "", {"missing"}),
    (STRING, "\u00a0", "\u00a0"),
    (TEXT_NULLS, " N/A ", None),
    (NUMBER_NULLS, "-1", {"missing"}),
    (NUMBER_NULLS, "-1.0", -1.0),
    (INTEGER, "+7", 7),
    (INTEGER, "007", 7),
    (INTEGER, "7.0", {"format"}),
    (INTEGER, "1_0", {"format"}),
    (INTEGER, "\u0667", {"format"}),
    (INTEGER, "1e3", {"format"}),
    (INTEGER, "9" * 19, {"range"}),
    (INTEGER, "9" * 9999, {"range"}),
    (INTEGER, "0" * 30 + "7", 7),
    (FLOAT, "-1.50", -1.5),
    (FLOAT, "1e3", {"format"}),
    (FLOAT, "1,5", {"format"}),
    (FLOAT, ".5", {"format"}),
    (FLOAT, "5.", {"format"}),
    (FLOAT, "1 000", {"format"}),
    (FLOAT, "NaN", {"format"}),
    (FLOAT, "9" * 400, {"range"}),
    (NUMERIC, "12.345", 1234),
    (BOOLEAN, "TRUE", True),
    (BOOLEAN, "False", False),
    (BOOLEAN, "1", {"format"}),
    (BOOLEAN, "sim", {"format"}),
    (DATE, " 2025-06-01 ", date(2025, 6, 1)),
    (BR_DATE, "01/06/2025", date(2025, 6, 1)),
    (LOCAL, "2025-06-01 10:00:00", utc("2025-06-01T13:00:00")),
]


@pytest.mark.parametrize(("spec", "value", "expected"), CSV_EXAMPLES)
def test_a_csv_field_is_typed_or_refused(
    verdict: Any, spec: dict[str, Any], value: str, expected: object
) -> None:
    assert verdict(value, spec, "csv") == _verdict(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("-1,5", -1.5), ("7", 7.0), ("1.5", {"format"}), ("1.000,5", {"format"})],
)
def test_a_decimal_comma_is_the_only_mark_where_the_contract_says_so(
    verdict: Any, text: str, expected: object
) -> None:
    source = {"decimalMark": ",", "delimiter": ";"}
    assert verdict(text, FLOAT, "csv", source=source) == _verdict(expected)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"id": "\xff"}', "encoding"),
        (b'{"other": "\xff"}', "encoding"),
        (b'{"id": "a"', "malformed_json"),
        (b'{"id": "a"} x', "malformed_json"),
        (b'{"id": "\\ud800"}', "malformed_json"),
        (b'{"id": "a", "other": "\\q"}', "malformed_json"),
        (b'{"id": NaN}', "malformed_json"),
        (b"{'id': 1}", "malformed_json"),
        (b"[" * 100_000, "malformed_json"),
        (b"[1", "malformed_json"),
        (b"[]", "not_an_object"),
        (b"null", "not_an_object"),
        (b'"{}"', "not_an_object"),
    ],
)
def test_the_first_fault_of_a_record_as_a_whole_ends_it(
    tmp_path: Path, line: bytes, reason: str
) -> None:
    feed = feed_of(tmp_path, contract("one", [key("id")]))
    assert Judge(feed, feed.sources[0], NOW).line(line).reasons == (reason,)


@pytest.mark.parametrize(
    ("line", "values"),
    [
        (b'{"id": "a", "id": "b"}', ("b",)),
        (b'{"id": 1, "id": "b"}', ("b",)),
        (b'{"id": "a", "other": 1e999, "more": [{}]}', ("a",)),
        (b' {"\\u0069d": "\\u00e9"}\r', ("é",)),
    ],
)
def test_json_is_read_as_json(tmp_path: Path, line: bytes, values: tuple[object, ...]) -> None:
    feed = feed_of(tmp_path, contract("one", [key("id")]))
    assert Judge(feed, feed.sources[0], NOW).line(line).values == values


def test_all_faults_are_listed_in_the_contracts_order(tmp_path: Path) -> None:
    columns = [key("id", required=True), {**ALL, "name": "x"}, {**RANGED, "name": "y"}]
    feed = feed_of(tmp_path, contract("one", columns))
    found = Judge(feed, feed.sources[0], NOW).line(b'{"y": 11, "x": "nope"}')
    assert found.reasons == ("missing:id", "enum:x", "length:x", "pattern:x", "range:y")


TWO = column(
    "at",
    "timestamp",
    limits={"defaultTimezone": SAO_PAULO},
    custom={"sourceName": ["day", "hour"], "nullValues": ["-", "0000-00-00 00:00:00"]},
)


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"day": "2025-06-01", "hour": "10:00:00"}, utc("2025-06-01T13:00:00")),
        ({"day": "2025-06-01", "hour": "10:00:00Z"}, utc("2025-06-01T10:00:00")),
        ({"day": "2025-06-01"}, None),
        ({"day": None, "hour": 5}, None),
        ({"day": "2025-06-01", "hour": "-"}, None),
        ({"day": "0000-00-00", "hour": "00:00:00"}, None),
        ({"day": "2025-06-01", "hour": 10}, {"type"}),
        ({"day": "2025-06-01", "hour": "25:00:00"}, {"format"}),
    ],
)
def test_a_timestamp_of_two_attributes_joins_their_texts(
    tmp_path: Path, record: dict[str, object], expected: object
) -> None:
    feed = feed_of(tmp_path, contract("one", [key("id"), TWO]))
    found = Judge(feed, feed.sources[0], NOW).line(json.dumps({"id": "a"} | record).encode())
    if isinstance(expected, set):
        assert found.reasons == tuple(f"{kind}:at" for kind in expected)
    else:
        assert found.values == ("a", expected)


@pytest.mark.parametrize(
    ("after", "reasons"),
    [
        (timedelta(minutes=5), ()),
        (timedelta(minutes=5, microseconds=1), ("future:x",)),
        (-timedelta(days=2), ()),
        (-timedelta(days=2, microseconds=1), ("late:x",)),
    ],
)
def test_an_event_time_stands_within_the_window(
    tmp_path: Path, after: timedelta, reasons: tuple[str, ...]
) -> None:
    columns = [key("id"), {**TIME, "name": "x", "required": True}]
    text = contract("one", columns, event_time="x", maxFutureMinutes=5, maxLateDays=2)
    feed = feed_of(tmp_path, text)
    record = {"id": "a", "x": (NOW + after).isoformat()}
    assert Judge(feed, feed.sources[0], NOW).line(json.dumps(record).encode()).reasons == reasons


def _verdict(expected: Any) -> Verdict:
    """The verdict on column x: refused for the kinds in a set, or else the value that is kept."""
    if isinstance(expected, set):
        return Verdict(reasons=tuple(f"{kind}:x" for kind in expected))
    return Verdict(values=("a", expected))
