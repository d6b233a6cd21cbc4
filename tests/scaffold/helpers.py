"""Scaffolds feeds of the tests, and has the curate job's own judge look at their records."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from atvos.batch import ObjectVersion
from atvos.contract import Feed, load_feed
from atvos.scaffold import Scaffold, scaffold
from curate import reading
from curate.judge import Judge
from curate.ranges import Range
from curate.records import Fault

NOW = datetime(2026, 1, 1, tzinfo=UTC)
NAME = "receipts"


def ndjson(records: Sequence[object]) -> bytes:
    """The records as NDJSON."""
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def csv_text(rows: Sequence[Sequence[object]], delimiter: str = ";") -> str:
    """The rows as CSV."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return text.getvalue()


def csv_of(columns: Mapping[str, Sequence[object]], delimiter: str = ";") -> bytes:
    """A CSV with these values by header name."""
    return csv_text([tuple(columns), *zip(*columns.values(), strict=True)], delimiter).encode()


def proposed(folder: Path, *contents: bytes, suffix: str = "") -> Scaffold:
    """What is proposed for files of these contents."""
    files = []
    for number, content in enumerate(contents):
        files.append(folder / f"sample{number}{suffix}")
        files[-1].write_bytes(content)
    return scaffold(NAME, files, NOW)


def loaded(folder: Path, found: Scaffold) -> Feed:
    """The feed of the proposed contract."""
    file = folder / found.contract.name
    file.write_bytes(found.files[found.contract])
    return load_feed(file)


def feed_of(folder: Path, *contents: bytes) -> Feed:
    """The feed that is proposed for files of these contents."""
    return loaded(folder, proposed(folder, *contents))


def comments(found: Scaffold) -> str:
    """The comments of the contract, on one line."""
    lines = found.files[found.contract].decode().splitlines()
    return " ".join(line.partition("# ")[2] for line in lines if "# " in line)


def expected_of(found: Scaffold) -> dict[str, Any]:
    """What the proposed test expects."""
    (file,) = (file for file in found.files if file.name == "expect.yaml")
    document: dict[str, Any] = yaml.safe_load(found.files[file])
    return document


def verdicts(folder: Path, feed: Feed, content: bytes) -> Iterator[tuple[str, ...]]:
    """The reasons that the judge gives against each record of a file; none where it accepts."""
    (folder / "judged").write_bytes(content)
    version = ObjectVersion(str(folder), "judged", 1, len(content), "", NOW)
    judge = Judge(feed, feed.sources[0], NOW)
    for item in reading.read(version, Range(0), feed, 1 << 20):
        if isinstance(item, Fault):
            yield (item.reason,)
            continue
        for index, line in enumerate(item.lines):
            row = item.row(index)
            yield (judge.line(line) if row is None else judge.row(row)).reasons
