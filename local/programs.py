"""What each service runs, and how to know that it is ready."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import requests

from local.environment import PROJECT
from local.layout import AIRFLOW_BIN, BLACKBOX_CONFIG, EMULATORS_BIN, STATSD_MAPPING
from local.ports import LOOPBACK, Ports
from local.services import AIRFLOW, Service
from local.supervision import Program

_HERE = Path(__file__).parent
_PROBE_TIMEOUT_SECONDS = 5

# How long a service may take on a slow, busy machine. Airflow's first imports
# are cold.
READY_LIMIT_SECONDS: Mapping[Service, float] = {
    **dict.fromkeys(Service, 60.0),
    **dict.fromkeys(AIRFLOW, 180.0),
}

# The name of each Airflow component in the answer of /api/v2/monitor/health, and
# of the time in it.
_HEARTBEATS = {
    Service.SCHEDULER: ("scheduler", "latest_scheduler_heartbeat"),
    Service.DAG_PROCESSOR: ("dag_processor", "latest_dag_processor_heartbeat"),
    Service.TRIGGERER: ("triggerer", "latest_triggerer_heartbeat"),
}


@dataclass(frozen=True, slots=True)
class Site:
    """Where a stack keeps its files, its ports, and the programs found outside the locks."""

    state_dir: Path
    ports: Ports
    found: Mapping[Service, Path]

    def log(self, service: Service) -> Path:
        """Return the file that holds all that the service prints."""
        return self.state_dir / "logs" / f"{service}.log"

    def url(self, service: Service) -> str | None:
        """Return the service's address for HTTP clients, if it has one."""
        ports = {
            Service.GCS: self.ports.gcs,
            Service.BIGQUERY: self.ports.bigquery,
            Service.STATSD: self.ports.statsd_http,
            Service.PROMETHEUS: self.ports.prometheus,
            Service.ALERT_RELAY: self.ports.alert_relay,
            Service.ALERTMANAGER: self.ports.alertmanager,
            Service.BLACKBOX: self.ports.blackbox,
            Service.NODE: self.ports.node,
            Service.API_SERVER: self.ports.airflow,
        }
        return f"http://{LOOPBACK}:{ports[service]}" if service in ports else None


def program(service: Service, site: Site) -> Program:
    """Return the program that is `service` at `site`."""
    return Program(
        name=service.value,
        command=_COMMANDS[service](site),
        log=site.log(service),
        environment=_bigquery_environment(site) if service is Service.BIGQUERY else {},
    )


def is_ready(service: Service, site: Site, since: float) -> bool:
    """Ask a service whether it does its work.

    `since` (Unix seconds) is when it was started: a heartbeat from before is of an
    earlier run.
    """
    if service in _HEARTBEATS:
        return _has_beaten(service, site, since)
    path = {
        Service.GCS: f"/storage/v1/b?project={PROJECT}",
        Service.BIGQUERY: "/healthz",
        Service.STATSD: "/metrics",
        Service.PROMETHEUS: "/-/ready",
        Service.ALERT_RELAY: "/",
        Service.ALERTMANAGER: "/-/ready",
        Service.BLACKBOX: "/-/healthy",
        Service.NODE: "/",
        Service.API_SERVER: "/api/v2/monitor/health",
    }[service]
    return _get(f"{site.url(service)}{path}") is not None


def _has_beaten(service: Service, site: Site, since: float) -> bool:
    response = _get(f"{site.url(Service.API_SERVER)}/api/v2/monitor/health")
    if response is None:
        return False
    component, time_field = _HEARTBEATS[service]
    beaten = response.json()[component][time_field]
    if beaten is None:
        return False
    at = datetime.fromisoformat(beaten)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() >= since


def _get(url: str) -> requests.Response | None:
    try:
        response = requests.get(url, timeout=_PROBE_TIMEOUT_SECONDS)
    except requests.RequestException:
        return None
    return response if response.ok else None


def _gcs(site: Site) -> tuple[str, ...]:
    folder = str(site.state_dir / "gcs")
    where = ("--host", LOOPBACK, "--port", str(site.ports.gcs))
    return (str(EMULATORS_BIN / "gcp-storage-emulator"), "-d", folder, "start", *where)


