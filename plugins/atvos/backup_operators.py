"""The operator that keeps a copy of the marts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from airflow.providers.common.compat.sdk import BaseOperator

from atvos.clients import bigquery_client, storage_client
from atvos.models import Model
from atvos.settings import Settings


class BackupOperator(BaseOperator):
    """Copies the marts to the bucket of backups, and gives the id of the backup."""

    def __init__(self, *, settings: Settings, tables: tuple[Model, ...], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.settings = settings
        self.tables = tables

    def execute(self, context: Any) -> str:  # noqa: ARG002
        """The backup's id. A try that is killed leaves files without manifest, and no backup."""
        from atvos.backup.create import Copier
        from atvos.backup.store import BackupStore

        store = BackupStore(storage_client(self.settings), self.settings.backup_bucket)
        copier = Copier(bigquery_client(self.settings), store, self.settings)
        return copier.run(self.tables, datetime.now(UTC), self.log.info).backup_id
