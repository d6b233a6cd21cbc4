"""The one place that names things: datasets, tables, objects, jobs, DAGs, assets.

Names of datasets end with the suffix of the environment, which only a sandbox has. Queries and
contracts are written without it.
"""

from __future__ import annotations

from atvos import settings

SUFFIX = settings.dataset_suffix()


def dataset(role: str) -> str:
    """The dataset for tables of a role, like ``curated``, in this environment."""
    return f"{role}{SUFFIX}"


CURATED = dataset("curated")
STAGING = dataset("staging")
QUARANTINE = dataset("quarantine")
MODELS = dataset("models")
MARTS = dataset("marts")
OPS = dataset("ops")
ROLES = ("staging", "curated", "quarantine", "models", "marts", "ops")
DATASETS = tuple(map(dataset, ROLES))

OBJECT_LEDGER = f"{OPS}.object_ledger"
MODEL_LEDGER = f"{OPS}.model_ledger"
TABLE_CHANGES = f"{OPS}.table_changes"
SCHEMA_CHANGES = f"{OPS}.schema_changes"
DATASET_REGISTRY = f"{OPS}.datasets"
VIEW_REGISTRY = f"{OPS}.views"
LOCKS = f"{OPS}.locks"
BACKFILLS = f"{OPS}.backfills"
CHECK_RESULTS = f"{OPS}.check_results"
RELEASES = f"{OPS}.releases"
RECONCILIATIONS = f"{OPS}.reconciliations"
REPLAYS = f"{OPS}.replays"


def curated_table(feed: str) -> str:
    """``dataset.table`` of a feed's published rows."""
    return f"{CURATED}.{feed}"


def quarantine_table(feed: str) -> str:
    """``dataset.table`` of a feed's rejects."""
    return f"{QUARANTINE}.{feed}"


def pending_table(feed: str) -> str:
    """``dataset.table`` of a feed's rows that wait for what they refer to."""
    return f"{QUARANTINE}.{feed}__pending"


def mart(model: str) -> str:
    """``dataset.view`` under which people and models read a model."""
    return f"{MARTS}.{model}"


def model_table(model: str, version: str) -> str:
    """``dataset.table`` that a model of this version fills: a major version is a new table.

    >>> model_table("fct_vehicle_day", "2.1.0")
    'models.fct_vehicle_day_v2'
    """
    return f"{MODELS}.{model}_v{version.partition('.')[0]}"


def staging_table(owner: str, build: str, part: str = "") -> str:
    """``dataset.table`` of what a batch of a feed, or a build of a model, has staged."""
    return f"{STAGING}.{owner}__{build}" + (f"__{part}" if part else "")


def landing_prefix(feed: str) -> str:
    """Where a feed's objects land in the landing bucket."""
    return f"{feed}/"


def replay_prefix(feed: str, replay_id: str) -> str:
    """Where the objects of a replay land: among the feed's own.

    ``replay_id`` is the UTC day without dashes, and twelve hexadecimal digits:
    ``batch.replay_day`` reads it again.
    """
    return f"{landing_prefix(feed)}replay/{replay_id}/"


def batch_prefix(feed: str, batch_id: str) -> str:
    """Where a batch's manifest, contract and curated files stand in the work bucket."""
    return f"batches/{feed}/{batch_id}/"


def backup_prefix(backup_id: str) -> str:
    """Where a backup of the marts stands in its bucket."""
    return f"backups/{backup_id}/" if backup_id else "backups/"


def gcs_uri(bucket: str, name: str) -> str:
    """``gs://bucket/name``."""
    return f"gs://{bucket}/{name}"


def ingest_dag(feed: str) -> str:
    """The id of the DAG that ingests a feed."""
    return f"ingest__{feed}"


def transform_dag(group: str) -> str:
    """The id of the DAG that builds a group of models."""
    return f"transform__{group}"


def replay_dag(feed: str) -> str:
    """The id of the DAG that lets a feed's waiting rows go on."""
    return f"replay__{feed}"


def refresh_dag(semantic_model: str) -> str:
    """The id of the DAG that takes changes of marts to a semantic model."""
    return f"refresh__{semantic_model}"


def release_tag(commit: str) -> str:
    """The tag of every DAG that was read from a deployed commit.

    >>> release_tag("0f1e2d3c4b5a69788796a5b4c3d2e1f0a1b2c3d4")
    'release-0f1e2d3c4b5a'
    """
    return f"release-{commit[:12]}"


def bigquery_job(step: str, owner: str, build: str) -> str:
    """The id of the BigQuery job that does ``step`` for a batch or build."""
    return f"atvos__{owner}__{step}__{build}"


def dataflow_job(feed: str, batch_id: str) -> str:
    """The name of the Dataflow job that curates a batch: lower case, digits and dashes."""
    return f"curate-{feed.replace('_', '-')}-{batch_id}"


def table_asset(table: str) -> str:
    """The URI of the asset that stands for ``dataset.table``."""
    dataset, _, name = table.partition(".")
    return f"atvos://bigquery/{dataset}/{name}"
