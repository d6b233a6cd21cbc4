"""The names of the stack's services, and the groups they are asked for in."""

from enum import StrEnum


class Service(StrEnum):
    """One process of the stack."""

    GCS = "gcs"
    BIGQUERY = "bigquery"
    STATSD = "statsd"
    PROMETHEUS = "prometheus"
    ALERT_RELAY = "alert-relay"
    ALERTMANAGER = "alertmanager"
    BLACKBOX = "blackbox-exporter"
    NODE = "node-exporter"
    API_SERVER = "api-server"
    SCHEDULER = "scheduler"
    DAG_PROCESSOR = "dag-processor"
    TRIGGERER = "triggerer"


EMULATORS = frozenset({Service.GCS, Service.BIGQUERY})
METRICS = frozenset({Service.STATSD, Service.PROMETHEUS})
ALERTING = frozenset({Service.ALERT_RELAY, Service.ALERTMANAGER})
PROBING = frozenset({Service.BLACKBOX, Service.NODE})
AIRFLOW = frozenset(
    {Service.API_SERVER, Service.SCHEDULER, Service.DAG_PROCESSOR, Service.TRIGGERER}
)
MONITORING = METRICS | ALERTING | PROBING
ALL = EMULATORS | MONITORING | AIRFLOW

FOUND = frozenset(MONITORING - {Service.ALERT_RELAY})
"""Services whose programs are on no lock: they are found on the machine, or done without."""
