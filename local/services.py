"""The names of the stack's services, and the groups they are asked for in."""

from enum import StrEnum


class Service(StrEnum):
    """One process of the stack."""

    GCS = "gcs"
    BIGQUERY = "bigquery"
    STATSD = "statsd"
    PROMETHEUS = "prometheus"
    API_SERVER = "api-server"
    SCHEDULER = "scheduler"
    DAG_PROCESSOR = "dag-processor"
    TRIGGERER = "triggerer"


EMULATORS = frozenset({Service.GCS, Service.BIGQUERY})
METRICS = frozenset({Service.STATSD, Service.PROMETHEUS})
AIRFLOW = frozenset(
    {Service.API_SERVER, Service.SCHEDULER, Service.DAG_PROCESSOR, Service.TRIGGERER}
)
ALL = EMULATORS | METRICS | AIRFLOW
