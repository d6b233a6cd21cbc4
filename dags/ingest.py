"""One Airflow DAG per contract: objects that land become rows of the curated table.

`sense` waits for new objects and makes them a batch. `curate` judges and de-duplicates them
with Beam. `stage_*` load the result into staging tables, `quarantine` keeps the rejects, and
`audit` checks the batch. `publish` moves rows and ledger entries in one transaction, `report`
publishes freshness.

Every task can be cleared and run again, as can the whole run: it works on the same batch and
finds what is done. A run that ends with `audit` red holds its batch back; the objects are in
the ledger as `held`, the rows in staging, the reasons in the task's log.
"""

from __future__ import annotations

from atvos import contract, dags, settings

_settings = settings.load()

_feeds = contract.load_feeds(_settings.contract_dirs, _settings.parse_cache)

for _feed in _feeds.values():
    _dag = dags.ingest(_settings, _feed, _feeds, doc_md=__doc__)
    globals()[_dag.dag_id] = _dag
