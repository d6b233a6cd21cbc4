"""Airflow DAGs that keep the platform itself in order.

`heartbeat` publishes the freshness gauges of every table again, from the ledgers: UDP gives
no receipt, and an exporter that restarts has forgotten its gauges.
"""

from __future__ import annotations

from atvos import contract, dags, models, settings

_settings = settings.load()
_tables = (
    *contract.load_feeds(_settings.contract_dirs, _settings.parse_cache).values(),
    *models.load_models(_settings.sql_dir).values(),
)

heartbeat = dags.heartbeat(_settings, _tables, doc_md=__doc__)
