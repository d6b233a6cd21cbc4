"""Bugs that the matrix must find: each takes one protection away, in the task's own process."""

from atvos import names, publish, tables
from atvos.batch import Batch, BatchStats
from atvos.contract import Feed
from atvos.sql_text import column_list


def publish_without_looking() -> None:
    """Publish looks neither at the ledger nor at the table: it inserts."""

    def blind(feed: Feed, batch: Batch, stats: BatchStats) -> str:
        statements = (_rows(feed, batch), _ledger(feed, batch))
        return ";\n".join(["BEGIN TRANSACTION", *statements, "COMMIT TRANSACTION;"])

    publish.publish = blind


def ledger_before_rows() -> None:
    """The ledger has a batch when its rejects are in quarantine, before its rows are published."""
    before = publish.quarantine

    def early(feed: Feed, batch: Batch) -> str:
        return f"{before(feed, batch)};\n{_ledger(feed, batch)};"

    publish.quarantine = early


def _rows(feed: Feed, batch: Batch) -> str:
    copied = [field.name for field in tables.rows_staging(feed, "").fields]
    return (
        f"INSERT INTO `{names.curated_table(feed.name)}` "
        f"({column_list([*copied, 'batch_id', 'published_at'])})\n"
        f"SELECT {column_list(copied)}, '{batch.batch_id}', CURRENT_TIMESTAMP()\n"
        f"FROM `{names.staging_table(feed.name, batch.batch_id)}`"
    )


def _ledger(feed: Feed, batch: Batch) -> str:
    counts = (
        *("bucket", "object", "generation", "size", "crc32c", "landed_at", "rows_read"),
        *("rows_valid", "rows_rejected", "rows_duplicate", "reasons", "event_dates"),
    )
    columns = [*counts, "feed", "landed_date", "batch_id", "state", "recorded_at"]
    return (
        f"INSERT INTO `{names.OBJECT_LEDGER}` ({column_list(columns)})\n"
        f"SELECT {column_list(counts)}, '{feed.name}', DATE(landed_at), '{batch.batch_id}', "
        "'published', CURRENT_TIMESTAMP()\n"
        f"FROM `{names.staging_table(feed.name, batch.batch_id, 'objects')}`"
    )
