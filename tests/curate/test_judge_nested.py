"""The rules of docs/curate.md on arrays, paths, parts of texts, counts and row rules."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from curate.judge import Judge, Verdict
from tests.curate.helpers import NOW, array, column, contract, feed_of, item, key

Judged = Callable[..., Verdict]


@pytest.fixture
def judged(tmp_path: Path) -> Judged:
    """Judge the values of a record under a contract with these columns besides the key."""

    def judge(values: dict[str, Any], *columns: dict[str, Any], **custom: Any) -> Verdict:
        feed = feed_of(tmp_path, contract("one", [key("id"), *columns], **custom))
        line = json.dumps({"id": "a"} | values).encode()
        return Judge(feed, feed.sources[0], NOW).line(line)

    return judge


def kept(verdict: Verdict) -> Any:
    """The values besides the key's, one alone by itself; the reasons as a set where refused."""
    if verdict.reasons:
        return set(verdict.reasons)
    return verdict.values[1] if len(verdict.values) == 2 else verdict.values[1:]


NAMES = array("x", item("string", limits={"maxLength": 3}))
NEEDED = array("x", item("integer"), required=True)
COUNTS = array("x", item("number", "NUMERIC(4, 1)", limits={"minimum": 0}))
MOMENTS = array("x", item("timestamp", custom={"epochUnit": "s"}))
LEG = item(
    "object",
    properties=[
        column("at", "timestamp", required=True),
        column("km", "number", "NUMERIC(6, 2)", custom={"sourceName": "distance"}),
        column("site", "string", custom={"sourcePath": ["place", "name"]}),
    ],
)
LEGS = array("x", LEG)
AT = "2025-06-01T10:00:00Z"
MOMENT = datetime(2025, 6, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("spec", "value", "expected"),
    [
        (NAMES, ["a", "", "abc"], ["a", "", "abc"]),
        (NAMES, [], []),
        (NAMES, None, []),
        (NEEDED, [], []),
        (NEEDED, None, {"missing:x"}),
        (NAMES, "a", {"type:x"}),
        (NAMES, {"0": "a"}, {"type:x"}),
        (NAMES, ["a", None], {"type:x"}),
        (NAMES, [1, 2], {"type:x"}),
        (NAMES, ["abcd", "abcde", 1], {"length:x", "type:x"}),
        (COUNTS, [1, 2.25, 0.05], [10, 22, 0]),
        (COUNTS, [-1, 1000], {"range:x"}),
        (MOMENTS, [0], [datetime(1970, 1, 1, tzinfo=UTC)]),
        (MOMENTS, [1e300, "0"], {"range:x", "type:x"}),
        (LEGS, [{"at": AT}], [{"at": MOMENT, "km": None, "site": None}]),
        (
            LEGS,
            [{"at": AT, "distance": 1.5, "place": {"name": "Y"}, "km": "?"}],
            [{"at": MOMENT, "km": 150, "site": "Y"}],
        ),
        (LEGS, [{}, {"at": None}], {"missing:x.at"}),
        (LEGS, [{"at": AT}, None], {"type:x"}),
        (LEGS, [{"at": AT}, ["at"]], {"type:x"}),
        (LEGS, {"at": AT}, {"type:x"}),
        (LEGS, [{"at": "10:00"}, {"at": 1}], {"format:x.at", "type:x.at"}),
        (LEGS, [{"at": AT, "distance": 1e5, "place": "Y"}], {"range:x.km", "type:x.site"}),
    ],
)
def test_arrays(judged: Judged, spec: dict[str, Any], value: Any, expected: Any) -> None:
    assert kept(judged({"x": value}, spec)) == expected


def test_an_array_that_is_absent_is_empty(judged: Judged) -> None:
    assert kept(judged({}, NAMES)) == []


def test_a_number_that_no_double_holds_is_out_of_range_in_an_array(tmp_path: Path) -> None:
    feed = feed_of(tmp_path, contract("one", [key("id"), COUNTS, {**LEGS, "name": "y"}]))
    line = b'{"id": "a", "x": [1e999], "y": [{"at": "2025-06-01T10:00:00Z", "distance": -1e999}]}'
    found = Judge(feed, feed.sources[0], NOW).line(line)
    assert found.reasons == ("range:x", "range:y.km")


