"""One Airflow DAG per group of marts: runs when one of the tables that its models read has changed.

`plan` compares the object ledger with what the model has taken in, and skips where there is
nothing new. `build` stages the rows of the days that changed, `audit` checks them, `publish`
exchanges these days in one transaction, `report` publishes freshness.
"""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter

from atvos import contract, dags, models, settings

_settings = settings.load()
_feeds = contract.load_feeds(_settings.contract_dirs, _settings.parse_cache)
_models = sorted(models.load_models(_settings.sql_dir).values(), key=attrgetter("group", "name"))

for _group, _members in groupby(_models, key=attrgetter("group")):
    _dag = dags.transform(_settings, _group, list(_members), _feeds, doc_md=__doc__)
    globals()[_dag.dag_id] = _dag
