"""Keeps ``ops.datasets`` and the views of queries as the repository describes them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from atvos import builds, jobs, names, ops_tables, tables
from atvos.contract import Table
from atvos.models import Model
from atvos.settings import Settings

if TYPE_CHECKING:
    from google.cloud import bigquery

_LABELS = {"step": "register"}
_COLUMNS = tuple(field.name for field in ops_tables.dataset_registry().fields)
_VALUES = tuple(
    f"CAST(JSON_VALUE(item, '$.{field.name}') AS INT64)"
    if field.type == "INT64"
    else f"CAST(JSON_VALUE(item, '$.{field.name}') AS BOOL)"
    if field.type == "BOOL"
    else f"JSON_VALUE(item, '$.{field.name}')"
    for field in ops_tables.dataset_registry().fields
)

REGISTERED_SQL = f"SELECT {', '.join(_COLUMNS)}\nFROM `{names.DATASET_REGISTRY}`"
"""What the registry holds now."""

UPDATE_SQL = f"""\
MERGE `{names.DATASET_REGISTRY}` T
USING (
  SELECT {", ".join(f"{v} AS {c}" for v, c in zip(_VALUES, _COLUMNS, strict=True))}
  FROM UNNEST(JSON_QUERY_ARRAY(@datasets)) AS item
) S
ON T.dataset = S.dataset
WHEN MATCHED THEN
  UPDATE SET {", ".join(f"{c} = S.{c}" for c in _COLUMNS)}
WHEN NOT MATCHED THEN
  INSERT ({", ".join(_COLUMNS)}) VALUES ({", ".join(f"S.{c}" for c in _COLUMNS)})
WHEN NOT MATCHED BY SOURCE THEN DELETE"""
"""Makes the registry the JSON list ``@datasets``."""


VIEWS_SQL = f"SELECT view_name, query_hash\nFROM `{names.VIEW_REGISTRY}`"
"""Which query each view has."""

VIEW_MADE_SQL = f"""\
MERGE `{names.VIEW_REGISTRY}` T
USING (SELECT @view AS view_name, @hash AS query_hash) S
ON T.view_name = S.view_name
WHEN MATCHED THEN UPDATE SET query_hash = S.query_hash
WHEN NOT MATCHED THEN INSERT (view_name, query_hash) VALUES (S.view_name, S.query_hash)"""
"""Records that ``@view`` has the query with ``@hash``."""


def entries(tables_: Iterable[Table], now: datetime) -> list[dict[str, Any]]:
    """A row of the registry per table at ``now``, sorted."""
    rows = [
        {
            "dataset": table.name,
            "layer": table.layer.value,
            "tier": table.tier,
            "owner": table.owner,
            "support": table.support,
            "slo_seconds": int(table.freshness_slo.total_seconds()),
            "slo_active": table.calendar is None or table.calendar.is_active(now),
            "contract_version": table.version,
        }
        for table in tables_
    ]
    return sorted(rows, key=_dataset)


def update(
    client: bigquery.Client,
    settings: Settings,
    tables_: Iterable[Table],
    views: Iterable[Model],
    now: datetime,
) -> list[str]:
    """Write what differs at ``now``; the names of what was written.

    Raises what the client raises.
    """
    from google.api_core.exceptions import NotFound

    def run(sql: str, *parameters: dict[str, Any]) -> list[dict[str, Any]]:
        limit = settings.maximum_bytes_billed
        return jobs.run(client, jobs.query(sql, _LABELS, limit, parameters))

    try:
        registered, made = run(REGISTERED_SQL), run(VIEWS_SQL)
    except NotFound:  # the first time of all
        run(tables.prepare_script(ops_tables.operations(), settings))
        registered, made = [], []
    changed = []
    wanted = entries(tables_, now)
    if sorted(registered, key=_dataset) != wanted:
        run(UPDATE_SQL, jobs.string_parameter("datasets", json.dumps(wanted)))
        changed.append(names.DATASET_REGISTRY)
    hashes = {row["view_name"]: row["query_hash"] for row in made}
    for view in views:
        query_hash = hashlib.sha256(view.query.encode()).hexdigest()
        if hashes.get(view.view_name) != query_hash:
            run(builds.view_sql(view))
            name = jobs.string_parameter("view", view.view_name)
            run(VIEW_MADE_SQL, name, jobs.string_parameter("hash", query_hash))
            changed.append(view.view_name)
    return changed


def _dataset(row: dict[str, Any]) -> str:
    return str(row["dataset"])
