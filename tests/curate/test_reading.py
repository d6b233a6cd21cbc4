"""Every record of an object is read exactly once, wherever blocks and ranges are cut."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from atvos.batch import Batch, ObjectVersion
from atvos.contract import Source, SourceFormat, reasons
from curate import csv_table, json_array, ndjson, objects
from curate.gunzip import decompressed
from curate.lines import whole_lines
from curate.ranges import Range, line_ranges, pack
from curate.records import Block, Fault, Records, UnreadableError

quick = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
CSV = Source(SourceFormat.CSV)

sizes = st.sampled_from([1, 2, 3, 7, 16, 64, 1000])
contents = st.lists(
    st.sampled_from([b"", b" ", b"\r", b"{}", b"x" * 50, b"\xc3\xa9", b'"']), max_size=30
)


def chunked(content: bytes, size: int) -> Iterator[bytes]:
    """The content in chunks of ``size`` bytes."""
    return (content[at : at + size] for at in range(0, len(content), size))


def broken(content: bytes, size: int) -> Iterator[bytes]:
    """The content in chunks, and then an object that cannot be read on."""
    yield from chunked(content, size)
    raise UnreadableError("broken")


def stored(folder: Path, content: bytes, name: str = "object") -> ObjectVersion:
    """A file as an object."""
    (folder / name).write_bytes(content)
    return ObjectVersion(str(folder), name, 1, len(content), "", datetime(2025, 6, 1, tzinfo=UTC))


def found(records: Records) -> tuple[list[tuple[int, bytes]], list[Fault]]:
    """Position and bytes of all records, and the faults."""
    good: list[tuple[int, bytes]] = []
    faults: list[Fault] = []
    for item in records:
        if isinstance(item, Fault):
            faults.append(item)
        else:
            good += zip(item.positions.tolist(), item.lines, strict=True)
    return good, faults


def expected_lines(content: bytes) -> list[tuple[int, bytes]]:
    """Position and bytes of the lines that are not blank."""
    lines, at = [], 0
    for line in content.split(b"\n"):
        if line.strip():
            lines.append((at, line))
        at += len(line) + 1
    return lines


@quick
@given(lines=contents, end=st.booleans(), size=sizes, piece=sizes)
def test_ranges_hold_every_line_exactly_once(
    tmp_path: Path, lines: list[bytes], end: bool, size: int, piece: int
) -> None:
    content = b"\n".join(lines) + (b"\n" if end else b"")
    version = stored(tmp_path, content)
    ranges = list(line_ranges(version, size))
    assert [at for pair in ranges for at in pair] == _bounds(ranges, len(content))
    good = []
    for start, stop in ranges:
        chunks = objects.read(version, start, stop, piece)
        good += found(ndjson.read(whole_lines(chunks, start)))[0]
    assert good == expected_lines(content)


def _bounds(ranges: list[tuple[int, int]], size: int) -> list[int]:
    """Each range begins where the one before it ended, from 0 to the size."""
    starts = [start for start, _ in ranges]
    return (
        [at for pair in zip(starts, [*starts[1:], size], strict=True) for at in pair]
        if ranges
        else []
    )


def test_small_objects_are_read_together_and_large_ones_alone() -> None:
    landed = datetime(2025, 6, 1, tzinfo=UTC)
    sized = [10, 20, 100, 30, 30, 50]
    versions = tuple(
        ObjectVersion("b", f"{i}", 1, size, "", landed) for i, size in enumerate(sized)
    )
    tasks = pack(Batch("feed", landed, versions), 60)
    assert [[part.number for part in task] for task in tasks] == [[0, 1], [2], [3, 4], [5]]
    assert all(part == Range(part.number) for task in tasks for part in task)


def test_gzip_is_as_large_as_its_text() -> None:
    landed = datetime(2025, 6, 1, tzinfo=UTC)
    names = ["a.json", "b.json", "c.json.gz", "d.json.gz"]
    versions = tuple(ObjectVersion("b", name, 1, 10, "", landed) for name in names)
    tasks = pack(Batch("feed", landed, versions), 60)
    assert [[part.number for part in task] for task in tasks] == [[0, 1], [2], [3]]


@quick
@given(lines=contents, size=sizes)
def test_a_line_that_is_too_long_is_one_fault_and_reading_goes_on(
    lines: list[bytes], size: int
) -> None:
    content = b"\n".join(lines)
    good, faults = found(ndjson.read(whole_lines(chunked(content, min(size, 10)), longest=10)))
    expected = expected_lines(content)
    assert good == [item for item in expected if len(item[1]) <= 10]
    assert [fault.position for fault in faults] == [at for at, line in expected if len(line) > 10]
    assert {fault.reason for fault in faults} <= {reasons.TOO_LONG}


def test_what_is_left_of_a_broken_object_is_one_fault() -> None:
    good, faults = found(ndjson.read(whole_lines(broken(b"{}\n{}\n{1", 4))))
    assert good == [(0, b"{}"), (3, b"{}")]
    assert faults == [Fault(6, reasons.UNREADABLE, b"{1", "broken")]


@pytest.mark.parametrize("content", [b"\xef\xbb\xbf{}\n{}", b"\xef\xbb\xbf\n\n{}\n{}\n"])
@pytest.mark.parametrize("size", [1, 2, 100])
def test_a_byte_order_mark_is_skipped(content: bytes, size: int) -> None:
    good, _ = found(ndjson.read(whole_lines(chunked(content, size))))
    assert [line for _, line in good] == [b"{}", b"{}"]
    assert all(content[at : at + 2] == line for at, line in good)


@quick
@given(parts=st.lists(st.binary(max_size=300), min_size=1, max_size=4), size=sizes, piece=sizes)
def test_gzip_members_follow_one_another(parts: list[bytes], size: int, piece: int) -> None:
    packed = b"".join(map(gzip.compress, parts)) + b"\0\0"
    pieces = list(decompressed(chunked(packed, size), piece))
    assert b"".join(pieces) == b"".join(parts)
    assert max(map(len, pieces), default=0) <= piece


@quick
@given(content=st.binary(min_size=1, max_size=300), cut=st.integers(1, 19), size=sizes)
def test_truncated_gzip_gives_what_is_there_and_then_a_fault(
    content: bytes, cut: int, size: int
) -> None:
    packed = gzip.compress(content)[:-cut]
    got: list[bytes] = []
    with pytest.raises(UnreadableError):
        got.extend(decompressed(chunked(packed, size), 64))
    assert content.startswith(b"".join(got))


@pytest.mark.parametrize("harm", ["checksum", "garbage after it"])
def test_damaged_gzip_is_a_fault(harm: str) -> None:
    packed = bytearray(gzip.compress(b"x" * 1000))
    packed[-6 if harm == "checksum" else len(packed) :] = b"garbage that is no gzip"
    with pytest.raises(UnreadableError):
        list(decompressed(iter([bytes(packed)]), 64))


def test_bytes_that_are_no_gzip_stay_as_they_are() -> None:
    assert b"".join(decompressed(chunked(zlib.compress(b"abc"), 1), 64)) == zlib.compress(b"abc")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)


@quick
@given(
    elements=st.lists(json_values, max_size=8), size=sizes, block=sizes, ascii_only=st.booleans()
)
def test_elements_of_an_array_are_found_where_they_stand(
    elements: list[object], size: int, block: int, ascii_only: bool
) -> None:
    content = json.dumps(elements, ensure_ascii=ascii_only, indent=1).encode()
    good, faults = found(json_array.read(chunked(content, size), block))
    assert faults == []
    assert [json.loads(line) for _, line in good] == elements
    assert all(content[at : at + len(line)] == line for at, line in good)


@pytest.mark.parametrize(
    ("content", "elements", "rest"),
    [
        (b"", [], b""),
        (b"{}", [], b"{}"),
        (b"[1, 2", [b"1", b"2"], b""),
        (b"[1, 2 3]", [b"1", b"2"], b"3]"),
        (b"[1,, 2]", [b"1"], b", 2]"),
        (b"[1, ]", [b"1"], b"]"),
        (b'[{"a": 1}, {"a": ', [b'{"a": 1}'], b'{"a": '),
        (b"[1] x", [b"1"], b"x"),
        (b"[" * 3_000, [], b"[" * 2_999),
        (b"\xef\xbb\xbf[ ]", [], None),
        (b'[NaN, "a\nb"]', [b"NaN", b'"a\nb"'], None),
    ],
)
def test_an_array_is_read_up_to_what_is_no_array(
    content: bytes, elements: list[bytes], rest: bytes | None
) -> None:
    good, faults = found(json_array.read(chunked(content, 3000), 100))
    assert [line for _, line in good] == elements
    assert [fault.line for fault in faults] == ([] if rest is None else [rest])
    assert {fault.reason for fault in faults} <= {reasons.UNREADABLE}


def rows_of(
    content: bytes, size: int = 1000, source: Source = CSV
) -> tuple[list[tuple[str, ...]], list[Fault]]:
    """The rows of a CSV with the columns a and b, and its faults."""
    rows: list[tuple[str, ...]] = []
    faults: list[Fault] = []
    for item in csv_table.read(whole_lines(chunked(content, size)), source, ["b", "a"]):
        if isinstance(item, Fault):
            faults.append(item)
        else:
            assert item.texts is not None
            rows += zip(item.texts["a"], item.texts["b"], strict=True)
            for at, line in zip(item.positions.tolist(), item.lines, strict=True):
                assert content[at : at + len(line)] == line
    return rows, faults


fields = st.text(st.sampled_from('ab,"\n\r é;'), max_size=6)


@quick
@given(
    rows=st.lists(st.tuples(fields, fields), max_size=8),
    end=st.sampled_from(["\n", "\r\n"]),
    size=sizes,
)
def test_csv_rows_are_those_that_were_written(
    rows: list[tuple[str, str]], end: str, size: int
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([("a", "b"), *rows])
    assert rows_of(text.getvalue().encode(), size) == (rows, [])


@pytest.mark.parametrize(
    ("content", "rows", "faults"),
    [
        (b"", [], []),
        (b"a,b\n", [], []),
        (b"a,b\n1,2\n\n3,4", [("1", "2"), ("3", "4")], []),
        (b"\xef\xbb\xbf b ,c,a\r\n1,2,3\r\n", [("3", "1")], []),
        (b'a,b\n"1\r\n1","2""2"\n', [("1\r\n1", '2"2')], []),
        (
            b"a,b\n1\n2,3,4\n5,6\n",
            [("5", "6")],
            [(4, "ragged_row", b"1"), (6, "ragged_row", b"2,3,4")],
        ),
        (b'a,b\n1,"2\n3,4\n5,6\n', [("3", "4"), ("5", "6")], [(4, "unbalanced_quote", b'1,"2')]),
        (b'a,b\n1,5" pipe\n3,4\n', [("1", '5" pipe'), ("3", "4")], []),
        (b"a,b\n1,2\r3\n4,5\n", [("4", "5")], [(4, "ragged_row", b"1,2\r3")]),
        (b"a,b\n1,\xe9\n2,3\n", [("2", "3")], [(4, "encoding", b"1,\xe9")]),
        (b'a,b\n1,"\xe9\n"\n2,3\n', [("2", "3")], [(4, "encoding", b'1,"\xe9\n"')]),
        (b"a,c\n1,2\n", [], [(0, "header", b"a,c")]),
        (b"a,b,a\n1,2,3\n", [], [(0, "header", b"a,b,a")]),
        (b'"a,b\n1,2\n', [], [(0, "header", b'"a,b')]),
        (b"a,b,x,x\n1,2,3,4\n", [("1", "2")], []),
    ],
)
@pytest.mark.parametrize("size", [1, 5, 1000])
def test_csv_faults_stand_for_their_rows(
    content: bytes, rows: list[tuple[str, str]], faults: list[tuple[int, str, bytes]], size: int
) -> None:
    got, wrong = rows_of(content, size)
    assert got == rows
    assert [(fault.position, fault.reason, fault.line) for fault in wrong] == faults


def test_a_stray_quote_spoils_one_line_of_a_long_csv() -> None:
    content = b'a,b\n1,"2\n' + b"3,4\n" * 3000
    rows, faults = rows_of(content, 100)
    assert len(rows) == 3000
    assert [fault.reason for fault in faults] == ["unbalanced_quote"]


def test_a_csv_in_latin_1_without_a_header() -> None:
    source = Source(SourceFormat.CSV, encoding="latin-1", delimiter=";", header=("a", "x", "b"))
    assert rows_of(b"\xe9;1;2\n", source=source) == ([("é", "2")], [])


def test_a_csv_that_breaks_off_within_a_row_keeps_what_could_be_read_of_it() -> None:
    items = list(csv_table.read(whole_lines(broken(b'a,b\n1,2\n3,"4\n5', 4)), CSV, ["a", "b"]))
    assert sum(len(item) for item in items if isinstance(item, Block)) == 1
    assert [item for item in items if isinstance(item, Fault)] == [
        Fault(8, reasons.UNREADABLE, b'3,"4\n5', "broken")
    ]


def test_an_object_that_is_gone_is_unreadable(tmp_path: Path) -> None:
    version = stored(tmp_path, b"{}")
    (tmp_path / "object").unlink()
    with pytest.raises(UnreadableError):
        list(objects.read(version))
