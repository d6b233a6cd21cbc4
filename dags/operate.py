"""Airflow DAGs that keep the platform itself in order.

`heartbeat` publishes the freshness gauges of every table again, from the ledgers: UDP gives
no receipt, and an exporter that restarts has forgotten its gauges. It also keeps
`ops.datasets` and the views of operations as the repository describes them.

`replay__<feed>` lets rows go on that waited for what they refer to.
"""

from __future__ import annotations

from atvos import contract, dags, models, pending, settings

_settings = settings.load()
_feeds = contract.load_feeds(_settings.contract_dirs, _settings.parse_cache)
_models = models.load_models(_settings.sql_dir, _settings.parse_cache).values()
_tables = (*_feeds.values(), *(model for model in _models if not model.is_view))
_views = tuple(model for model in _models if model.is_view)

heartbeat = dags.heartbeat(_settings, _tables, _views, doc_md=__doc__)

for _feed in _feeds.values():
    if pending.references(_feed) and not dags.is_tried(_settings, _feed):
        _dag = dags.replay(_settings, _feed, _feeds, doc_md=__doc__)
        globals()[_dag.dag_id] = _dag
