"""A feed's test is a folder of data: files of its source, and what must become of them.

``tests/feeds/<feed>/`` has one file or more in the source's format and ``expect.yaml``:

``rows``
    The rows that the curate job gives, in the order of the files' names and of the records. A
    column that a row does not name is null. ``{hash: text}`` is the pseudonym of a text.
``rejects``
    ``{object, reasons}`` of each record that is rejected, in the same order. Default: none.
``duplicates``
    How many records repeat the key of another. Default: 0.
``now``
    When the batch is made, which late and future events are judged by.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from atvos.contract import Column, Feed, LogicalType
from curate.pipeline import run
from tests.curate.helpers import NOW, Outcome, make_batch
from tests.sql.cases import read_yaml
from tests.sql.values import CaseError, Row, filled

EXPECT = "expect.yaml"
KEY = "a key of the tests, and of them only"
_PARTS = {"rows", "rejects", "duplicates", "now"}


@dataclass(frozen=True)
class Expected:
    """What ``expect.yaml`` says."""

    rows: list[Row]
    rejects: list[tuple[str, list[str]]]
    duplicates: int
    now: datetime


def feed_folders(folder: Path) -> list[Path]:
    """Every feed's test folder."""
    return sorted(path for path in folder.iterdir() if (path / EXPECT).exists())


def read_expected(file: Path, feed: Feed) -> Expected:
    """What the file says; CaseError for what it cannot say."""
    said = read_yaml(file)
    if not isinstance(said, dict) or said.keys() - _PARTS or "rows" not in said:
        raise CaseError(f"{file}: found {said!r}; valid: a mapping of {', '.join(sorted(_PARTS))}")
    rejects = said.get("rejects") or []
    return Expected(
        rows=[_row(row, feed.columns, str(file)) for row in said["rows"] or []],
        rejects=[(reject["object"], reject["reasons"]) for reject in rejects],
        duplicates=int(said.get("duplicates", 0)),
        now=datetime.fromisoformat(said["now"]).astimezone(UTC) if "now" in said else NOW,
    )


def curated(folder: Path, feed: Feed, now: datetime, place: Path) -> Outcome:
    """What the curate job makes of the folder's files, as one batch."""
    files = sorted(file for file in folder.iterdir() if file.name != EXPECT)
    objects = {file.name: file.read_bytes() for file in files}
    batch = make_batch(place, feed.path.read_text(encoding="utf-8"), objects, now)
    assert run(["--batch", str(batch)]) == 0
    return Outcome(batch)


def found_rows(outcome: Outcome, feed: Feed) -> list[Row]:
    """The valid rows as they are compared."""
    return [
        {column.name: _comparable(row[column.name], column) for column in feed.columns}
        for row in outcome.rows.iter_rows(named=True)
    ]


def found_rejects(outcome: Outcome) -> list[tuple[str, list[str]]]:
    """Object and reasons of the rejects, in order."""
    return [(row["source_object"], row["reasons"]) for row in outcome.rejects.iter_rows(named=True)]


def _row(row: Row, columns: Sequence[Column], place: str) -> Row:
    """The row with its values typed, and the pseudonyms of what is to be hashed."""
    nulls = {column.name: None for column in columns}
    return filled({**nulls, **_hashed(row)}, columns, place)


def _hashed(value: Any) -> Any:
    match value:
        case {"hash": str(text), **rest} if not rest:
            return hmac.digest(KEY.encode(), text.encode(), "sha256").hex()
        case dict():
            return {name: _hashed(part) for name, part in value.items()}
        case list():
            return [_hashed(part) for part in value]
        case _:
            return value


def _comparable(value: Any, column: Column) -> Any:
    """A double as the decimal that it is written as, at any depth."""
    if column.items is not None:
        return [_comparable(element, column.items) for element in value]
    if column.fields:
        return {field.name: _comparable(value[field.name], field) for field in column.fields}
    if column.type is LogicalType.NUMBER and isinstance(value, float):
        return Decimal(repr(value))
    return value
