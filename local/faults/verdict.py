"""What a case has left in the tables, against what must be there: lost, doubled, wrong."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from google.api_core.exceptions import NotFound
from google.cloud import bigquery

from atvos import names
from local.client import Client
from local.environment import WORK_BUCKET
from local.faults.sample import Answer

_EVER = "2000-01-01"
_LONGEST_STAGING_DAYS = 14


@dataclass(frozen=True)
class Found:
    """What the tables have of one feed.

    ``entries`` are rows of the ledger, ``rows`` meters with their values, ``rejects`` positions
    of refused records, ``changes`` what models are told of, ``staging`` tables, and ``batches``
    those that have a manifest.
    """

    entries: list[dict[str, Any]] = field(default_factory=list)
    rows: list[tuple[str, int]] = field(default_factory=list)
    rejects: list[tuple[str, int, int]] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    staging: list[str] = field(default_factory=list)
    batches: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Verdict:
    """Object generations, rows and rejects that are lost or there twice, and all else."""

    lost: list[str]
    doubled: list[str]
    wrong: list[str]

    @property
    def is_right(self) -> bool:
        """Whether everything is there, once."""
        return not (self.lost or self.doubled or self.wrong)


def read(client: Client, feed: str) -> Found:
    """What is there of a feed now."""
    parameter = bigquery.ScalarQueryParameter("feed", "STRING", feed)
    table = bigquery.ScalarQueryParameter("table", "STRING", names.curated_table(feed))
    rows = client.rows(f"SELECT meter, value FROM `{names.curated_table(feed)}`")
    rejects = client.rows(
        "SELECT source_object, source_generation, source_position "
        f"FROM `{names.quarantine_table(feed)}` WHERE landed_date > '{_EVER}'"
    )
    return Found(
        entries=client.rows(
            "SELECT object, generation, state, rows_read, rows_valid, rows_rejected, "
            f"rows_duplicate, batch_id FROM `{names.OBJECT_LEDGER}` "
            f"WHERE landed_date > '{_EVER}' AND feed = @feed",
            parameter,
        ),
        rows=[(row["meter"], row["value"]) for row in rows],
        rejects=[
            (row["source_object"], row["source_generation"], row["source_position"])
            for row in rejects
        ],
        changes=[
            row["change_id"]
            for row in client.rows(
                f"SELECT change_id FROM `{names.TABLE_CHANGES}` "
                f"WHERE changed_date > '{_EVER}' AND table_name = @table",
                table,
            )
        ],
        staging=_staging(client, feed),
        batches=_batches(client, feed),
    )


def judge(found: Found, answer: Answer) -> Verdict:
    """What of it is not as it must be."""
    entries = Counter((e["object"], e["generation"], e["state"]) for e in found.entries)
    meters = Counter(meter for meter, _ in found.rows)
    rejects = Counter((name, generation) for name, generation, _ in found.rejects)
    expected = answer.rows
    lost = [
        *_lines("generation", answer.generations - entries),
        *_lines("row", Counter(expected.keys()) - meters),
        *_lines("reject", answer.rejects - rejects),
    ]
    keys = Counter(key[:2] for key in entries.elements())
    doubled = [
        *_lines("generation", _more_than_once(keys)),
        *_lines("row", _more_than_once(meters)),
        *_lines("reject", _more_than_once(Counter(found.rejects))),
        *_lines("change", _more_than_once(Counter(found.changes))),
    ]
    wrong = [
        *_lines("generation", Counter(set(entries)) - answer.generations),
        *(
            f"row {meter}: found {value}, expected {expected.get(meter)}"
            for meter, value in sorted(set(found.rows))
            if expected.get(meter) != value
        ),
        *_counts(found, answer),
        *_orphans(found),
    ]
    return Verdict(lost, doubled, wrong)


def expire(client: Client, feed: str, days: int | None) -> list[str]:
    """Remove staging tables as BigQuery does when their ``days`` are over; those that stay.

    The emulator forgets what its dataset was told of that, so it is given here.
    """
    left = []
    for table in _staging(client, feed):
        if days is None or days > _LONGEST_STAGING_DAYS:
            left.append(f"staging table {table}: it does not go by itself")
        else:
            client.bigquery.delete_table(f"{names.STAGING}.{table}", not_found_ok=True)
    return left


def _counts(found: Found, answer: Answer) -> list[str]:
    """Entries whose numbers do not add up, or are not those of the object."""
    read = {
        (item.name, item.generation): 1 if item.is_gone else item.content.read
        for item in answer.landed
    }
    problems = []
    for entry in found.entries:
        parts = entry["rows_valid"] + entry["rows_rejected"] + entry["rows_duplicate"]
        expected = read.get((entry["object"], entry["generation"]))
        if entry["rows_read"] != parts or entry["rows_read"] != expected:
            problems.append(f"counts of {entry}: expected {expected} read")
    return problems


def _orphans(found: Found) -> list[str]:
    return [
        f"staging table {table}: no batch owns it"
        for table in found.staging
        if table.split("__")[1] not in found.batches
    ]


def _staging(client: Client, feed: str) -> list[str]:
    try:
        tables = list(client.bigquery.list_tables(names.STAGING))
    except NotFound:
        return []
    return sorted(t.table_id for t in tables if t.table_id.startswith(f"{feed}__"))


def _batches(client: Client, feed: str) -> set[str]:
    prefix = f"batches/{feed}/"
    blobs = client.storage.list_blobs(WORK_BUCKET, prefix=prefix)
    return {b.name.split("/")[2] for b in blobs if b.name.endswith("/manifest.json")}


def _more_than_once(found: Counter[Any]) -> Counter[Any]:
    return Counter({key: count - 1 for key, count in found.items() if count > 1})


def _lines(what: str, found: Counter[Any]) -> list[str]:
    return [f"{what} {_text(key)}" for key in sorted(found.elements(), key=str)]


def _text(key: Iterable[Any] | str) -> str:
    return key if isinstance(key, str) else "#".join(map(str, key))
