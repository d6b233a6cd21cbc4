"""An Airflow DAG file that takes its time."""

import time

from airflow.sdk import DAG

time.sleep(1)

with DAG("sleeps", schedule=None):
    pass
