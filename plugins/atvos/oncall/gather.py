"""Gathers the facts from BigQuery and Cloud Storage, Airflow and Prometheus."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from atvos import contract, ledger, names, snapshot
from atvos.contract import Feed
from atvos.dataset_state import DatasetState
from atvos.models import Model, load_models, source_feeds, source_models
from atvos.oncall import airflow_api, prometheus_api
from atvos.oncall.airflow_api import Airflow
from atvos.oncall.chain import Case
from atvos.oncall.facts import Building, Dag, Facts, Health, Metrics, NotLooked
from atvos.oncall.prometheus_api import Prometheus
from atvos.oncall.sessions import ServiceError
from atvos.settings import Settings

if TYPE_CHECKING:
    from google.cloud import bigquery, storage

_Fact = TypeVar("_Fact")


@dataclass(frozen=True)
class Repository:
    """Every feed, and every model that is a table, by name."""

    feeds: Mapping[str, Feed]
    models: Mapping[str, Model]

    @classmethod
    def load(cls, settings: Settings) -> Repository:
        """What the contracts and models say. ContractError, or OSError, where they are wrong."""
        found = load_models(settings.sql_dir)
        tables = {name: model for name, model in found.items() if not model.is_view}
        return cls(contract.load_feeds(settings.contract_dirs), tables)

    @property
    def sources(self) -> dict[str, tuple[str, ...]]:
        """By mart, the feeds and marts that it reads."""
        return {
            name: tuple(
                source
                for source in (*source_feeds(model), *source_models(model))
                if source in self.feeds or source in self.models
            )
            for name, model in self.models.items()
        }


@dataclass(frozen=True)
class Clients:
    """What is asked. The clients raise; an address that is not set is a fact not looked at."""

    bq: bigquery.Client
    gcs: storage.Client
    settings: Settings

    def states(self, repository: Repository, now: datetime) -> dict[str, DatasetState]:
        """The state of every table."""
        feeds, models = repository.feeds, repository.models
        return snapshot.read(self.bq, self.gcs, self.settings, feeds, models, now)


def facts(name: str, repository: Repository, clients: Clients, now: datetime) -> Facts:
    """What is needed to say why the table of that name is as old as it is.

    Raises what the Google clients raise; what Airflow and Prometheus cannot tell is not
    looked at.
    """
    known = Facts(now, clients.states(repository, now), repository.sources)
    walked = _walked(name, known)
    airflow = _airflow(clients.settings)
    return Facts(
        now,
        known.states,
        known.sources,
        dags={table: _dag(airflow, repository, table) for table in walked},
        buildings={
            table: _building(clients, repository.models[table], now)
            for table in walked
            if table in repository.models
        },
        health=_health(airflow),
        metrics=_metrics(clients.settings),
    )


def _walked(name: str, known: Facts) -> list[str]:
    """The tables that a walk from ``name`` can come to: itself, and what is late behind it."""
    found = [name]
    for source in Case(known, name).late_sources[:1]:
        found += _walked(source, known)
    return found


def _airflow(settings: Settings) -> Airflow | NotLooked:
    url = settings.airflow_url
    if url is None:
        return NotLooked(f"set {airflow_api.VARIABLE}")
    return _asked(lambda: Airflow(url))


def _health(airflow: Airflow | NotLooked) -> Health | NotLooked:
    return airflow if isinstance(airflow, NotLooked) else _asked(airflow.health)


def _dag(airflow: Airflow | NotLooked, repository: Repository, table: str) -> Dag | NotLooked:
    if isinstance(airflow, NotLooked):
        return airflow
    if table in repository.feeds:
        return _asked(lambda: airflow.dag(names.ingest_dag(table), "ingest.py"))
    group = names.transform_dag(repository.models[table].group)
    return _asked(lambda: airflow.dag(group, "transform.py", f"{table}."))


def _metrics(settings: Settings) -> Metrics | NotLooked:
    url = settings.prometheus_url
    if url is None:
        return NotLooked(f"set {prometheus_api.VARIABLE}")
    return _asked(lambda: Prometheus(url).metrics())


def _building(clients: Clients, model: Model, now: datetime) -> Building:
    bq, settings = clients.bq, clients.settings
    lock = ledger.lock_of(bq, settings, model.table_name)
    changes = ledger.new_changes(bq, settings, model.table_name, model.sources, now.date())
    return Building(lock, tuple(changes))


def _asked(ask: Callable[[], _Fact]) -> _Fact | NotLooked:
    """The answer, or why there is none."""
    try:
        return ask()
    except ServiceError as error:
        return NotLooked(str(error))
