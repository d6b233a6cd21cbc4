"""An Airflow DAG that breaks every policy."""

from datetime import datetime

from airflow.providers.google.cloud.operators.bigquery import BigQueryInsertJobOperator
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.sensors.python import PythonSensor
from airflow.sdk import DAG

with DAG("careless", schedule="@daily", start_date=datetime(2026, 1, 1), catchup=True):  # noqa: DTZ001
    EmptyOperator(task_id="lazy")
    BigQueryInsertJobOperator(task_id="blocking", configuration={}, deferrable=False)
    PythonSensor(task_id="poking", python_callable=bool)
