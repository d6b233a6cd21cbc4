"""Google clients by way of the Airflow connection."""

from __future__ import annotations

from google.cloud import bigquery, storage

from atvos.settings import Settings


def storage_client(settings: Settings) -> storage.Client:
    """The Cloud Storage client of the settings' connection."""
    # Hooks are imported when they are needed: the provider costs seconds.
    from airflow.providers.google.cloud.hooks.gcs import GCSHook

    return GCSHook(gcp_conn_id=settings.gcp_conn_id).get_conn()


def bigquery_client(settings: Settings) -> bigquery.Client:
    """The BigQuery client of the settings' connection, project and location.

    No query of it can bill more than the settings allow.
    """
    from airflow.providers.google.cloud.hooks.bigquery import BigQueryHook

    hook = BigQueryHook(
        gcp_conn_id=settings.gcp_conn_id, location=settings.location, use_legacy_sql=False
    )
    client = hook.get_client(project_id=settings.project, location=settings.location)
    client.default_query_job_config = bigquery.QueryJobConfig(
        maximum_bytes_billed=settings.maximum_bytes_billed
    )
    return client
