"""Where things are in the repository, said once."""

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
DAGS = REPOSITORY / "dags"
CONTRACTS = DAGS / "contracts"
SQL = REPOSITORY / "sql"
PLUGINS = REPOSITORY / "plugins"
STATSD_MAPPING = REPOSITORY / "monitoring" / "statsd_mapping.yml"
ALERTMANAGER_CONFIG = REPOSITORY / "monitoring" / "alertmanager" / "alertmanager.yml"
BLACKBOX_CONFIG = REPOSITORY / "monitoring" / "blackbox.yml"
PROMETHEUS_CONFIG = REPOSITORY / "monitoring" / "prometheus" / "prometheus.yml"

APPLICATION = REPOSITORY / "local" / "application.py"

AIRFLOW_BIN = REPOSITORY / ".venv" / "airflow" / "bin"
EMULATORS_BIN = REPOSITORY / ".venv" / "emulators" / "bin"
# Beside the environments and not inside one: a change of lock must not remove it.
TOOLS_BIN = REPOSITORY / ".venv" / "bin"

DEFAULT_STATE_DIR = REPOSITORY / ".local"
DRILL_STATE_DIR = DEFAULT_STATE_DIR / "drill"
