"""What contracts say in values, said in words."""

from dataclasses import replace
from datetime import timedelta

import pytest

from atvos.contract import (
    Check,
    Column,
    EpochUnit,
    LogicalType,
    Operator,
    Source,
    SourceFormat,
)
from atvos.dictionary import markdown, wording

TEXT = Column("a", LogicalType.STRING, "STRING", "", sources=(("a",),))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (timedelta(minutes=5), "5 min"),
        (timedelta(seconds=90), "90 s"),
        (timedelta(seconds=0.5), "0.5 s"),
        (timedelta(hours=24), "24 h"),
        (timedelta(hours=26), "26 h"),
        (timedelta(days=2), "2 d"),
    ],
)
def test_a_span_is_told_in_its_largest_whole_unit(value: timedelta, words: str) -> None:
    assert wording.span(value) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (timedelta(days=720), "24 months of 30 days"),
        (timedelta(days=365), "365 days"),
        (timedelta(days=90), "90 days"),
        (None, "without limit"),
    ],
)
def test_retention_is_told_in_months_where_the_contract_has_them(
    value: timedelta | None, words: str
) -> None:
    assert wording.retention(value) == words


@pytest.mark.parametrize(
    ("column", "words"),
    [
        (replace(TEXT, enum=("x", "y")), ["One of `x`, `y`."]),
        (replace(TEXT, minimum=0), ["At least 0."]),
        (replace(TEXT, maximum=99.5), ["At most 99.5."]),
        (replace(TEXT, minimum=-1, maximum=999), ["-1 to 999."]),
        (replace(TEXT, min_length=6, max_length=6), ["6 characters."]),
        (replace(TEXT, max_length=64), ["At most 64 characters."]),
        (replace(TEXT, pattern="a`|b"), ["Matches <code>a&#96;&#124;b</code>."]),
        (TEXT, []),
    ],
)
def test_limits_are_told_only_where_there_are_some(column: Column, words: list[str]) -> None:
    assert list(wording.limits(column)) == words


@pytest.mark.parametrize(
    ("column", "words"),
    [
        (replace(TEXT, sources=(("data",), ("hora",))), ["`data` and `hora`"]),
        (replace(TEXT, sources=(("proxy", "host"),)), ["`proxy` → `host`"]),
        (replace(TEXT, format="%d/%m/%Y"), ["`a`", "written `%d/%m/%Y`"]),
        (replace(TEXT, epoch_unit=EpochUnit.MILLISECONDS), ["`a`", "milliseconds since 1970"]),
        (replace(TEXT, null_values=("-", "n/a")), ["`a`", "null where `-`, `n/a`"]),
        (replace(TEXT, source_pattern="(.)$"), ["`a`", "the part that `(.)$` finds"]),
    ],
)
def test_a_source_is_told_with_how_it_is_read(column: Column, words: list[str]) -> None:
    assert list(wording.origin(column)) == words


@pytest.mark.parametrize(
    ("check", "words"),
    [
        (Check("a", "rowCount", Operator.GREATER, (0,)), "rows &gt; 0"),
        (Check("a", "sql", Operator.MUST_NOT_BE, (1,)), "result ≠ 1"),
        (Check("a", "nullValues", Operator.LESS_OR_EQUAL, (5,), percent=True), "null values ≤ 5 %"),
        (Check("a", "duplicateValues", Operator.BETWEEN, (1, 2.5)), "duplicates from 1 to 2.5"),
    ],
)
def test_a_comparison_is_told_with_its_bounds(check: Check, words: str) -> None:
    assert wording.comparison(check) == words


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (Source(SourceFormat.NDJSON), "NDJSON"),
        (
            Source(SourceFormat.CSV, encoding="latin-1", delimiter=";", decimal_mark=","),
            "CSV, latin-1, delimiter `;`, decimal mark `,`, header in the file",
        ),
        (
            Source(SourceFormat.CSV, delimiter="\t", header=("a",)),
            "CSV, utf-8, delimiter tab, decimal mark `.`, no header",
        ),
        (
            Source(SourceFormat.CSV, delimiter="|"),
            "CSV, utf-8, delimiter <code>&#124;</code>, decimal mark `.`, header in the file",
        ),
    ],
)
def test_a_format_is_told_with_what_a_reader_must_know(source: Source, words: str) -> None:
    assert wording.source(source) == words


def test_text_is_one_line_without_markup() -> None:
    assert markdown.text("a <b>\n & [c](d)") == "a &lt;b&gt; &amp; &#91;c&#93;(d)"


def test_a_link_leads_from_the_page_that_it_is_on() -> None:
    assert markdown.link("x", "marts/x.md", "curated/y.md", "km") == "[x](../marts/x.md#km)"
    assert markdown.link("x", "marts/x.md", "marts/x.md", "km") == "[x](#km)"
    assert markdown.link("x", "marts/x.md", "index.md") == "[x](marts/x.md)"
