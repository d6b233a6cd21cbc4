"""The tables of feeds and models: what contracts describe, quarantine, and staging."""

from __future__ import annotations

from atvos import names
from atvos.contract import Column, Feed, Table
from atvos.models import Model
from atvos.ops_tables import BATCH, OBJECT_COUNTS
from atvos.schema import Field, TableSpec
from atvos.settings import Settings
from atvos.sql_text import text_list

STAGING_DAYS = 7
"""After how many days a staging table goes by itself, whoever left it there."""

LINEAGE = (
    Field("source_object", "STRING", "Name of the object that the row was read from."),
    Field("source_generation", "INT64", "Generation of that object."),
    Field("source_position", "INT64", "Byte offset of the record in the decompressed object."),
)


def curated(feed: Feed) -> TableSpec:
    """Where a feed's valid rows are published, with their lineage."""
    return TableSpec(
        table=names.curated_table(feed.name),
        description=feed.purpose,
        fields=(
            *_columns(feed.columns),
            *LINEAGE,
            BATCH,
            Field("published_at", "TIMESTAMP", "When the batch was published.", required=True),
        ),
        partition=feed.partition.name if feed.partition else None,
        cluster=feed.cluster,
        partition_expiration_days=feed.retention.days if feed.retention else None,
        labels=_labels(feed),
    )


def quarantine(feed: Feed) -> TableSpec:
    """Where a feed's rejected records are kept, with the reason and the original line."""
    return TableSpec(
        table=names.quarantine_table(feed.name),
        description=f"Records of {feed.name} that its contract refuses, each with the reasons.",
        fields=(
            Field("landed_date", "DATE", "UTC day on which the object landed.", required=True),
            BATCH,
            *rejects_staging(feed.name, "").fields,
            Field("quarantined_at", "TIMESTAMP", "When the record came here.", required=True),
        ),
        partition="landed_date",
        cluster=("source_object",),
        partition_expiration_days=365,
        labels=_labels(feed),
    )


def model(model: Model) -> TableSpec:
    """The table that a model fills."""
    return contract_table(model, model.table_name)


def contract_table(table: Table, name: str) -> TableSpec:
    """The table ``name`` (``dataset.table``) with a contract's columns and no others."""
    return TableSpec(
        table=name,
        description=table.purpose,
        fields=_columns(table.columns),
        partition=table.partition.name if table.partition else None,
        cluster=table.cluster,
        partition_expiration_days=table.retention.days if table.retention else None,
        labels=_labels(table),
    )


def pending(feed: Feed) -> TableSpec:
    """Where a feed's valid rows wait for what they refer to."""
    return TableSpec(
        table=names.pending_table(feed.name),
        description=f"Rows of {feed.name} that wait for what they refer to, and are then replayed.",
        fields=(
            *rows_staging(feed, "").fields,
            BATCH,
            Field("landed_date", "DATE", "UTC day on which the object landed.", required=True),
            Field("pending_since", "TIMESTAMP", "When the row began to wait.", required=True),
        ),
        partition=feed.partition.name if feed.partition else None,
        cluster=feed.cluster,
        partition_expiration_days=365,
        labels=_labels(feed),
    )


def rows_staging(feed: Feed, batch_id: str) -> TableSpec:
    """A batch's valid rows, as the curate job wrote them."""
    return TableSpec(
        table=names.staging_table(feed.name, batch_id),
        description=f"Valid rows of {feed.name}, batch {batch_id}.",
        fields=(*_columns(feed.columns), *LINEAGE),
    )


def rejects_staging(feed: str, batch_id: str) -> TableSpec:
    """A batch's rejects, as the curate job wrote them."""
    return TableSpec(
        table=names.staging_table(feed, batch_id, "rejects"),
        description=f"Rejected records of {feed}, batch {batch_id}.",
        fields=(
            Field("source_bucket", "STRING", "Bucket of the object that the record is from."),
            *LINEAGE,
            Field("reasons", "STRING", "Every reason code that applies.", repeated=True),
            Field("detail", "STRING", "What happened, where the code does not say it."),
            Field("line", "STRING", "The record as it stood in the object."),
            Field("line_encoding", "STRING", "How line was decoded: utf-8 or latin-1."),
        ),
    )


def objects_staging(feed: str, batch_id: str) -> TableSpec:
    """A batch's objects with their counts, as the curate job wrote them."""
    return TableSpec(
        table=names.staging_table(feed, batch_id, "objects"),
        description=f"Objects of {feed}, batch {batch_id}.",
        fields=OBJECT_COUNTS,
    )


def prepare_script(specs: list[TableSpec], settings: Settings) -> str:
    """The script that creates the datasets and tables that are not there yet."""
    location = text_list([settings.location])
    schemas = []
    for dataset in names.DATASETS:
        days = STAGING_DAYS if dataset == names.STAGING else settings.dataset_expiration_days
        expiry = f", default_table_expiration_days={days}" if days else ""
        schemas.append(
            f"CREATE SCHEMA IF NOT EXISTS `{dataset}` OPTIONS(location={location}{expiry});"
        )
    return "\n".join([*schemas, *(spec.ddl() for spec in specs)])


def _columns(columns: tuple[Column, ...]) -> tuple[Field, ...]:
    return tuple(map(_field, columns))


def _field(column: Column) -> Field:
    """A column; an array is a repeated one, and null in it is what an empty one is."""
    element = column.items
    if element is None:
        return Field(column.name, column.physical_type, column.description, column.required)
    return Field(
        column.name,
        element.physical_type,
        column.description,
        repeated=True,
        fields=_columns(element.fields),
    )


def _labels(table: Table) -> dict[str, str]:
    return {
        "layer": table.layer.value,
        "tier": str(table.tier),
        "contract": table.version.replace(".", "-"),
    }