def test_codes_of_an_array_come_once_each_in_the_order_in_which_they_are_met(
    judged: Judged,
) -> None:
    legs = [{"at": AT, "distance": -1e9}, {"distance": "?"}, {}, 7, {"distance": -1e9}]
    found = judged({"x": legs}, LEGS).reasons
    assert found == ("range:x.km", "missing:x.at", "type:x.km", "type:x")


PATH = column("x", "string", custom={"sourcePath": ["proxy", "client", "ip"]})
SIBLING = column("y", "integer", required=True, custom={"sourcePath": ["proxy", "status"]})
DOTTED = column("x", "string", custom={"sourceName": "trace.id"})


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"proxy": {"client": {"ip": "::1"}, "status": 200}}, ("::1", 200)),
        ({"proxy": {"client": None, "status": 200}}, (None, 200)),
        ({"proxy": {"status": 200}}, (None, 200)),
        ({"proxy": {"client": "::1", "status": 200}}, {"type:x"}),
        ({"proxy": {"client": [], "status": 200}}, {"type:x"}),
        ({"proxy": None}, {"missing:y"}),
        ({}, {"missing:y"}),
        ({"proxy": "::1"}, {"type:x", "type:y"}),
        ({"proxy": [{}]}, {"type:x", "type:y"}),
        ({"proxy.client.ip": "::1", "proxy": {"status": 1}}, (None, 1)),
    ],
)
def test_values_at_the_end_of_a_path(judged: Judged, record: dict[str, Any], expected: Any) -> None:
    assert kept(judged(record, PATH, SIBLING)) == expected


def test_a_name_with_a_dot_is_one_attribute(judged: Judged) -> None:
    assert kept(judged({"trace.id": "t", "trace": {"id": "other"}}, DOTTED)) == "t"


FROM = column(
    "x",
    "date",
    limits={"format": "dd/MM/yyyy"},
    custom={"sourceName": "period", "sourcePattern": "^([0-9/]+) a ", "nullValues": ["-"]},
)
TO = column(
    "y",
    "date",
    limits={"format": "dd/MM/yyyy"},
    custom={"sourceName": "period", "sourcePattern": " a ([0-9/]+)$"},
)
SHARE = column("x", "number", custom={"sourcePattern": "([0-9.,]+)%"}, limits={"maximum": 100})
MAYBE = column("x", "string", custom={"sourcePattern": "a(b)?"})


@pytest.mark.parametrize(
    ("columns", "value", "expected"),
    [
        ((FROM, TO), "16/05/2025 a 15/06/2025", (date(2025, 5, 16), date(2025, 6, 15))),
        ((FROM, TO), "16/05/2025", {"format:x", "format:y"}),
        ((FROM, TO), "31/02/2025 a 15/06/2025", {"format:x"}),
        ((FROM,), None, None),
        ((FROM,), "-", None),
        ((FROM,), 16, {"type:x"}),
    ],
)
def test_a_part_of_a_text(
    judged: Judged, columns: tuple[dict[str, Any], ...], value: Any, expected: Any
) -> None:
    assert kept(judged({"period": value}, *columns)) == expected


@pytest.mark.parametrize(
    ("spec", "value", "expected"),
    [
        (SHARE, "12.5%", 12.5),
        (SHARE, "12,5%", {"format:x"}),
        (SHARE, "120%", {"range:x"}),
        (SHARE, 12.5, {"type:x"}),
        (MAYBE, "ab", "b"),
        (MAYBE, "a", {"format:x"}),
    ],
)
def test_a_part_of_a_text_is_read_as_text(
    judged: Judged, spec: dict[str, Any], value: Any, expected: Any
) -> None:
    assert kept(judged({"x": value}, spec)) == expected


MILLISECONDS = column("x", "timestamp", custom={"epochUnit": "ms"})
SECONDS = column("x", "timestamp", custom={"epochUnit": "s", "nullValues": [-1]})


