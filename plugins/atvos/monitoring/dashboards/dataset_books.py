"""One dataset in the platform's own books, which BigQuery keeps."""

from __future__ import annotations

from grafana_foundation_sdk.builders import table

from atvos import names
from atvos.monitoring.dashboards import panels
from atvos.monitoring.dashboards.document import PanelBuilder

_BATCHES = f"""\
SELECT
  batch_id,
  state,
  MIN(landed_at) AS landed_at,
  MAX(recorded_at) AS recorded_at,
  COUNT(*) AS objects,
  SUM(rows_read) AS rows_read,
  SUM(rows_valid) AS rows_valid,
  SUM(rows_rejected) AS rows_rejected,
  SUM(rows_duplicate) AS rows_duplicate,
  SUM(rows_pending) AS rows_pending,
  MAX(detail) AS detail
FROM {names.OBJECT_LEDGER}
WHERE feed = '$dataset' AND landed_date >= DATE_SUB(CURRENT_DATE(), INTERVAL 7 DAY)
GROUP BY batch_id, state
ORDER BY recorded_at DESC
LIMIT 50"""

# Neither line nor detail: they may hold personal data, which stays in BigQuery.
_QUARANTINE = f"""\
SELECT quarantined_at, reasons, source_object, source_position, batch_id
FROM {names.quarantine_table("$dataset")}
WHERE landed_date >= DATE_SUB(CURRENT_DATE(), INTERVAL 7 DAY)
ORDER BY quarantined_at DESC
LIMIT 100"""

_BUILDS = f"""\
SELECT built_at, build_id, table_name, change_id, last_event_at, ARRAY_LENGTH(days) AS days
FROM {names.MODEL_LEDGER}
WHERE model = '$dataset' AND built_date >= DATE_SUB(CURRENT_DATE(), INTERVAL 7 DAY)
ORDER BY built_at DESC
LIMIT 50"""


def feed_row() -> list[PanelBuilder]:
    """What only feeds have: batches and quarantine."""
    return [_batches(), _quarantine()]


def mart_row() -> list[PanelBuilder]:
    """What only marts have: builds."""
    return [_builds()]


def _batches() -> table.Panel:
    return panels.rows(
        "Últimos lotes",
        "Batches of the last seven days in the object ledger, the newest first.",
        _BATCHES,
    )


def _quarantine() -> table.Panel:
    return panels.rows(
        "Últimos registros em quarentena",
        "Rejected records of the last seven days with their reasons; the lines themselves stay "
        "in BigQuery.",
        _QUARANTINE,
    )


def _builds() -> table.Panel:
    return panels.rows(
        "Últimas construções",
        "Builds of the last seven days and the changes that they took in.",
        _BUILDS,
    )
