"""Airflow's command line, with the providers that the DAGs need imported beforehand.

Scheduler and DAG processor fork a process for every task and every look at a DAG file. The
providers take seconds of computing to import; imported here they are there for every fork.
Nothing of this repository is: its edits must be seen by the next task.
"""

import sys

import airflow.providers.google.cloud.hooks.bigquery
import airflow.providers.google.cloud.hooks.gcs
import airflow.providers.google.cloud.operators.bigquery
import airflow.providers.google.cloud.operators.dataflow
import airflow.providers.google.cloud.triggers.bigquery
import airflow.providers.standard.hooks.subprocess  # noqa: F401
from airflow.__main__ import main
from airflow.sdk import AssetOrTimeSchedule, CronTriggerTimetable  # noqa: F401

if __name__ == "__main__":
    sys.argv[0] = "airflow"
    main()
