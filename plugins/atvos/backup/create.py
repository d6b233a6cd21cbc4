"""Copies marts to Cloud Storage, each as it is at one moment."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from atvos import jobs, ledger
from atvos.backup.manifest import BackupError, BackupFile, Manifest, MartCopy, new_id
from atvos.backup.store import BackupStore
from atvos.models import Model
from atvos.settings import Settings
from atvos.sql_text import column_list

if TYPE_CHECKING:
    import pyarrow
    from google.cloud import bigquery

PART_ROWS = 500_000
"""Rows of a file."""
_PAGE_ROWS = 50_000
_TRIES = 3
"""How often a mart is copied that is published meanwhile."""


class Copier:
    """Copies marts with a client that can read them. Raises what the clients raise."""

    def __init__(self, client: bigquery.Client, store: BackupStore, settings: Settings) -> None:
        self._client = client
        self._store = store
        self._settings = settings

    def run(self, models: Iterable[Model], now: datetime, tell: Callable[[str], None]) -> Manifest:
        """Copy the marts, and write the manifest; one that was never built is left out.

        BackupError where none was built, or one is published again and again meanwhile.
        """
        backup_id = new_id(now, uuid4().hex[:6])
        published = ledger.last_published(self._client, self._settings, now.date())
        copies = []
        for model in models:
            as_of = published.get(model.name)
            copy = self._copy(backup_id, model, as_of.last_event_at if as_of else None)
            if copy is None:
                tell(f"{model.name}: not built yet")
                continue
            tell(f"{model.name}: {copy.rows} rows, {len(copy.files)} files")
            copies.append(copy)
        if not copies:
            raise BackupError("none of the marts is built yet: there is nothing to keep")
        settings = self._settings
        manifest = Manifest(
            *(backup_id, now, settings.project, settings.environment, settings.commit),
            tuple(copies),
        )
        tell(self._store.finish(manifest))
        return manifest

    def _copy(self, backup_id: str, model: Model, as_of: datetime | None) -> MartCopy | None:
        from google.api_core.exceptions import NotFound

        columns = tuple(column.name for column in model.columns)
        for _ in range(_TRIES):
            try:
                before = self._client.get_table(model.table_name)
            except NotFound:
                return None
            files, rows = self._files(backup_id, model)
            found = fingerprint(self._client, self._settings, model, model.table_name, columns)
            after = self._client.get_table(model.table_name)
            if (rows, before.modified) == (found[0], after.modified):
                return MartCopy(model.name, model.version, columns, *found, as_of, files)
        raise BackupError(f"{model.name} was published {_TRIES} times while it was copied")

    def _files(self, backup_id: str, model: Model) -> tuple[tuple[BackupFile, ...], int]:
        """Upload the mart's rows, and say as what, and how many there were."""
        files, rows, numbers = [], 0, count()
        with tempfile.TemporaryDirectory() as folder:
            for part, in_part in _parts(self._batches(model), Path(folder)):
                files.append(self._store.put(backup_id, model.name, next(numbers), part))
                rows += in_part
        return tuple(files), rows

    def _batches(self, model: Model) -> Iterator[pyarrow.RecordBatch]:
        table = self._client.get_table(model.table_name)
        chosen = [field for field in table.schema if field.name in model.by_name]
        # Not a query: it costs nothing, and all pages are of one moment.
        listed = self._client.list_rows(table, selected_fields=chosen, page_size=_PAGE_ROWS)
        yield from listed.to_arrow_iterable(bqstorage_client=None)


def fingerprint(
    client: bigquery.Client,
    settings: Settings,
    model: Model,
    table: str,
    columns: Iterable[str],
) -> tuple[int, str]:
    """How many rows a table with the mart's columns has, and a number that any change changes."""
    jobs_ = jobs.query(
        fingerprint_sql(model, table, columns),
        {"model": model.name, "step": "backup"},
        settings.maximum_bytes_billed,
    )
    (found,) = jobs.run(client, jobs_)
    return int(found["row_count"]), str(found["fingerprint"] or 0)


def fingerprint_sql(model: Model, table: str, columns: Iterable[str]) -> str:
    """One row: the number of rows, and the fingerprints of all of them, combined."""
    where = ""
    if model.partition is not None:
        where = f"\n  WHERE `{model.partition.name}` >= DATE '0001-01-01'"
    return f"""\
SELECT COUNT(*) AS row_count, BIT_XOR(FARM_FINGERPRINT(TO_JSON_STRING(R))) AS fingerprint
FROM (
  SELECT {column_list(columns)}
  FROM `{table}`{where}
) AS R"""


def _parts(batches: Iterator[pyarrow.RecordBatch], folder: Path) -> Iterator[tuple[Path, int]]:
    """Files of at most so many rows, each gone when the next is asked for."""
    from pyarrow.parquet import ParquetWriter

    file, writer, rows = folder / "part.parquet", None, 0
    for batch in batches:
        writer = writer or ParquetWriter(file, batch.schema, compression="zstd")
        writer.write_batch(batch)
        rows += batch.num_rows
        if rows >= PART_ROWS:
            yield _closed(writer, file), rows
            writer, rows = None, 0
    if writer is not None:
        yield _closed(writer, file), rows


def _closed(writer: Any, file: Path) -> Path:
    writer.close()
    return file
