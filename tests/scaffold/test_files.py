"""How the format of sample files is found out, and what dirt is made of."""

import gzip
import json
from pathlib import Path

import pytest

from atvos.contract import Source, SourceFormat
from atvos.scaffold import SampleError, scaffold
from tests.scaffold.helpers import NOW, comments, csv_of, feed_of, loaded, ndjson, proposed

RECORDS = [{"id": "a"}, {"id": "b"}]


@pytest.mark.parametrize(
    ("content", "source"),
    [
        (b'{"id": "a"}\n{"id": "b"}\n', Source(SourceFormat.NDJSON)),
        (b"\xef\xbb\xbf" + ndjson(RECORDS), Source(SourceFormat.NDJSON)),
        (gzip.compress(ndjson(RECORDS)), Source(SourceFormat.NDJSON)),
        (json.dumps(RECORDS, indent=1).encode(), Source(SourceFormat.JSON_ARRAY)),
        (b"id,n\na,1.5\n", Source(SourceFormat.CSV)),
        (b"id;n\na;1,5\n", Source(SourceFormat.CSV, delimiter=";", decimal_mark=",")),
        (b"id;n\na;1.5\n", Source(SourceFormat.CSV, delimiter=";")),
        (b"id\tn\na\t1.5\n", Source(SourceFormat.CSV, delimiter="\t")),
        (b"id|n\na|1.5\n", Source(SourceFormat.CSV, delimiter="|")),
        (b'id,n\na,"1,5"\n', Source(SourceFormat.CSV, decimal_mark=",")),
        ("id,é\na,ã\n".encode(), Source(SourceFormat.CSV)),
        ("id,é\na,ã\n".encode("latin-1"), Source(SourceFormat.CSV, encoding="latin-1")),
        (b"id,n\r\na,1.5\r\n", Source(SourceFormat.CSV)),
        (b"id\na\n", Source(SourceFormat.CSV)),
        (
            b"DEV-1,1.5\nDEV-1,2.5\n",
            Source(SourceFormat.CSV, header=("column_1", "column_2")),
        ),
    ],
)
def test_the_format_is_found_out(tmp_path: Path, content: bytes, source: Source) -> None:
    assert feed_of(tmp_path, content).sources == (source,)


@pytest.mark.parametrize(
    ("content", "finding"),
    [
        (b'{"id": "a"}\n{"id":\n[1]\n', "skipped: 1 records that are no JSON"),
        (b'{"id": "a"}\n{"id": "\xe9"}\n', "skipped: 1 records that are no UTF-8"),
        (b"id,n\na,1\nb\n", "skipped: 1 rows of another width than the first"),
        (b'id,n\na,1\n"b,2\nc,3\n', "skipped: 1 rows with a quote that is not closed"),
        (b"id,n\na,1\nb\r,2\n", "skipped: 1 rows with a carriage return outside quotes"),
        (b"id,n\na,1\nid,n\n", "skipped: 1 rows that repeat the header"),
        (
            gzip.compress(ndjson(RECORDS))[:-4],
            "skipped: 1 file with damaged gzip: read up to there",
        ),
    ],
)
def test_what_cannot_be_read_is_counted_and_said(
    tmp_path: Path, content: bytes, finding: str
) -> None:
    assert finding in proposed(tmp_path, content).findings


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "found nothing"),
        (b"id;nome\n", "found nothing"),
        (b"{}}\n", "found 1 records that are no JSON"),
        (b"\xff\xfei\x00d\x00", "found UTF-16"),
        (b'{"n": 1.123456789012}', "found no column that can be a key"),
    ],
)
def test_a_file_that_gives_no_contract_is_refused_with_what_would(
    tmp_path: Path, content: bytes, found: str
) -> None:
    with pytest.raises(SampleError, match=f"{found}.*; valid: "):
        proposed(tmp_path, content)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SampleError, match="nothing: No such file or directory; valid: "):
        scaffold("receipts", [tmp_path / "nothing"], NOW)


def test_several_files_are_one_sample(tmp_path: Path) -> None:
    found = proposed(tmp_path, csv_of({"id": ["a"], "n": ["1"]}), csv_of({"id": ["b"], "n": ["x"]}))
    assert loaded(tmp_path, found).by_name["n"].physical_type == "STRING"


def test_each_file_may_show_another_part_of_the_form(tmp_path: Path) -> None:
    first, second = csv_of({"id": ["a"], "n": ["1"]}), "id;n\nã;1,5\n".encode("latin-1")
    feed = feed_of(tmp_path, first, second)
    assert feed.sources == (
        Source(SourceFormat.CSV, encoding="latin-1", delimiter=";", decimal_mark=","),
    )


def test_files_of_two_formats_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SampleError, match=r"sample1: found ndjson, where others are csv in"):
        proposed(tmp_path, b"id,n\na,1.5\n", ndjson(RECORDS))


def test_a_column_that_a_file_lacks_is_left_out(tmp_path: Path) -> None:
    found = proposed(tmp_path, csv_of({"id": ["a"], "n": ["1"]}), csv_of({"id": ["b"], "m": ["1"]}))
    assert [column.name for column in loaded(tmp_path, found).columns] == ["id"]
    assert "2 columns are not in every file, and are left out" in comments(found)


def test_columns_of_one_name_cannot_be_told_apart(tmp_path: Path) -> None:
    found = proposed(tmp_path, b"id;n;n;\na;1;2;3\n")
    assert [column.name for column in loaded(tmp_path, found).columns] == ["id"]
    assert "3 columns have a blank name or another's" in comments(found)


@pytest.mark.parametrize("odd", [{"id": "x", "n": "1"}, {"id": "x", "n": 1, "in": 7}])
def test_a_rare_record_of_other_types_is_set_aside(tmp_path: Path, odd: object) -> None:
    records = [{"id": f"a{n}", "n": n, "in": {"x": n}} for n in range(30)]
    found = proposed(tmp_path, ndjson([*records, odd]))
    columns = loaded(tmp_path, found).by_name
    assert [columns[name].physical_type for name in ("n", "in_x")] == ["INT64", "INT64"]
    assert any(finding.startswith("skipped: 1 records with a value") for finding in found.findings)


def test_a_few_texts_among_dates_are_said(tmp_path: Path) -> None:
    days = [f"2025-06-{day:02d}" for day in range(1, 29)]
    found = proposed(tmp_path, csv_of({"id": range(29), "dia": [*days, "tarde"]}))
    assert "97% of the first 29 are dates or times: are the others faults?" in comments(found)


@pytest.mark.parametrize("depth", [7, 150, 900, 5000])
@pytest.mark.parametrize("shape", ['{"b":', "[", '[{"b":'])
def test_deep_nesting_is_left_out_or_unreadable(tmp_path: Path, depth: int, shape: str) -> None:
    closing = {'{"b":': "}", "[": "]", '[{"b":': "}]"}[shape]
    deep = f'{{"id": "y", "a": {shape * depth}1{closing * depth}}}\n'
    found = proposed(tmp_path, b'{"id": "x"}\n' + deep.encode())
    assert loaded(tmp_path, found).columns[0].name == "id"
    assert any(finding.startswith(("skipped", "left out: a")) for finding in found.findings)
