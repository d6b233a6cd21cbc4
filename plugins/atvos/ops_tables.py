"""The platform's own books: ledgers, changes, locks, backfills, and the registry of datasets."""

from __future__ import annotations

from atvos import names
from atvos.schema import Field, TableSpec

BATCH = Field("batch_id", "STRING", "The batch that brought the row.", required=True)
_REASONS = Field(
    "reasons",
    "STRUCT",
    "Rejected rows by reason code; a row with two codes counts under both.",
    repeated=True,
    fields=(Field("reason", "STRING"), Field("row_count", "INT64")),
)
OBJECT_COUNTS = (
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


def object_ledger() -> TableSpec:
    """One row per object generation that was published or is held back."""
    return TableSpec(
        table=names.OBJECT_LEDGER,
        description="One row per object generation: what it held and what came of it.",
        fields=(
            Field("feed", "STRING", "Name of the feed.", required=True),
            Field("landed_date", "DATE", "UTC day on which the object landed.", required=True),
            *OBJECT_COUNTS,
            Field("rows_pending", "INT64", "Of the rows read, those that wait for a reference."),
            BATCH,
            Field("state", "STRING", "published, or held by a failed check.", required=True),
            Field("detail", "STRING", "Why the batch is held."),
            Field("recorded_at", "TIMESTAMP", "When this state was recorded.", required=True),
        ),
        partition="landed_date",
        cluster=("feed", "batch_id"),
    )


def model_ledger() -> TableSpec:
    """One row per model and change of a source that the model has taken in."""
    return TableSpec(
        table=names.MODEL_LEDGER,
        description="One row per model and change of its sources that it has been rebuilt for.",
        fields=(
            Field("built_date", "DATE", "UTC day of the build.", required=True),
            Field("model", "STRING", "Name of the model.", required=True),
            Field("table_name", "STRING", "dataset.table that was built.", required=True),
            Field("change_id", "STRING", "The change that was taken in.", required=True),
            Field("build_id", "STRING", "The build that took it in.", required=True),
            Field("days", "DATE", "Days that the build made anew.", repeated=True),
            Field("last_event_at", "TIMESTAMP", "Newest event of the sources at the build."),
            Field("built_at", "TIMESTAMP", "When the build was published.", required=True),
        ),
        partition="built_date",
        cluster=("model",),
    )


def table_changes() -> TableSpec:
    """One row per publish of a table: what the models that read it go by."""
    return TableSpec(
        table=names.TABLE_CHANGES,
        description="One row per publish of a table, with the partitions that are new in it.",
        fields=(
            Field("changed_date", "DATE", "UTC day of the publish.", required=True),
            Field("table_name", "STRING", "dataset.table as it is read.", required=True),
            Field("change_id", "STRING", "The batch, build, replay or backfill.", required=True),
            Field("kind", "STRING", "batch, build, replay or backfill.", required=True),
            Field("days", "DATE", "Partitions with other rows than before.", repeated=True),
            Field("changed_at", "TIMESTAMP", "When it was published.", required=True),
        ),
        partition="changed_date",
        cluster=("table_name",),
    )


def locks() -> TableSpec:
    """One row per lock on a model's table: while it lasts, scheduled builds do not publish."""
    return TableSpec(
        table=names.LOCKS,
        description="One row per lock that keeps the scheduled builds of a table from publishing.",
        fields=(
            Field("table_name", "STRING", "dataset.table that is locked.", required=True),
            Field("token", "STRING", "Tells this lock from every other.", required=True),
            Field("owner", "STRING", "Who locked it.", required=True),
            Field("reason", "STRING", "What for.", required=True),
            Field("acquired_at", "TIMESTAMP", "Since when.", required=True),
            Field("expires_at", "TIMESTAMP", "When it ends by itself.", required=True),
        ),
    )


def backfills() -> TableSpec:
    """One row per backfill: what was built anew, by whom, why, and how it ended."""
    return TableSpec(
        table=names.BACKFILLS,
        description="One row per backfill of a model: what was built anew, by whom and why.",
        fields=(
            Field("started_date", "DATE", "UTC day of the start.", required=True),
            Field("backfill_id", "STRING", "Tells this backfill from others.", required=True),
            Field("table_name", "STRING", "dataset.table that was filled.", required=True),
            Field("first_day", "DATE", "First day that was built anew.", required=True),
            Field("last_day", "DATE", "Last day that was built anew.", required=True),
            Field("owner", "STRING", "Who ran it.", required=True),
            Field("reason", "STRING", "What for.", required=True),
            Field("state", "STRING", "running, published, or failed.", required=True),
            Field("detail", "STRING", "What it failed with."),
            Field("row_count", "INT64", "Rows that were published."),
            Field("started_at", "TIMESTAMP", "When it began.", required=True),
            Field("ended_at", "TIMESTAMP", "When it ended."),
        ),
        partition="started_date",
        cluster=("table_name",),
    )


def dataset_registry() -> TableSpec:
    """One row per table that the platform keeps: what is promised of it, and by whom."""
    return TableSpec(
        table=names.DATASET_REGISTRY,
        description="One row per feed and model: its layer, tier, owner and freshness SLO.",
        fields=(
            Field("dataset", "STRING", "Name of the feed or model.", required=True),
            Field("layer", "STRING", "curated or marts.", required=True),
            Field("tier", "INT64", "1 (paged), 2 or 3.", required=True),
            Field("owner", "STRING", "Team that answers for it.", required=True),
            Field("support", "STRING", "Where the team is reached.", required=True),
            Field("slo_seconds", "INT64", "Age of the data that is promised (s).", required=True),
            Field("slo_active", "BOOL", "Whether that is promised at this hour.", required=True),
            Field("contract_version", "STRING", "Version of its contract.", required=True),
        ),
    )


def view_registry() -> TableSpec:
    """One row per view of a query: which query it has."""
    return TableSpec(
        table=names.VIEW_REGISTRY,
        description="One row per view that is a query of its own, with the hash of that query.",
        fields=(
            Field("view_name", "STRING", "dataset.view.", required=True),
            Field("query_hash", "STRING", "SHA-256 of the view's query.", required=True),
        ),
    )


def releases() -> TableSpec:
    """One row per held batch that somebody let pass: who, and why."""
    return TableSpec(
        table=names.RELEASES,
        description="One row per batch that was published although a check held it back.",
        fields=(
            Field("released_date", "DATE", "UTC day of the release.", required=True),
            Field("batch_id", "STRING", "The batch.", required=True),
            Field("feed", "STRING", "Name of the feed.", required=True),
            Field("owner", "STRING", "Who answers for it.", required=True),
            Field("reason", "STRING", "Why the checks were passed over.", required=True),
            Field("detail", "STRING", "The checks that had held it."),
            Field("released_at", "TIMESTAMP", "When it was let pass.", required=True),
        ),
        partition="released_date",
        cluster=("feed",),
    )


def check_results() -> TableSpec:
    """One row per check and audit: what was measured of a batch or build, and what was asked."""
    return TableSpec(
        table=names.CHECK_RESULTS,
        description="One row per quality check and audit of a batch or build.",
        fields=(
            Field("checked_date", "DATE", "UTC day of the audit.", required=True),
            Field("dataset", "STRING", "Name of the feed or model.", required=True),
            Field("run_id", "STRING", "The batch or build that was checked.", required=True),
            Field("check_name", "STRING", "Name of the check.", required=True),
            Field("state", "STRING", "passed, failed, or errored.", required=True),
            Field("severity", "STRING", "error stops the publish, warning does not."),
            Field("observed", "STRING", "What was measured, for people."),
            Field("expected", "STRING", "What the contract asks, for people."),
            Field("columns", "STRING", "Columns that the check is about.", repeated=True),
            Field("checked_at", "TIMESTAMP", "When the audit ended.", required=True),
        ),
        partition="checked_date",
        cluster=("dataset",),
    )


def reconciliations() -> TableSpec:
    """One row per feed, kind of difference and reconcile: how many there were."""
    return TableSpec(
        table=names.RECONCILIATIONS,
        description="One row per feed, kind of difference between bucket, ledger and table, and "
        "reconcile.",
        fields=(
            Field("checked_date", "DATE", "UTC day of the reconcile.", required=True),
            Field("dataset", "STRING", "Name of the feed.", required=True),
            Field("kind", "STRING", "missed, vanished, doubled, or rows.", required=True),
            Field("found", "INT64", "Objects, or rows of kind rows, that differ.", required=True),
            Field("detail", "STRING", "The first of them."),
            Field("checked_at", "TIMESTAMP", "When it was compared.", required=True),
        ),
        partition="checked_date",
        cluster=("dataset",),
    )


def operations() -> list[TableSpec]:
    """The tables that every run may write to."""
    return [
        object_ledger(),
        model_ledger(),
        table_changes(),
        schema_changes(),
        locks(),
        backfills(),
        dataset_registry(),
        view_registry(),
        check_results(),
        reconciliations(),
        releases(),
        replays(),
    ]


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


def replays() -> TableSpec:
    """One row per rejected record that goes through the front door again."""
    return TableSpec(
        table=names.REPLAYS,
        description="One row per rejected record that was written into an object of a replay: "
        "where it stands there, where it is from, who sent it and why.",
        fields=(
            Field("replayed_date", "DATE", "UTC day of the replay.", required=True),
            Field("replay_id", "STRING", "Tells this replay from others.", required=True),
            Field("feed", "STRING", "Name of the feed.", required=True),
            Field("bucket", "STRING", "Bucket of the replay's object.", required=True),
            Field("object", "STRING", "Name of the replay's object.", required=True),
            Field("generation", "INT64", "Its generation; null until it is published."),
            Field("position", "INT64", "Where the record stands in it (byte).", required=True),
            Field("landed_date", "DATE", "Partition of quarantine that it is in.", required=True),
            Field("from_bucket", "STRING", "As quarantine has it: its bucket,", required=True),
            Field("from_object", "STRING", "its object,", required=True),
            Field("from_generation", "INT64", "the generation of that,", required=True),
            Field("from_position", "INT64", "and its position.", required=True),
            Field("origin_object", "STRING", "The object that it landed in first,", required=True),
            Field("origin_generation", "INT64", "the generation of that,", required=True),
            Field("origin_position", "INT64", "and its position there.", required=True),
            Field("reasons", "STRING", "What it had been rejected for.", repeated=True),
            Field("owner", "STRING", "Who answers for the replay.", required=True),
            Field("because", "STRING", "Why it was replayed.", required=True),
            Field("replayed_at", "TIMESTAMP", "When it was claimed.", required=True),
            Field("batch_id", "STRING", "The batch that published the object; null until then."),
            Field("published_at", "TIMESTAMP", "When that was; null until then."),
        ),
        partition="replayed_date",
        cluster=("feed", "object"),
    )
