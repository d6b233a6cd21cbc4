"""Airflow DAGs that keep the platform itself in order.

`heartbeat` publishes the freshness gauges of every table again, from the ledgers: UDP gives
no receipt, and an exporter that restarts has forgotten its gauges. It also keeps
`ops.datasets` and the views of operations as the repository describes them.

`reconcile` compares the landing bucket, the ledger and the tables of every feed once an hour:
objects that were missed, that vanished or that were taken in twice, and rows that do not add up.

`replay__<feed>` lets rows go on that waited for what they refer to.

`backup` keeps a copy of the marts in Cloud Storage, every night.

`retention` removes staging tables whose batch has ended, and old batch folders, every night.

`refresh__power_bi` takes changes of the marts to the semantic model of Power BI. It is there where
`ATVOS_POWERBI_WORKSPACE` and `ATVOS_POWERBI_DATASET` are set.
"""

from __future__ import annotations

from atvos import contract, dags, models, pending, settings

_settings = settings.load()
_feeds = contract.load_feeds(_settings.contract_dirs, _settings.parse_cache)
_models = models.load_models(_settings.sql_dir, _settings.parse_cache)

heartbeat = dags.heartbeat(_settings, _feeds, _models, doc_md=__doc__)
reconcile = dags.reconciliation(_settings, _feeds, doc_md=__doc__)
backup = dags.backup(_settings, _models, doc_md=__doc__)
retention = dags.retention(_settings, _feeds, _models, doc_md=__doc__)

for _feed in _feeds.values():
    if pending.references(_feed) and not dags.is_tried(_settings, _feed):
        _dag = dags.replay(_settings, _feed, _feeds, doc_md=__doc__)
        globals()[_dag.dag_id] = _dag

if _settings.power_bi:
    refresh_power_bi = dags.refresh_power_bi(_settings, _settings.power_bi, _models, doc_md=__doc__)
