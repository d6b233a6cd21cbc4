"""Reads the state of every dataset from the ledgers, the landing bucket and the tables."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from atvos import jobs, ledger, names, sense
from atvos.contract import Feed, Severity, Table
from atvos.dataset_state import Audit, BatchRecord, DatasetState, Waiting
from atvos.models import Model
from atvos.quality import CheckResult, CheckState
from atvos.settings import Settings

if TYPE_CHECKING:
    from google.cloud import bigquery, storage

SHOWN_BATCHES = 5
"""How many of a feed's latest batches a state has."""
AUDIT_LOOK_BACK = timedelta(days=90)
"""How far back the last audit of a dataset is looked for."""

BATCHES_SQL = f"""\
SELECT *
FROM (
  SELECT feed, batch_id, ANY_VALUE(state) AS state, ANY_VALUE(detail) AS detail,
    MAX(recorded_at) AS recorded_at, MIN(landed_at) AS landed_at, COUNT(*) AS objects,
    SUM(rows_valid) AS valid, SUM(rows_rejected) AS rejected, SUM(rows_duplicate) AS duplicate,
    SUM(IFNULL(rows_pending, 0)) AS pending
  FROM `{names.OBJECT_LEDGER}`
  WHERE landed_date >= @since
  GROUP BY feed, batch_id
)
WHERE TRUE
QUALIFY ROW_NUMBER() OVER (PARTITION BY feed ORDER BY recorded_at DESC, batch_id)
  <= {SHOWN_BATCHES}
ORDER BY recorded_at DESC, batch_id"""
"""The latest batches of every feed, newest first."""

TOTALS_SQL = f"""\
SELECT feed, MAX(landed_at) AS last_landed_at,
  COUNT(DISTINCT IF(state = 'held', batch_id, NULL)) AS held_batches,
  SUM(IF(state = 'published', rows_valid, 0)) AS valid,
  SUM(IF(state = 'held', rows_valid, 0)) AS held,
  SUM(rows_rejected) AS rejected, SUM(rows_duplicate) AS duplicate,
  SUM(IFNULL(rows_pending, 0)) AS pending
FROM `{names.OBJECT_LEDGER}`
WHERE landed_date >= @since
GROUP BY feed"""
"""What became of all records of every feed."""

REASONS_SQL = f"""\
SELECT feed, reason, SUM(row_count) AS found
FROM (
  SELECT L.feed, R.reason, R.row_count
  FROM `{names.OBJECT_LEDGER}` L, UNNEST(L.reasons) R
  WHERE L.landed_date >= @since
)
GROUP BY feed, reason"""
"""Rejects of every feed by reason."""

AUDITS_SQL = f"""\
SELECT dataset, run_id, check_name, state, severity, observed, expected, columns, checked_at
FROM `{names.CHECK_RESULTS}`
WHERE checked_date >= @since
QUALIFY RANK() OVER (PARTITION BY dataset ORDER BY checked_at DESC) = 1
ORDER BY dataset, check_name"""
"""The results of every dataset's last audit."""

ROWS_SQL = """\
SELECT table_name, SUM(total_rows) AS row_count
FROM {dataset}.INFORMATION_SCHEMA.PARTITIONS
GROUP BY table_name"""
"""Rows of every table of a dataset, which is one of ``names``."""

RECORD_AUDIT_SQL = f"""\
INSERT INTO `{names.CHECK_RESULTS}`
  (checked_date, dataset, run_id, check_name, state, severity, observed, expected, columns,
   checked_at)
SELECT @today, @dataset, @run_id, JSON_VALUE(item, '$.name'), JSON_VALUE(item, '$.state'),
  JSON_VALUE(item, '$.severity'), JSON_VALUE(item, '$.observed'), JSON_VALUE(item, '$.expected'),
  JSON_VALUE_ARRAY(item, '$.columns'), TIMESTAMP(@checked_at)
FROM UNNEST(JSON_QUERY_ARRAY(@results)) AS item"""
"""Records the results of one audit; a later one of the same batch stands beside it."""

GAPS_SQL = f"""\
SELECT dataset, kind, found
FROM `{names.RECONCILIATIONS}`
WHERE checked_date >= @since
QUALIFY RANK() OVER (PARTITION BY dataset ORDER BY checked_at DESC) = 1"""
"""What the last reconcile of every feed found."""


def read(
    bq: bigquery.Client,
    gcs: storage.Client,
    settings: Settings,
    feeds: Mapping[str, Feed],
    models: Mapping[str, Model],
    now: datetime,
) -> dict[str, DatasetState]:
    """The state of every feed, and of every model that is a table, by name.

    Before the first run there are no ledgers: all is unknown, and objects wait. Raises what
    the clients raise.
    """
    known = _Known(bq, settings, now.date())
    states = {}
    for feed in feeds.values():
        totals = known.totals.get(feed.name, {})
        states[feed.name] = DatasetState(
            **known.common(feed, names.curated_table(feed.name), now),
            landed={key: totals[key] for key in _OUTCOMES} if totals else {},
            rejected=known.reasons.get(feed.name, {}),
            batches=tuple(known.batches.get(feed.name, ())),
            held_batches=totals.get("held_batches", 0),
            gaps=known.gaps.get(feed.name, {}),
            **_landed(bq, gcs, settings, feed, totals.get("last_landed_at")),
        )
    for model in models.values():
        if not model.is_view:
            states[model.name] = DatasetState(**known.common(model, model.table_name, now))
    return states


