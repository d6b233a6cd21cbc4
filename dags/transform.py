"""One Airflow DAG per group of marts: runs when a table from outside the group has changed.

`plan` compares the changes of the model's sources with what the model has taken in, and skips
where there is nothing new. `prepare` creates or alters tables, `build` stages the rows of the
periods that changed, `audit` checks them, `publish` exchanges these periods in one transaction and
shows the table in its view, `report` publishes freshness. While a backfill holds the table, `plan`
waits.
"""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter

from atvos import contract, dags, models, settings

_settings = settings.load()
_feeds = contract.load_feeds(_settings.contract_dirs, _settings.parse_cache)
_models = models.load_models(_settings.sql_dir, _settings.parse_cache)
_tables = sorted((m for m in _models.values() if not m.is_view), key=attrgetter("group", "name"))

for _group, _members in groupby(_tables, key=attrgetter("group")):
    _dag = dags.transform(_settings, _group, list(_members), _feeds, _models, doc_md=__doc__)
    globals()[_dag.dag_id] = _dag
