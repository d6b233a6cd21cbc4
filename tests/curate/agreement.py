"""Values that are nearly valid, and the claim that the fast judge and the scalar one agree."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import polars as pl
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from atvos.contract import Column, Feed, Protection
from curate.examine import Examiner
from curate.judge import Judge
from curate.records import Block
from tests.curate.helpers import NOW

KEY = b"0123456789abcdef0123456789abcdef"
WORDS = [
    "",
    " ",
    "a",
    "é",
    "?",
    "7",
    "-",
    "N/A",
    "abc12",
    "a b",
    "a\n",
    "\u00a0",
    "ª",
    "a\u0301",
    "\0",
]
DATES = ["2025-06-01", "2025-02-29", "2024-02-29", "01/06/2025", "31/06/2025", "0001-01-01"]
DATES += ["9999-12-31", "2018-11-04", "2018-02-17", "2025-03-30", "2025-10-26", "2025-6-1"]
CLOCKS = ["10:00:00", "00:30:00", "23:30:00", "01:30:00", "24:00:00", "23:59:60", "23:59:59"]
TAILS = ["", "Z", ".5Z", ".123456789Z", ".1234567891Z", ".Z", "-03:00", "+14:00", ".25+05:30"]
TAILS += ["+24:00", "-00:00", "+0300", ".5", "z", "\u00e9", ".123"]
NUMBERS = [
    "0",
    "-0",
    "-0.0",
    "1.0",
    "1.5",
    "-1",
    "-1.0",
    "-9",
    "7",
    "1e3",
    "1E-3",
    "12.3455",
    "0.0005",
]
NUMBERS += ["99999.9995", "99999.9994", "100000", "-5", "-5.0001", "1e400", "1e308", "1000", "1001"]
NUMBERS += [str(2**63), str(2**63 - 1), str(-(2**63)), "9007199254740993", "1" * 30, "1" * 400]
NUMBERS += ["01", "+1", ".5", "5.", "NaN", "1,5", "0x1"]

moments = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(DATES),
        st.sampled_from("T ,"),
        st.sampled_from(CLOCKS),
        st.sampled_from(TAILS),
    ),
) | st.datetimes().map(lambda moment: moment.isoformat())
texts = (
    st.sampled_from(WORDS + DATES + CLOCKS + NUMBERS + ["true", "False"])
    | moments
    | st.text(max_size=6)
)
numbers = st.sampled_from(NUMBERS) | st.floats().map(repr) | st.integers().map(str)


def json_text(text: str) -> st.SearchStrategy[str]:
    """A text as JSON, with and without escapes."""
    return st.sampled_from([json.dumps(text), json.dumps(text, ensure_ascii=False)])


values = st.one_of(
    texts.flatmap(json_text),
    numbers,
    st.sampled_from(
        ["null", "true", "false", "[]", '{"a": 1e999}', '"\\ud800"', '"\\u00e9"', "nul"]
    ),
)

quick = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))


def assert_same(block: Block, feed: Feed) -> None:
    """The examiner says of each record what the scalar judge alone says."""
    source = feed.sources[0]
    judge = Judge(feed, source, NOW)
    frame, rejects = Examiner(feed, source, NOW, KEY).examine(block)
    names = [c.name for c in feed.read_columns]
    found = {row["_position"]: tuple(row[n] for n in names) for row in frame.iter_rows(named=True)}
    refused = {reject.position: reject.reasons for reject in rejects}
    assert len(found) + len(refused) == len(block)
    for index, position in enumerate(block.positions.tolist()):
        texts = block.row(index)
        verdict = judge.line(block.lines[index]) if texts is None else judge.row(texts)
        if verdict.reasons:
            assert refused[position] == verdict.reasons
        else:
            assert repr(found[position]) == repr(_published(feed.read_columns, verdict.values))


def _published(columns: Sequence[Column], values: Iterable[Any]) -> tuple[Any, ...]:
    """The values as a frame has them, personal data protected by other code than the job's."""
    return tuple(_one(column, value) for column, value in zip(columns, values, strict=True))


def _one(column: Column, value: Any) -> Any:
    if value is None:
        return None
    if column.items is not None:
        return [_one(column.items, element) for element in value]
    if column.fields:
        return {field.name: _one(field, value[field.name]) for field in column.fields}
    if isinstance(value, datetime):
        return pl.Series([value], dtype=pl.Datetime("us", "UTC")).item()  # as polars names UTC
    return _PROTECTED[column.protection](value) if column.protection else value


def _pseudonym(text: str) -> str:
    return hmac.new(KEY, text.encode(), hashlib.sha256).hexdigest()


def _without_queries(text: str) -> str:
    """Letter by letter: a question mark starts what is cut, a blank or quote ends it."""
    kept, cutting = "", False
    for letter in text:
        cutting = letter == "?" or (cutting and letter not in ' \t\r\n\v\f"')
        kept += "" if cutting else letter
    return kept


_PROTECTED = {Protection.HASH: _pseudonym, Protection.STRIP_QUERY: _without_queries}
