"""Whatever bytes land, no reader or judge fails, no record is lost, and both judges agree."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curate.records import Block
from curate.values import BLANKS
from tests.corpus import fuzz_judge
from tests.corpus.fuzz_judge import TARGETS, target
from tests.corpus.rows import CSV_HEADER, line, row

# Derandomized: a pipeline must not fail by chance; the fuzzer looks further.
bounded = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
SEEDS = list(fuzz_judge.seeds())
_JSON_BITS = [
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b'"',
    b"\\",
    b"\n",
    b"\r\n",
    b"\xef\xbb\xbf",
    b"\0",
]
_JSON_BITS += [
    b"null",
    b"NaN",
    b"1e400",
    b"-0",
    b'"deviceId"',
    b'"timestamp"',
    b"\xe2",
    b" ",
    b"7" * 25,
]
_CSV_BITS = [
    b",",
    b";",
    b'"',
    b"\n",
    b"\r",
    b"\r\n",
    b"\0",
    b"\xe2",
    b"V-1",
    b"1,5",
    b" ",
    b"\xef\xbb\xbf",
]
lines = st.sampled_from([line("a"), line("b", odometroKm=-1), line("c", deviceId=None), b"{}\n"])
rows = st.sampled_from([row("a"), row("b", odometroKm="x"), row("c", timestamp=""), b",,\n"])
json_bytes = st.lists(lines | st.sampled_from(_JSON_BITS), max_size=25).map(b"".join)
csv_bytes = st.lists(rows | st.sampled_from(_CSV_BITS), max_size=25).map(b"".join)


@pytest.mark.parametrize(("feed", "name"), TARGETS)
@bounded
@given(content=st.binary(max_size=400) | json_bytes | csv_bytes)
def test_arbitrary_bytes_are_read_and_judged(feed: str, name: str, content: bytes) -> None:
    target(feed, name).check(content)


@bounded
@given(content=csv_bytes)
def test_arbitrary_rows_below_a_header_are_judged(content: bytes) -> None:
    target("telemetry_events", "x.csv").check(CSV_HEADER + content)


@bounded
@given(content=st.sampled_from(SEEDS), at=st.integers(0, 1 << 16), bit=st.integers(0, 7))
def test_a_flipped_bit_of_the_corpus_is_no_surprise(content: bytes, at: int, bit: int) -> None:
    flipped = bytearray(content)
    flipped[1 + at % max(len(content) - 1, 1) if len(content) > 1 else 0] ^= 1 << bit
    fuzz_judge.one_input(bytes(flipped))


@bounded
@given(
    text=st.text(max_size=30),
    attribute=st.sampled_from(["odometroKm", "timestamp", "deviceId", "tipoVeiculo"]),
)
def test_an_arbitrary_text_in_a_column_is_judged_alike(text: str, attribute: str) -> None:
    content = line("a", 0, **{attribute: text}) + line("b")
    assert target("telemetry_events", "x.json").check(content) == 2
    plain = "".join(c for c in text if c not in '",\n\r').strip(BLANKS)
    good = CSV_HEADER + row("a", 0, **{attribute: plain}).replace(b"\r", b"") + row("b")
    assert target("telemetry_events", "x.csv").check(good) == 2


def test_the_fuzzers_target_holds_on_the_corpus() -> None:
    assert len(SEEDS) > 500
    assert {seed[0] for seed in SEEDS} == set(range(len(TARGETS)))
    for seed in SEEDS:
        fuzz_judge.one_input(seed)


class _Losing:
    """An examiner that forgets a record."""

    def __init__(self, examiner: Any) -> None:
        self._examiner = examiner

    def examine(self, block: Block) -> Any:
        frame, rejects = self._examiner.examine(block)
        return frame.head(len(frame) - 1), rejects


def test_a_lost_record_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    one = fuzz_judge.Target("telemetry_events", "x.json")
    assert one.check(line("a") + line("b", 1)) == 2
    monkeypatch.setattr(one, "_examiner", _Losing(one._examiner))
    with pytest.raises(AssertionError, match="lost or doubled"):
        one.check(line("a") + line("b", 1))


def test_judges_that_disagree_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    one = fuzz_judge.Target("telemetry_events", "x.json")
    other = fuzz_judge.Target("trips", "x.ndjson")
    monkeypatch.setattr(one, "_judge", other._judge)
    with pytest.raises(AssertionError, match="the judges disagree"):
        one.check(line("a"))
