"""The tables of the platform: those of contracts, their quarantine, staging and ledgers."""

from __future__ import annotations

from atvos import names
from atvos.contract import Column, Feed, Table
from atvos.schema import Field, TableSpec

LINEAGE = (
    Field("source_object", "STRING", "Name of the object that the row was read from."),
    Field("source_generation", "INT64", "Generation of that object."),
    Field("source_position", "INT64", "Byte offset of the record in the decompressed object."),
)
_BATCH = Field("batch_id", "STRING", "The batch that brought the row.", required=True)
_REASONS = Field(
    "reasons",
    "STRUCT",
    "Rejected rows by reason code; a row with two codes counts under both.",
    repeated=True,
    fields=(Field("reason", "STRING"), Field("row_count", "INT64")),
)
_OBJECT_COUNTS = (
    Field("bucket", "STRING", "Landing bucket.", required=True),
    Field("object", "STRING", "Name of the object.", required=True),
    Field("generation", "INT64", "Generation of the object.", required=True),
    Field("size", "INT64", "Size of the object (bytes)."),
    Field("crc32c", "STRING", "Checksum of the object, as Cloud Storage gives it."),
    Field("landed_at", "TIMESTAMP", "When the object was written.", required=True),
    Field("rows_read", "INT64", "Records in the object.", required=True),
    Field("rows_valid", "INT64", "Of these, rows that are in the table.", required=True),
    Field("rows_rejected", "INT64", "Of these, records in quarantine.", required=True),
    Field("rows_duplicate", "INT64", "Of these, rows whose key was there before.", required=True),
    _REASONS,
    Field("event_dates", "DATE", "Partitions that the object's rows are in.", repeated=True),
    Field("last_event_at", "TIMESTAMP", "Newest event time, not later than the batch."),
)


def curated(feed: Feed) -> TableSpec:
    """Where a feed's valid rows are published, with their lineage."""
    return TableSpec(
        table=names.curated_table(feed.name),
        description=feed.purpose,
        fields=(
            *_columns(feed.columns),
            *LINEAGE,
            _BATCH,
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
            _BATCH,
            *rejects_staging(feed.name, "").fields,
            Field("quarantined_at", "TIMESTAMP", "When the record came here.", required=True),
        ),
        partition="landed_date",
        cluster=("source_object",),
        partition_expiration_days=365,
        labels=_labels(feed),
    )


def object_ledger() -> TableSpec:
    """One row per object generation that was published or is held back."""
    return TableSpec(
        table=names.OBJECT_LEDGER,
        description="One row per object generation: what it held and what came of it.",
        fields=(
            Field("feed", "STRING", "Name of the feed.", required=True),
            Field("landed_date", "DATE", "UTC day on which the object landed.", required=True),
            *_OBJECT_COUNTS,
            _BATCH,
            Field("state", "STRING", "published, or held by a failed check.", required=True),
            Field("detail", "STRING", "Why the batch is held."),
            Field("recorded_at", "TIMESTAMP", "When this state was recorded.", required=True),
        ),
        partition="landed_date",
        cluster=("feed", "batch_id"),
    )


def model_ledger() -> TableSpec:
    """One row per model and batch that the model has taken in."""
    return TableSpec(
        table=names.MODEL_LEDGER,
        description="One row per model and source batch that the model has been rebuilt for.",
        fields=(
            Field("built_date", "DATE", "UTC day of the build.", required=True),
            Field("model", "STRING", "Name of the model.", required=True),
            Field("batch_id", "STRING", "The batch that was taken in.", required=True),
            Field("build_id", "STRING", "The build that took it in.", required=True),
            Field("days", "DATE", "Days that the build made anew.", repeated=True),
            Field("last_event_at", "TIMESTAMP", "Newest event of the sources at the build."),
            Field("built_at", "TIMESTAMP", "When the build was published.", required=True),
        ),
        partition="built_date",
        cluster=("model",),
    )


def schema_changes() -> TableSpec:
    """One row per change that was made to the columns of a table that was there."""
    return TableSpec(
        table=names.SCHEMA_CHANGES,
        description="One row per change of a column that a new version of a contract brought.",
        fields=(
            Field("table_name", "STRING", "dataset.table that was altered.", required=True),
            Field("column_name", "STRING", "The column.", required=True),
            Field("change", "STRING", "What was done, like DROP NOT NULL.", required=True),
            Field("contract_version", "STRING", "The version that asked for it.", required=True),
            Field("changed_at", "TIMESTAMP", "When it was made.", required=True),
        ),
    )


def mart(table: Table) -> TableSpec:
    """The table that a model fills."""
    return TableSpec(
        table=names.mart_table(table.name),
        description=table.purpose,
        fields=_columns(table.columns),
        partition=table.partition.name if table.partition else None,
        cluster=table.cluster,
        partition_expiration_days=table.retention.days if table.retention else None,
        labels=_labels(table),
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
        fields=_OBJECT_COUNTS,
    )


def prepare_script(specs: list[TableSpec], location: str, staging_days: int = 7) -> str:
    """The script that creates the datasets and tables that are not there yet."""
    schemas = [
        f"CREATE SCHEMA IF NOT EXISTS `{dataset}` OPTIONS(location='{location}'"
        + (f", default_table_expiration_days={staging_days}" if dataset == names.STAGING else "")
        + ");"
        for dataset in names.DATASETS
    ]
    return "\n".join([*schemas, *(spec.ddl() for spec in specs)])


def _columns(columns: tuple[Column, ...]) -> tuple[Field, ...]:
    return tuple(
        Field(c.name, c.physical_type, c.description, required=c.required) for c in columns
    )


def _labels(table: Table) -> dict[str, str]:
    return {
        "layer": table.layer.value,
        "tier": str(table.tier),
        "contract": table.version.replace(".", "-"),
    }
