"""A record is read again exactly as the curate job read it, whatever stands around it."""

import gzip
import io
from dataclasses import replace
from pathlib import Path

import pytest

from atvos.batch import ObjectVersion
from atvos.contract import Feed
from atvos.replays import core
from atvos.replays.originals import GoneError, Original
from curate import reading
from curate.ranges import Range
from curate.records import Fault, without_line_end
from tests.atvos.examples import LANDED
from tests.curate.helpers import feed_of
from tests.replays.conftest import visits

BOM = b"\xef\xbb\xbf"
HEADER = b"id;day;kind;note"
NDJSON = b'{"id": 1}\n\n  \r\n{"id": 2}\r\n{\n[]\n{"id": "\xff"}\n\x00\n{"id": 3}'
CSV = (
    HEADER
    + b'\r\n1;a;"x;\r\ny""z";\r\n\r\n2;"";;\xe9\n3;b\n4;a\rb;;\n"5";;;"a\n\n\nb"\n6;;;"q"q\n7;;;'
)
ARRAY = (
    b' [ {"id": 1 } ,\n{"note": "\xc3\xa9 ] , \\" }"},\t[1, [2]], "a", 12, null, -1.5e3,'
    b'{"b":"\x01"}, {}]\n'
)
BIG = b'[{"note": "' + b"x" * (3 << 20) + b'"}, 1234567]'


@pytest.fixture
def feed(tmp_path: Path) -> Feed:
    """A feed that reads each of the formats."""
    formats = [
        {"format": "json_array", "suffixes": [".json"]},
        {"format": "csv", "suffixes": [".csv"], "encoding": "latin-1", "delimiter": ";"}
        | {"decimalMark": ","},
        {"format": "ndjson"},
    ]
    return feed_of(tmp_path, visits("visits", "bus", sourceFormat=formats))


def records(folder: Path, name: str, content: bytes, feed: Feed) -> dict[int, bytes]:
    """What the curate job reads of an object, by position; rejects that are no record left out."""
    (folder / name).write_bytes(content)
    version = ObjectVersion(f"{folder}/", name, 1, len(content), "", LANDED)
    found: dict[int, bytes] = {}
    for item in reading.read(version, Range(0), feed, 1 << 20):
        if not isinstance(item, Fault):
            pairs = zip(item.positions.tolist(), item.lines, strict=True)
            found |= {position: without_line_end(line) for position, line in pairs}
        elif item.reason not in core.NEVER:
            found[item.position] = without_line_end(item.line)
    return found


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("name", "content", "count"),
    [
        ("a.ndjson", NDJSON, 7),
        ("a.ndjson", BOM + NDJSON, 7),
        ("a.csv", CSV, 7),
        ("a.csv", BOM + CSV, 7),
        ("a.csv", b"\n\r\n" + CSV + b"\n", 7),
        ("a.json", ARRAY, 9),
        ("a.json", BOM + BIG, 2),
    ],
)
def test_every_record_is_found_where_the_curate_job_found_it(
    name: str, content: bytes, count: int, packed: bool, feed: Feed, tmp_path: Path
) -> None:
    stored = gzip.compress(content[:9]) + gzip.compress(content[9:]) if packed else content
    expected = records(tmp_path, name, stored, feed)
    original = Original(io.BytesIO(stored), feed.source_of(name))
    assert original.header() == (HEADER if name == "a.csv" else b"")
    assert {position: original.record(position) for position in expected} == expected
    assert len(expected) == count


def test_a_replay_object_is_read_as_the_records_that_it_was_made_of(
    feed: Feed, tmp_path: Path
) -> None:
    kept = []
    for name, content in (("a.ndjson", NDJSON), ("b.csv", CSV), ("c.json", ARRAY)):
        for position, line in records(tmp_path, name, content, feed).items():
            place = core.Place("landing", name, 1, position)
            rejected = core.Rejected(LANDED.date(), place, place, ())
            kept.append(core.Record(rejected, line, HEADER if name == "b.csv" else b""))
    made = core.objects(feed, f"{LANDED:%Y%m%d}0f1e2d3c4b5a", kept)
    assert [item.name.rpartition("/")[2] for item in made] == ["000.ndjson", "001.csv", "002.json"]
    (tmp_path / made[0].name).parent.mkdir(parents=True)
    for item in made:
        found = records(tmp_path, item.name, item.content, feed)
        assert sorted(found) == [position for position, _ in item.records]
        by_place = {record.rejected.place: record.content for record in kept}
        assert found == {position: by_place[r.place] for position, r in item.records}


def test_what_is_not_there_is_gone(feed: Feed) -> None:
    lines = Original(io.BytesIO(NDJSON), feed.source_of("a.ndjson"))
    with pytest.raises(GoneError, match="nothing begins at byte 9999"):
        lines.record(9999)
    array = Original(io.BytesIO(b'[{"id": 1'), feed.source_of("a.json"))
    with pytest.raises(GoneError, match="no whole element"):
        array.record(1)
    packed = gzip.compress(NDJSON * 9999)
    broken = Original(io.BytesIO(packed[:200]), feed.source_of("a.ndjson"))
    with pytest.raises(GoneError, match="damaged gzip"):
        broken.record(len(NDJSON) * 9000)


def test_records_stand_in_the_order_in_which_they_landed_first(feed: Feed) -> None:
    def record(name: str, generation: int, position: int, size: int = 1) -> core.Record:
        place = core.Place("landing", "replayed", 99, position)
        origin = core.Place("landing", name, generation, position)
        return core.Record(core.Rejected(LANDED.date(), place, origin, ()), b"x" * size)

    mixed = [record("b", 2, 0), record("a", 1, 7), record("a", 1, 0, 9), record("c", 3, 5)]
    made = core.objects(feed, f"{LANDED:%Y%m%d}0f1e2d3c4b5a", mixed, limit=4)
    assert [[r.origin.generation for _, r in item.records] for item in made] == [[1], [1, 2, 3]]
    assert [[position for position, _ in item.records] for item in made] == [[0], [0, 2, 4]]


def test_a_name_that_would_be_read_as_another_format_is_refused(feed: Feed) -> None:
    formats = (
        replace(feed.sources[2], suffixes=(".ndjson",)),
        replace(feed.sources[0], suffixes=()),
    )
    swapped = replace(feed, sources=(replace(feed.sources[2], suffixes=(".json",)), *formats[1:]))
    place = core.Place("landing", "a.array", 1, 0)
    record = core.Record(core.Rejected(LANDED.date(), place, place, ()), b"{}")
    with pytest.raises(
        core.ReplayError, match="would not be read as json_array; valid: `suffixes`"
    ):
        core.objects(swapped, f"{LANDED:%Y%m%d}0f1e2d3c4b5a", [record])
