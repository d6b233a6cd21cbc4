"""The one module that reads the environment. Nothing else differs between local and Composer."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent

LOCAL = "local"
"""The environment of this machine: elsewhere nothing that differs has a default."""

RELEASE = "release.json"
"""The file below the DAGs folder that a deploy writes: which commit was deployed."""

VARIABLES = (
    *("ATVOS_ENVIRONMENT", "ATVOS_PROJECT", "ATVOS_LOCATION"),
    *("ATVOS_DATASET_SUFFIX", "ATVOS_DATASET_EXPIRATION_DAYS"),
    *("ATVOS_LANDING_BUCKET", "ATVOS_WORK_BUCKET", "ATVOS_BACKUP_BUCKET"),
    *("ATVOS_DAGS_DIR", "ATVOS_EXTRA_CONTRACTS_DIR", "ATVOS_SQL_DIR", "ATVOS_PARSE_CACHE"),
    *("ATVOS_CURATE_MAIN", "BEAM_RUNNER", "ATVOS_COMMIT", "ATVOS_PII_KEY_SECRET"),
    *("ATVOS_DATAFLOW_TEMPLATE", "ATVOS_DATAFLOW_REGION", "ATVOS_DATAFLOW_SERVICE_ACCOUNT"),
    *("ATVOS_DATAFLOW_TEMP_LOCATION", "ATVOS_DATAFLOW_SUBNETWORK", "ATVOS_DATAFLOW_MAX_WORKERS"),
    "ATVOS_DATAFLOW_MACHINE_TYPE",
    *("ATVOS_STATSD_HOST", "ATVOS_STATSD_PORT", "ATVOS_AIRFLOW_URL", "ATVOS_PROMETHEUS_URL"),
    *("ATVOS_SENSE_IN", "ATVOS_SENSE_INTERVAL", "ATVOS_SENSE_TIMEOUT", "ATVOS_RETRIES"),
    "ATVOS_EVENT_SUBSCRIPTION",
    *("ATVOS_POWERBI_WORKSPACE", "ATVOS_POWERBI_DATASET"),
    *("ATVOS_MAX_BATCH_OBJECTS", "ATVOS_MAX_BATCH_BYTES", "ATVOS_MAXIMUM_BYTES_BILLED"),
)
"""Every environment variable of ours that is read here."""

_COMMIT = "{commit}"
_SUBSCRIPTION = re.compile(r"([A-Za-z][\w.~+%-]*\{feed\}[\w.~+%-]*)?")
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MACHINE_TYPE = "n2-standard-2"
"""Two processes of the curate job, with 4 GB each: it holds a few hundred MB in each."""
_MACHINE_TYPES = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+){2,3}")
_SUFFIX = re.compile(r"(_[a-z0-9]{1,20})?")


class SettingsError(ValueError):
    """A setting is missing or has a value that cannot be used."""


@dataclass(frozen=True, slots=True)
class Dataflow:
    """Where and as whom Dataflow jobs run. ``template`` is the Flex Template's spec (gs://):
    that of the deployed commit, where the variable has ``{commit}`` in it. ``subnetwork`` is
    where machines without an external address run, ``regions/<region>/subnetworks/<name>``.

    ``pii_key_secret`` names the version of the Secret Manager secret with the key of
    pseudonyms; feeds with personal data to hash cannot do without it.
    """

    template: str
    region: str
    service_account: str
    temp_location: str
    subnetwork: str
    max_workers: int
    machine_type: str
    pii_key_secret: str | None


@dataclass(frozen=True, slots=True)
class PowerBi:
    """The semantic model that is refreshed, by the ids in its address in Power BI."""

    workspace: str
    dataset: str


@dataclass(frozen=True, slots=True)
class Settings:
    """What a DAG, an operator or the command line must know about its surroundings.

    ``maximum_bytes_billed`` caps every query, in bytes. ``max_batch_*`` bound one batch.
    ``commit`` is the one that was deployed, None in a working tree.
    ``dataset_expiration_days`` is after how many days a sandbox's tables go, None elsewhere.
    ``sense_interval`` is in seconds, ``sense_in`` where a sensor waits: the triggerer, or a worker
    that it comes back to. ``event_subscription`` is the Pub/Sub subscription of a feed, with
    ``{feed}`` in it; None where no messages wake runs. ``parse_cache`` is a folder on local
    disk in which DAG files remember what they have read. ``pii_conn_id`` is the Airflow
    connection whose password is the key of pseudonyms, for curate jobs that run beside
    Airflow. ``airflow_url`` and ``prometheus_url`` are where people on call look; None where
    nobody said. ``power_bi`` is None where no semantic model is refreshed;
    ``power_bi_conn_id`` is the Airflow connection of the service principal that refreshes it.
    """

    environment: str
    project: str
    location: str
    landing_bucket: str
    work_bucket: str
    backup_bucket: str
    dags_dir: Path
    contract_dirs: tuple[Path, ...]
    sql_dir: Path
    parse_cache: Path
    curate_main: Path
    beam_runner: str
    dataflow: Dataflow | None
    statsd_host: str
    statsd_port: int
    sense_in: str
    sense_interval: float
    sense_timeout: float
    max_batch_objects: int
    max_batch_bytes: int
    maximum_bytes_billed: int
    retries: int
    dataset_expiration_days: int | None = None
    commit: str | None = None
    airflow_url: str | None = None
    prometheus_url: str | None = None
    gcp_conn_id: str = "google_cloud_default"
    pii_conn_id: str = "atvos_pii_key"
    event_subscription: str | None = None
    power_bi: PowerBi | None = None
    power_bi_conn_id: str = "powerbi_default"
    extra_contracts_dir: Path | None = field(default=None)

    @property
    def runs_on_dataflow(self) -> bool:
        """Whether the curate job is launched on Dataflow."""
        return self.beam_runner == "DataflowRunner"


def dataset_suffix(env: Mapping[str, str] | None = None) -> str:
    """What the names of this environment's datasets end with; empty but in a sandbox.

    SettingsError where it is none.
    """
    read = _Reader(os.environ if env is None else env)
    return read.matching("ATVOS_DATASET_SUFFIX", _SUFFIX, "nothing, or like _ana (a-z and 0-9)")


def load(env: Mapping[str, str] | None = None) -> Settings:
    """The settings of this process. SettingsError names the variable that is wrong."""
    read = _Reader(os.environ if env is None else env)
    dataset_suffix(read.env)
    # In the Composer bucket plugins/ stands beside dags/, and sql/ ships below dags/.
    root = _PACKAGE.parent.parent
    dags_dir = read.path("ATVOS_DAGS_DIR", root / "dags")
    shipped_sql = dags_dir / "sql"
    extra = read.env.get("ATVOS_EXTRA_CONTRACTS_DIR")
    work_bucket = read.where_local("ATVOS_WORK_BUCKET", "work")
    commit = read.env.get("ATVOS_COMMIT") or _deployed(dags_dir / RELEASE)
    runner = read.choice("BEAM_RUNNER", "FnApiRunner", ("FnApiRunner", "DataflowRunner"))
    return Settings(
        environment=read.environment,
        project=read.env.get("ATVOS_PROJECT")
        or read.env.get("GOOGLE_CLOUD_PROJECT")
        or read.where_local("ATVOS_PROJECT", "atvoslocal"),
        location=read.where_local("ATVOS_LOCATION", "southamerica-east1"),
        landing_bucket=read.where_local("ATVOS_LANDING_BUCKET", "landing"),
        work_bucket=work_bucket,
        backup_bucket=read.env.get("ATVOS_BACKUP_BUCKET") or work_bucket,
        dags_dir=dags_dir,
        contract_dirs=(dags_dir / "contracts", *([Path(extra)] if extra else [])),
        sql_dir=read.path("ATVOS_SQL_DIR", shipped_sql if shipped_sql.is_dir() else root / "sql"),
        # A path that is no folder, such as /dev/null, turns it off.
        parse_cache=read.path("ATVOS_PARSE_CACHE", _default_cache()),
        curate_main=read.path("ATVOS_CURATE_MAIN", root / "beam_jobs" / "curate" / "main.py"),
        beam_runner=runner,
        dataflow=_dataflow(read, commit, dags_dir) if runner == "DataflowRunner" else None,
        statsd_host=read.where_local("ATVOS_STATSD_HOST", "127.0.0.1"),
        statsd_port=read.number("ATVOS_STATSD_PORT", 9125),
        sense_in=read.choice("ATVOS_SENSE_IN", "triggerer", ("triggerer", "worker")),
        sense_interval=read.number("ATVOS_SENSE_INTERVAL", 20),
        sense_timeout=read.number("ATVOS_SENSE_TIMEOUT", 900),
        max_batch_objects=read.number("ATVOS_MAX_BATCH_OBJECTS", 1000),
        max_batch_bytes=read.number("ATVOS_MAX_BATCH_BYTES", 4 << 30),
        maximum_bytes_billed=read.number("ATVOS_MAXIMUM_BYTES_BILLED", 100 << 30),
        retries=read.number("ATVOS_RETRIES", 3),
        commit=commit,
        dataset_expiration_days=read.number("ATVOS_DATASET_EXPIRATION_DAYS", 0) or None,
        airflow_url=read.env.get("ATVOS_AIRFLOW_URL") or None,
        prometheus_url=read.env.get("ATVOS_PROMETHEUS_URL") or None,
        event_subscription=read.matching(
            "ATVOS_EVENT_SUBSCRIPTION",
            _SUBSCRIPTION,
            "nothing, or a subscription with {feed} in it, like landing-{feed}",
        )
        or None,
        power_bi=_power_bi(read),
        extra_contracts_dir=Path(extra) if extra else None,
    )


def _default_cache() -> Path:
    """A folder of this user's: the folder for temporary files is everybody's."""
    return Path(tempfile.gettempdir()) / f"atvos-parse-cache-{os.geteuid()}"


def _dataflow(read: _Reader, commit: str | None, dags_dir: Path) -> Dataflow:
    template = read.text("ATVOS_DATAFLOW_TEMPLATE")
    if _COMMIT in template and not commit:
        raise SettingsError(
            f"ATVOS_DATAFLOW_TEMPLATE has {_COMMIT} in it, and {dags_dir / RELEASE} does not say "
            "which was deployed: `atvos deploy` writes it there; elsewhere set ATVOS_COMMIT"
        )
    return Dataflow(
        template=template.replace(_COMMIT, commit or ""),
        region=read.where_local("ATVOS_DATAFLOW_REGION", "southamerica-east1"),
        service_account=read.text("ATVOS_DATAFLOW_SERVICE_ACCOUNT"),
        temp_location=read.text("ATVOS_DATAFLOW_TEMP_LOCATION"),
        subnetwork=read.text("ATVOS_DATAFLOW_SUBNETWORK"),
        max_workers=read.number("ATVOS_DATAFLOW_MAX_WORKERS", 4),
        machine_type=read.matching(
            "ATVOS_DATAFLOW_MACHINE_TYPE",
            _MACHINE_TYPES,
            f"a machine type of Compute Engine, like {_MACHINE_TYPE}",
            _MACHINE_TYPE,
        ),
        pii_key_secret=read.env.get("ATVOS_PII_KEY_SECRET") or None,
    )


def _power_bi(read: _Reader) -> PowerBi | None:
    """None where neither is set: one without the other is a mistake."""
    if not read.env.get("ATVOS_POWERBI_WORKSPACE") and not read.env.get("ATVOS_POWERBI_DATASET"):
        return None
    valid = "the id in the address of the semantic model, like 0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
    return PowerBi(
        read.matching("ATVOS_POWERBI_WORKSPACE", _GUID, valid),
        read.matching("ATVOS_POWERBI_DATASET", _GUID, valid),
    )


def _deployed(release: Path) -> str | None:
    """The commit that a deploy has written down, None where none has."""
    try:
        return str(json.loads(release.read_text(encoding="utf-8"))["commit"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


@dataclass(frozen=True, slots=True)
class _Reader:
    env: Mapping[str, str]

    @property
    def environment(self) -> str:
        return self.env.get("ATVOS_ENVIRONMENT") or LOCAL

    def text(self, name: str, default: str | None = None) -> str:
        value = self.env.get(name) or default
        if not value:
            raise SettingsError(
                f"environment variable {name} is not set; set it under `variables` in the "
                f"environment's file in environments/, or here: export {name}=…"
            )
        return value

    def where_local(self, name: str, default: str) -> str:
        """A setting with a default on this machine alone."""
        return self.text(name, default if self.environment == LOCAL else None)

    def matching(self, name: str, pattern: re.Pattern[str], valid: str, default: str = "") -> str:
        value = self.env.get(name) or default
        if not pattern.fullmatch(value):
            raise SettingsError(f"environment variable {name}: found {value!r}; valid: {valid}")
        return value

    def path(self, name: str, default: Path) -> Path:
        return Path(self.env.get(name) or default)

    def number(self, name: str, default: int) -> int:
        value = self.env.get(name) or default
        try:
            return int(value)
        except ValueError:
            message = f"environment variable {name}: found {value!r}; valid: a whole number"
            raise SettingsError(message) from None

    def choice(self, name: str, default: str, options: tuple[str, ...]) -> str:
        value = self.env.get(name) or default
        if value not in options:
            valid = ", ".join(options)
            raise SettingsError(f"environment variable {name}: found {value!r}; valid: {valid}")
        return value