def _bigquery(site: Site) -> tuple[str, ...]:
    return (
        *(str(EMULATORS_BIN / "python"), str(_HERE / "run_bigquery.py"), "start"),
        *("--rest-host", LOOPBACK, "--rest-port", str(site.ports.bigquery)),
        *("--grpc-host", LOOPBACK, "--grpc-port", str(site.ports.bigquery_grpc)),
        *("--persistent", "--data-dir", str(site.state_dir / "bigquery")),
        *("--project", PROJECT, "--log-format", "console"),
    )


def _bigquery_environment(site: Site) -> dict[str, str]:
    # gs:// is read from the files of the other emulator. DuckDB keeps its
    # extensions below HOME.
    return {
        "HOME": str(site.state_dir / "bigquery"),
        "BQEMU_GCS_LOCAL_ROOT": str(site.state_dir / "gcs" / ".cloudstorage"),
    }


def _statsd(site: Site) -> tuple[str, ...]:
    incoming = f"{LOOPBACK}:{site.ports.statsd}"
    return (
        str(site.found[Service.STATSD]),
        f"--web.listen-address={LOOPBACK}:{site.ports.statsd_http}",
        f"--statsd.listen-udp={incoming}",
        f"--statsd.listen-tcp={incoming}",
        f"--statsd.mapping-config={STATSD_MAPPING}",
    )


def _prometheus(site: Site) -> tuple[str, ...]:
    folder = site.state_dir / "prometheus"
    return (
        str(site.found[Service.PROMETHEUS]),
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        # SLO attainment looks 30 days back.
        "--storage.tsdb.retention.time=45d",
        f"--web.listen-address={LOOPBACK}:{site.ports.prometheus}",
    )


def _alert_relay(site: Site) -> tuple[str, ...]:
    kept = site.state_dir / "alertmanager" / "notifications.ndjson"
    return (
        *(str(AIRFLOW_BIN / "python"), str(_HERE / "run_alert_relay.py")),
        *(str(site.ports.alert_relay), str(kept)),
    )


def _alertmanager(site: Site) -> tuple[str, ...]:
    folder = site.state_dir / "alertmanager"
    return (
        str(site.found[Service.ALERTMANAGER]),
        f"--config.file={folder / 'alertmanager.yml'}",
        f"--storage.path={folder / 'data'}",
        f"--web.listen-address={LOOPBACK}:{site.ports.alertmanager}",
        # One alone has no others to talk to; it would listen for them on every interface.
        "--cluster.listen-address=",
    )


def _blackbox(site: Site) -> tuple[str, ...]:
    return (
        str(site.found[Service.BLACKBOX]),
        f"--config.file={BLACKBOX_CONFIG}",
        f"--web.listen-address={LOOPBACK}:{site.ports.blackbox}",
    )


def _node(site: Site) -> tuple[str, ...]:
    return (
        str(site.found[Service.NODE]),
        f"--web.listen-address={LOOPBACK}:{site.ports.node}",
    )


def _airflow(*arguments: str) -> Callable[[Site], tuple[str, ...]]:
    # -P: this folder is not where Airflow's own imports are to be looked for.
    command = (str(AIRFLOW_BIN / "python"), "-P", str(_HERE / "run_airflow.py"), *arguments)
    return lambda _site: command


_COMMANDS: Mapping[Service, Callable[[Site], tuple[str, ...]]] = {
    Service.GCS: _gcs,
    Service.BIGQUERY: _bigquery,
    Service.STATSD: _statsd,
    Service.PROMETHEUS: _prometheus,
    Service.ALERT_RELAY: _alert_relay,
    Service.ALERTMANAGER: _alertmanager,
    Service.BLACKBOX: _blackbox,
    Service.NODE: _node,
    Service.API_SERVER: _airflow("api-server"),
    # Task logs are read from the files; the servers that would serve them to
    # another machine listen on every interface.
    Service.SCHEDULER: _airflow("scheduler", "--skip-serve-logs"),
    Service.DAG_PROCESSOR: _airflow("dag-processor"),
    Service.TRIGGERER: _airflow("triggerer", "--skip-serve-logs"),
}
