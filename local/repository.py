"""The feeds and models of this repository, and the DAGs that they make."""

from functools import cache

from atvos import contract, models, names, pending
from atvos.contract import Feed
from atvos.models import Model
from local.layout import CONTRACTS, SQL


@cache
def feeds() -> dict[str, Feed]:
    """The feeds by name."""
    return contract.load_feeds([CONTRACTS])


@cache
def built_models() -> dict[str, Model]:
    """The models that have a table, by name."""
    found = models.load_models(SQL)
    return {name: model for name, model in found.items() if not model.is_view}


@cache
def dag_ids() -> tuple[str, ...]:
    """The DAGs that ingest, replay and transform, sorted."""
    ids = {names.ingest_dag(feed) for feed in feeds()}
    ids |= {names.replay_dag(name) for name, feed in feeds().items() if pending.references(feed)}
    ids |= {names.transform_dag(model.group) for model in built_models().values()}
    return tuple(sorted(ids))