@pytest.mark.parametrize(
    ("spec", "value", "expected"),
    [
        (MILLISECONDS, 1748772000123, datetime(2025, 6, 1, 10, 0, 0, 123000, UTC)),
        (MILLISECONDS, 1748772000123.0, datetime(2025, 6, 1, 10, 0, 0, 123000, UTC)),
        (SECONDS, 1748772000, MOMENT),
        (SECONDS, -62135596800, datetime(1, 1, 1, tzinfo=UTC)),
        (SECONDS, -62135596801, {"range:x"}),
        (SECONDS, 253402300799, datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (SECONDS, 253402300800, {"range:x"}),
        (MILLISECONDS, 10**30, {"range:x"}),
        (SECONDS, -1, None),
        (SECONDS, 0.5, {"type:x"}),
        (SECONDS, True, {"type:x"}),
        (SECONDS, "1748772000", {"type:x"}),
        (SECONDS, AT, {"type:x"}),
    ],
)
def test_times_that_are_counted(
    judged: Judged, spec: dict[str, Any], value: Any, expected: Any
) -> None:
    assert kept(judged({"x": value}, spec)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1748772000", MOMENT),
        ("+1748772000", MOMENT),
        ("1748772000.0", {"format:x"}),
        ("9" * 30, {"range:x"}),
        (AT, {"format:x"}),
    ],
)
def test_counted_times_of_csv(tmp_path: Path, text: str, expected: Any) -> None:
    columns = [key("id"), SECONDS]
    feed = feed_of(tmp_path, contract("one", columns, sourceFormat={"format": "csv"}))
    assert kept(Judge(feed, feed.sources[0], NOW).row({"id": "a", "x": text})) == expected


INTEGERS = (column("a", "integer", limits={"minimum": -9}), column("b", "integer"))
KM = tuple(column(name, "number", "NUMERIC(12, 3)") for name in "abc")
DAYS = (column("a", "date"), column("b", "date"))


@pytest.mark.parametrize(
    ("columns", "rule", "values", "broken"),
    [
        (INTEGERS, "a >= b", (2, 2), False),
        (INTEGERS, "a >= b", (1, 2), True),
        (INTEGERS, "a > b", (2, 2), True),
        (INTEGERS, "a <= b", (2, 2), False),
        (INTEGERS, "a < b", (2, 2), True),
        (INTEGERS, "a = b", (2, 2.0), False),
        (INTEGERS, "a = b", (1, 2), True),
        (INTEGERS, "a > b", (1, None), False),
        (INTEGERS, "b = b - a", (0, 2**63 - 1), False),
        (INTEGERS, "b < b - a", (-9, 2**63 - 1), False),
        (KM, "a = b - c", (0.1, 0.3, 0.2), False),
        (KM, "a = b - c", (0.1004, 0.3, 0.2), False),
        (KM, "a = b - c", (0.101, 0.3, 0.2), True),
        (KM, "a = b - c", (0.101, 0.3, None), False),
        (DAYS, "a > b", ("2025-06-15", "2025-05-16"), False),
        (DAYS, "a > b", ("2025-05-16", "2025-05-16"), True),
    ],
)
def test_rules_between_columns_hold_for_what_is_stored(
    judged: Judged, columns: Any, rule: str, values: tuple[Any, ...], broken: bool
) -> None:
    record = dict(zip("abc", values, strict=False))
    found = judged(record, *columns, rowRules=[{"name": "order", "rule": rule}])
    assert found.reasons == (("rule:order",) if broken else ())


def test_rules_are_judged_only_where_no_column_is_at_fault(judged: Judged) -> None:
    rules = [{"name": "order", "rule": "a >= b"}, {"name": "same", "rule": "a = b"}]
    assert judged({"a": 1, "b": 2}, *INTEGERS, rowRules=rules).reasons == (
        "rule:order",
        "rule:same",
    )
    assert judged({"a": -10, "b": 2}, *INTEGERS, rowRules=rules).reasons == ("range:a",)
