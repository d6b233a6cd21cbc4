"""What a backup says of itself: which marts, how many rows, which files with which checksums."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{6}")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_FILE = re.compile(r"part-\d{5}\.parquet")
FORMAT = 1
"""The version of the manifest's own form."""


class BackupError(ValueError):
    """A backup cannot be made, read or put back; nothing was changed by the step that says so."""


@dataclass(frozen=True, slots=True)
class BackupFile:
    """A Parquet file of a mart: its name within the mart's folder, size in bytes, checksum."""

    name: str
    size: int
    crc32c: str


@dataclass(frozen=True, slots=True)
class MartCopy:
    """A mart as it was: ``fingerprint`` is BigQuery's over the rows in any order.

    ``version`` is that of the contract, ``data_as_of`` the date of the data, None where it
    was not known.
    """

    mart: str
    version: str
    columns: tuple[str, ...]
    rows: int
    fingerprint: str
    data_as_of: datetime | None
    files: tuple[BackupFile, ...]


@dataclass(frozen=True, slots=True)
class Manifest:
    """A whole backup. ``commit`` is the one that was deployed, None in a working tree."""

    backup_id: str
    created_at: datetime
    project: str
    environment: str
    commit: str | None
    marts: tuple[MartCopy, ...]

    @property
    def rows(self) -> int:
        """Rows of all marts together."""
        return sum(mart.rows for mart in self.marts)

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(file.size for mart in self.marts for file in mart.files)

    def to_json(self) -> str:
        """The document."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=1, default=_text)

    @classmethod
    def from_json(cls, text: str, where: str) -> Manifest:
        """The manifest that ``to_json`` wrote. BackupError with the place where it is none.

        Names in it become names of tables and objects, and are therefore judged.
        """
        try:
            found = json.loads(text)
            if found.pop("format") != FORMAT:
                raise BackupError(f"{where}: format; valid: {FORMAT}")
            created_at = datetime.fromisoformat(found.pop("created_at"))
            marts = tuple(_mart(item) for item in found.pop("marts"))
            made = cls(created_at=created_at, marts=marts, **found)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            if isinstance(error, BackupError):
                raise
            raise BackupError(f"{where}: not a manifest: {error!r}") from None
        made._judge(where)
        return made

    def _judge(self, where: str) -> None:
        for mart in self.marts:
            wrong = [name for name in (mart.mart, *mart.columns) if not _NAME.fullmatch(name)]
            wrong += [file.name for file in mart.files if not _FILE.fullmatch(file.name)]
            if wrong:
                raise BackupError(f"{where}: found the name {wrong[0]!r}; valid: like dim_unit")
        if not is_id(self.backup_id):
            raise BackupError(f"{where}: backup_id: found {self.backup_id!r}")


def is_id(text: str) -> bool:
    """Whether this may be the name of a backup.

    >>> is_id("20261128T053000Z-0f1e2d"), is_id("../x")
    (True, False)
    """
    return _ID.fullmatch(text) is not None


def new_id(now: datetime, token: str) -> str:
    """A name that sorts by time; ``token`` is six hexadecimal digits.

    >>> new_id(datetime(2026, 11, 28, 5, 30, tzinfo=UTC), "0f1e2d")
    '20261128T053000Z-0f1e2d'
    """
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{token}"


def _mart(item: dict[str, Any]) -> MartCopy:
    as_of = item.pop("data_as_of")
    files = tuple(BackupFile(**file) for file in item.pop("files"))
    columns = tuple(item.pop("columns"))
    dated = datetime.fromisoformat(as_of) if as_of else None
    return MartCopy(data_as_of=dated, files=files, columns=columns, **item)


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)
