"""Every DAG and task keeps the policies, and a careless DAG breaks each of them."""

from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG

from atvos import names, pending
from atvos.contract import load_feeds
from atvos.models import load_models
from local.layout import CONTRACTS, SQL
from tests.dags.conftest import BROKEN
from tests.dags.policies import WITHOUT_RETRIES, violations

FEEDS = load_feeds([CONTRACTS]).values()
OWNERS = {
    **{names.ingest_dag(feed.name): feed.owner for feed in FEEDS},
    **{names.replay_dag(feed.name): feed.owner for feed in FEEDS if pending.references(feed)},
    **{
        names.transform_dag(model.group): model.owner
        for model in load_models(SQL).values()
        if not model.is_view
    },
}


def test_every_dag_and_task_keeps_every_policy(dags: dict[str, DAG]) -> None:
    assert [line for dag in dags.values() for line in violations(dag, OWNERS)] == []


def test_every_owner_is_one_that_a_contract_names(dags: dict[str, DAG]) -> None:
    assert {dag_id: {task.owner for task in dag.tasks} for dag_id, dag in dags.items()} == {
        "backup": {"data-platform"},
        "heartbeat": {"data-platform"},
        "reconcile": {"data-platform"},
        "retention": {"data-platform"},
        **{dag_id: {owner} for dag_id, owner in OWNERS.items()},
    }


def test_every_exception_is_a_task_that_exists(dags: dict[str, DAG]) -> None:
    tasks = {f"{dag_id}.{task.task_id}" for dag_id, dag in dags.items() for task in dag.tasks}
    assert set(WITHOUT_RETRIES) <= tasks


def test_a_careless_dag_breaks_every_policy() -> None:
    dag = DagBag(BROKEN / "careless.py").dags["careless"]
    assert violations(dag, {}) == [
        "careless.blocking: keeps a worker while it waits",
        "careless.blocking: no execution_timeout",
        "careless.blocking: no retries",
        "careless.blocking: owner is airflow",
        "careless.lazy: no execution_timeout",
        "careless.lazy: no retries",
        "careless.lazy: owner is airflow",
        "careless.poking: no execution_timeout",
        "careless.poking: no retries",
        "careless.poking: owner is airflow",
        "careless.poking: waits for 7 days, 0:00:00",
        "careless: 16 runs at a time",
        "careless: catches up",
        "careless: no doc_md",
        "careless: no tags",
    ]
