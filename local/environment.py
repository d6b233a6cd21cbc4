"""The environment variables of the stack, for its own processes and for its clients."""

import base64
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from local.layout import AIRFLOW_BIN, DAGS, PLUGINS
from local.ports import LOOPBACK, Ports

# BigQuery's emulator does not take dashes in a project id.
PROJECT = "atvoslocal"
LOCATION = "southamerica-east1"
LANDING_BUCKET = "landing"
WORK_BUCKET = "work"

# All that the stack's processes take over from the shell that starts them. The
# rest stays out: somebody's real credentials, or settings of another Airflow.
_INHERITED = ("HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "LOGNAME", "PATH", "TMPDIR", "USER")


@dataclass(frozen=True, slots=True)
class Secrets:
    """The keys that the stack's processes share, generated once for a state directory."""

    fernet_key: str
    jwt_secret: str
    api_secret_key: str
    pii_key: str

    @classmethod
    def load_or_create(cls, path: Path) -> "Secrets":
        """Read the keys at `path`, or generate them there, readable by the owner alone.

        They outlive a restart: the metadata database holds values that only the
        first key can read.
        """
        if path.exists():
            return cls(**json.loads(path.read_text()))
        created = cls(
            fernet_key=base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            jwt_secret=secrets.token_urlsafe(32),
            api_secret_key=secrets.token_urlsafe(32),
            pii_key=secrets.token_urlsafe(32),
        )
        path.touch(mode=0o600)
        path.write_text(json.dumps(asdict(created)))
        return created


def client_environment(state_dir: Path, ports: Ports, keys: Secrets) -> dict[str, str]:
    """Return the variables that make a process a client of this stack, and of nothing else."""
    return {
        **_google(state_dir, ports),
        **_atvos(state_dir, ports, keys),
        **_airflow(state_dir, ports, keys),
    }


def process_environment(
    client: Mapping[str, str], inherited: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """Return the whole environment of a process of the stack."""
    kept = {name: inherited[name] for name in _INHERITED if name in inherited}
    search = os.pathsep.join(filter(None, (str(AIRFLOW_BIN), inherited.get("PATH"))))
    # Operators start `python3` by name, and it must be the one with the locked packages.
    return {**kept, "PATH": search, "PYTHONUNBUFFERED": "1", **client}


def _google(state_dir: Path, ports: Ports) -> dict[str, str]:
    connection = {
        "conn_type": "google_cloud_platform",
        "extra": {"project": PROJECT, "is_anonymous": True},
    }
    return {
        "STORAGE_EMULATOR_HOST": f"http://{LOOPBACK}:{ports.gcs}",
        "BIGQUERY_EMULATOR_HOST": f"http://{LOOPBACK}:{ports.bigquery}",
        "GOOGLE_CLOUD_PROJECT": PROJECT,
        "AIRFLOW_CONN_GOOGLE_CLOUD_DEFAULT": json.dumps(connection),
        # An empty folder in place of the user's own gcloud login, and no look for
        # a metadata server, which costs seconds where there is none.
        "CLOUDSDK_CONFIG": str(state_dir / "gcloud"),
        "NO_GCE_CHECK": "true",
        "NO_PROXY": f"{LOOPBACK},localhost",
        "no_proxy": f"{LOOPBACK},localhost",
    }


def _atvos(state_dir: Path, ports: Ports, keys: Secrets) -> dict[str, str]:
    pii_key = {"conn_type": "generic", "password": keys.pii_key}
    return {
        "AIRFLOW_CONN_ATVOS_PII_KEY": json.dumps(pii_key),
        "ATVOS_ENVIRONMENT": "local",
        "ATVOS_PROJECT": PROJECT,
        "ATVOS_LOCATION": LOCATION,
        "ATVOS_LANDING_BUCKET": LANDING_BUCKET,
        "ATVOS_WORK_BUCKET": WORK_BUCKET,
        "ATVOS_STATSD_HOST": LOOPBACK,
        "ATVOS_STATSD_PORT": str(ports.statsd),
        "ATVOS_AIRFLOW_URL": f"http://{LOOPBACK}:{ports.airflow}",
        "ATVOS_PROMETHEUS_URL": f"http://{LOOPBACK}:{ports.prometheus}",
        "ATVOS_EXTRA_CONTRACTS_DIR": str(state_dir / "contracts"),
        # Nobody wants to wait for a look or a retry that somebody pays for elsewhere.
        "ATVOS_SENSE_INTERVAL": "1",
        "ATVOS_RETRIES": "2",
        "BEAM_RUNNER": "FnApiRunner",
        "GX_ANALYTICS_ENABLED": "False",
        "PYTHONPATH": str(PLUGINS),
    }


def _airflow(state_dir: Path, ports: Ports, keys: Secrets) -> dict[str, str]:
    home = state_dir / "airflow"
    url = f"http://{LOOPBACK}:{ports.airflow}"
    options = {
        "CORE__DAGS_FOLDER": str(DAGS),
        "CORE__PLUGINS_FOLDER": str(PLUGINS),
        "CORE__EXECUTOR": "LocalExecutor",
        "CORE__PARALLELISM": "8",
        "CORE__LOAD_EXAMPLES": "False",
        "CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "CORE__FERNET_KEY": keys.fernet_key,
        "CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        # Everyone who can reach the loopback interface is an administrator.
        "CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        # The default asks the name server for this machine's full name.
        "CORE__HOSTNAME_CALLABLE": "socket.gethostname",
        "CORE__MIN_SERIALIZED_DAG_UPDATE_INTERVAL": "0",
        # How long the scheduler rests when there was nothing to do; a second by default.
        "SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
        "METRICS__STATSD_ON": "True",
        "METRICS__STATSD_HOST": LOOPBACK,
        "METRICS__STATSD_PORT": str(ports.statsd),
        "METRICS__STATSD_PREFIX": "airflow",
        "DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
        "LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        "API__HOST": LOOPBACK,
        "API__PORT": str(ports.airflow),
        "API__BASE_URL": url,
        "API__SECRET_KEY": keys.api_secret_key,
        "API__WORKERS": "1",
        "API_AUTH__JWT_SECRET": keys.jwt_secret,
        # A contract dropped into a watched folder is a DAG a few seconds later.
        "DAG_PROCESSOR__REFRESH_INTERVAL": "5",
        "DAG_PROCESSOR__BUNDLE_REFRESH_CHECK_INTERVAL": "5",
        "DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "5",
        "DAG_PROCESSOR__PARSING_PROCESSES": "1",
    }
    return {
        "AIRFLOW_HOME": str(home),
        **{f"AIRFLOW__{name}": value for name, value in options.items()},
    }
