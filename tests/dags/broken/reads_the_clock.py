"""An Airflow DAG file that is another one each time it is parsed."""

from datetime import UTC, datetime

from airflow.sdk import DAG

with DAG("reads_the_clock", schedule=None, start_date=datetime.now(UTC)):
    pass
