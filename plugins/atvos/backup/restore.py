"""Puts a mart of a backup back: staged, compared, and exchanged under the table's lock."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from atvos import builds, jobs, names, snapshot, tables
from atvos.backup.create import fingerprint
from atvos.backup.manifest import BackupError, Manifest, MartCopy
from atvos.backup.store import BackupStore
from atvos.contract import Table
from atvos.models import Model
from atvos.schema import TableSpec
from atvos.settings import Settings
from atvos.sql_text import column_list
from atvos.steps import ModelJobs
from atvos.table_work import Order, TableWork, still_locked_sql

if TYPE_CHECKING:
    from google.cloud import bigquery

_LIMIT_SECONDS = 1800


@dataclass(frozen=True, slots=True)
class Request:
    """Which mart is put back from which backup; who answers for it, and why.

    ``sources`` are the tables that the mart is made of, by ``dataset.table``. ``replace`` says
    that rows which are there now may go.
    """

    model: Model
    sources: Mapping[str, Table]
    manifest: Manifest
    copy: MartCopy
    owner: str
    reason: str
    replace: bool = False


class Restore:
    """One mart's restore, with clients that can write. Raises what they raise."""

    def __init__(
        self, client: bigquery.Client, store: BackupStore, settings: Settings, request: Request
    ) -> None:
        self._client = client
        self._store = store
        self._settings = settings
        self._request = request
        self.restore_id = hashlib.sha256(uuid.uuid4().bytes).hexdigest()[:20]
        self._work = TableWork(
            client,
            settings,
            Order(
                *(request.model, self.restore_id, "restore", request.owner),
                f"restore of {request.manifest.backup_id}: {request.reason}",
            ),
        )

    def problems(self) -> list[str]:
        """What stands against it, a line each."""
        request = self._request
        found = [*_contract_problems(request.model, request.copy)]
        found += self._store.problems(request.manifest.backup_id, request.copy)
        rows = self._rows_there()
        if rows and not request.replace:
            found.append(
                f"{request.model.table_name} has {rows} rows; valid: --replace, which removes them"
            )
        return found

    def run(self, tell: Callable[[str], None]) -> int:
        """Do it, and return the number of rows that are there now.

        RefusedError where the table is locked, BackupError where what was staged is not what
        the backup says; the table is then as it was.
        """
        model, copy = self._request.model, self._request.copy
        steps = ModelJobs(self._settings, model, tuple(self._request.sources.values()))
        jobs.run(self._client, steps.prepare(self.restore_id).configuration)
        with self._work.locked(), self._work.recorded(date.min, date.max) as record:
            tell(f"{model.name}: loading {len(copy.files)} files")
            staged = self._load()
            found = fingerprint(self._client, self._settings, model, staged, copy.columns)
            if found != (copy.rows, copy.fingerprint):
                raise BackupError(
                    f"{model.name}: the files hold {found[0]} rows, fingerprint {found[1]}; the "
                    f"backup says {copy.rows}, {copy.fingerprint}: the table is as it was"
                )
            tell(f"{model.name}: exchanging {copy.rows} rows")
            self._work.query(exchange_sql(model, copy, self.restore_id, staged))
            record["row_count"] = copy.rows
        return copy.rows

    def _rows_there(self) -> int:
        table = self._request.model.table_name
        return snapshot.row_counts(self._client, self._settings, names.MODELS).get(table, 0)

    def _load(self) -> str:
        """Stage the backup's rows; ``dataset.table`` of where they are."""
        model, copy = self._request.model, self._request.copy
        whole = tables.contract_table(model, names.staging_table(model.name, self.restore_id))
        fields = tuple(field for field in whole.fields if field.name in copy.columns)
        spec = TableSpec(whole.table, f"Rows of {model.name}, from a backup.", fields)
        uris = self._store.uris(self._request.manifest.backup_id, copy)
        if not uris:
            jobs.run(
                self._client,
                jobs.query(spec.ddl(), {"step": "restore"}, self._settings.maximum_bytes_billed),
            )
            return whole.table
        labels = {"model": model.name, "step": "restore"}
        configuration = jobs.load(self._settings.project, spec, uris, "PARQUET", labels)
        self._client.create_job(configuration).result(timeout=_LIMIT_SECONDS)
        return whole.table


def exchange_sql(model: Model, copy: MartCopy, restore_id: str, staged: str) -> str:
    """One transaction: the rows are exchanged, and whoever reads the mart is told.

    What the backup knew of the data's date is recorded as that of the mart.
    """
    columns = column_list(copy.columns)
    where, days = "TRUE", "CAST([] AS ARRAY<DATE>)"
    if model.partition is not None:
        name = model.partition.name
        where = f"`{name}` >= DATE '0001-01-01'"
        days = f"ARRAY(SELECT DISTINCT `{name}` FROM `{staged}`)"
    as_of = f"TIMESTAMP '{copy.data_as_of.isoformat()}'" if copy.data_as_of else "NULL"
    return "\n\n".join(
        [
            still_locked_sql(model, restore_id),
            "BEGIN TRANSACTION;",
            f"DELETE FROM `{model.table_name}`\nWHERE {where};",
            f"INSERT INTO `{model.table_name}` ({columns})\nSELECT {columns}\nFROM `{staged}`;",
            f"""\
INSERT INTO `{names.TABLE_CHANGES}` (changed_date, table_name, change_id, kind, days, changed_at)
SELECT CURRENT_DATE(), '{model.view_name}', '{restore_id}', 'restore', {days}, CURRENT_TIMESTAMP()
FROM UNNEST([1]);""",
            f"""\
INSERT INTO `{names.MODEL_LEDGER}`
  (built_date, model, table_name, change_id, build_id, days, last_event_at, built_at)
SELECT CURRENT_DATE(), '{model.name}', '{model.table_name}', '{restore_id}', '{restore_id}',
  {days}, CAST({as_of} AS TIMESTAMP), CURRENT_TIMESTAMP()
FROM UNNEST([1]);""",
            "COMMIT TRANSACTION;",
            builds.view_sql(model),
        ]
    )


def _contract_problems(model: Model, copy: MartCopy) -> list[str]:
    """How the mart's contract has left the backup behind."""
    if model.version.split(".")[0] != copy.version.split(".")[0]:
        same = "valid: the same major version, from an older commit"
        return [f"{model.name}: version {copy.version}, and its contract {model.version}; {same}"]
    unknown = [name for name in copy.columns if name not in model.by_name]
    required = [c.name for c in model.columns if c.required and c.name not in copy.columns]
    return [
        *(f"{model.name}: the contract has no column {name} any more" for name in unknown),
        *(f"{model.name}: the backup lacks the required column {name}" for name in required),
    ]
