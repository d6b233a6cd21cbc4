"""An Airflow DAG file that reads a Connection while it is parsed."""

from airflow.sdk import DAG, BaseHook

with DAG(
    "looks_up_a_connection",
    schedule=None,
    description=BaseHook.get_connection("google_cloud_default").conn_type,
):
    pass
