"""What the ledger of a running stack says of the objects of some feeds."""

from collections.abc import Collection
from dataclasses import dataclass

from google.cloud import bigquery

from atvos import names
from local.client import Client


@dataclass(frozen=True, slots=True)
class ObjectCounts:
    """One object, in rows; ``reasons`` are rejected rows by reason code."""

    object: str
    read: int
    valid: int
    rejected: int
    duplicate: int
    pending: int
    reasons: dict[str, int]


def object_counts(client: Client, feeds: Collection[str]) -> list[tuple[str, ObjectCounts]]:
    """State (published or held) and counts of every object generation, sorted by object."""
    rows = client.rows(
        "SELECT object, state, rows_read, rows_valid, rows_rejected, rows_duplicate, "
        f"IFNULL(rows_pending, 0) AS rows_pending, reasons FROM `{names.OBJECT_LEDGER}` "
        "WHERE landed_date > '2000-01-01' AND feed IN UNNEST(@feeds) ORDER BY object, generation",
        bigquery.ArrayQueryParameter("feeds", "STRING", list(feeds)),
    )
    return [
        (
            row["state"],
            ObjectCounts(
                object=row["object"],
                read=row["rows_read"],
                valid=row["rows_valid"],
                rejected=row["rows_rejected"],
                duplicate=row["rows_duplicate"],
                pending=row["rows_pending"],
                reasons={item["reason"]: item["row_count"] for item in row["reasons"]},
            ),
        )
        for row in rows
    ]