_OUTCOMES = ("valid", "held", "rejected", "duplicate", "pending")


class _Known:
    """What the ledgers say of all datasets, one query each."""

    def __init__(self, bq: bigquery.Client, settings: Settings, today: date) -> None:
        self._bq = bq
        self._settings = settings
        self.rows = {
            name: count
            for dataset in (names.CURATED, names.MODELS)
            for name, count in row_counts(bq, settings, dataset).items()
        }
        self.published = ledger.last_published(bq, settings, today)
        since = today - ledger.FRESHNESS_LOOK_BACK
        self.totals = {row["feed"]: row for row in self._rows(TOTALS_SQL, since)}
        self.batches: dict[str, list[BatchRecord]] = defaultdict(list)
        for row in self._rows(BATCHES_SQL, since):
            self.batches[row.pop("feed")].append(BatchRecord(**row))
        self.reasons: dict[str, dict[str, int]] = defaultdict(dict)
        for row in self._rows(REASONS_SQL, since):
            self.reasons[row["feed"]][row["reason"]] = row["found"]
        self.audits = _audits(self._rows(AUDITS_SQL, today - AUDIT_LOOK_BACK))
        self.gaps: dict[str, dict[str, int]] = defaultdict(dict)
        for row in self._rows(GAPS_SQL, today - AUDIT_LOOK_BACK):
            self.gaps[row["dataset"]][row["kind"]] = row["found"]

    def common(self, table: Table, name: str, now: datetime) -> dict[str, Any]:
        """What feeds and models have alike; ``name`` is ``dataset.table`` of the rows."""
        return {
            "table": table,
            "now": now,
            "published": self.published.get(table.name),
            "rows": self.rows.get(name),
            "audit": self.audits.get(table.name),
        }

    def _rows(self, sql: str, since: date) -> list[dict[str, Any]]:
        from google.api_core.exceptions import NotFound

        limit = self._settings.maximum_bytes_billed
        parameters = [jobs.date_parameter("since", since)]
        try:
            return jobs.run(self._bq, jobs.query(sql, {"step": "report"}, limit, parameters))
        except NotFound:  # the first time of all
            return []


def row_counts(bq: bigquery.Client, settings: Settings, dataset: str) -> dict[str, int]:
    """Rows of every table of a dataset by ``dataset.table``; nothing before the first run.

    From metadata: the tables' own rows are not read.
    """
    from google.api_core.exceptions import NotFound

    configuration = jobs.query(
        ROWS_SQL.format(dataset=dataset), {"step": "report"}, settings.maximum_bytes_billed
    )
    try:
        found = jobs.run(bq, configuration)
    except NotFound:
        return {}
    return {f"{dataset}.{row['table_name']}": int(row["row_count"] or 0) for row in found}


def record_audit(
    bq: bigquery.Client,
    settings: Settings,
    dataset: str,
    run_id: str,
    results: list[CheckResult],
    now: datetime,
) -> None:
    """Keep what an audit found, for metrics and for people. Raises what the client raises."""
    parameters = [
        jobs.date_parameter("today", now.date()),
        jobs.string_parameter("dataset", dataset),
        jobs.string_parameter("run_id", run_id),
        jobs.string_parameter("checked_at", now.isoformat()),
        jobs.string_parameter("results", json.dumps([result.to_dict() for result in results])),
    ]
    labels = {"step": "audit"}
    limit = settings.maximum_bytes_billed
    jobs.run(bq, jobs.query(RECORD_AUDIT_SQL, labels, limit, parameters))


def _audits(rows: list[dict[str, Any]]) -> dict[str, Audit]:
    """The audit of each dataset, of its results."""
    grouped: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        grouped[row["dataset"]].append(row)
    return {
        dataset: Audit(
            found[0]["run_id"], found[0]["checked_at"], tuple(_check_result(row) for row in found)
        )
        for dataset, found in grouped.items()
    }


def _check_result(row: Mapping[str, Any]) -> CheckResult:
    return CheckResult(
        name=row["check_name"],
        state=CheckState(row["state"]),
        severity=Severity(row["severity"]),
        observed=row["observed"],
        expected=row["expected"],
        columns=tuple(row["columns"]),
    )


def _landed(
    bq: bigquery.Client,
    gcs: storage.Client,
    settings: Settings,
    feed: Feed,
    recorded: datetime | None,
) -> dict[str, Any]:
    """What waits in the landing bucket, and when the newest object ever landed."""
    listed = sense.list_objects(gcs, settings.landing_bucket, feed.name)
    waiting = sense.minus_ledger(listed, bq, settings, feed.name)
    times = [item.created_at for item in listed] + ([recorded] if recorded else [])
    return {
        "waiting": Waiting(len(waiting), min((item.created_at for item in waiting), default=None)),
        "last_landed_at": max(times, default=None),
    }
