"""Every process of Airflow imports the plugin, so that it must cost nothing."""

import subprocess
import sys

from local.layout import PLUGINS

HEAVY = ("fastapi", "starlette", "google", "great_expectations", "jinja2", "pandas")


def test_importing_the_plugin_imports_nothing_heavy_beside_airflow() -> None:
    code = (
        "import sys, airflow.plugins_manager\n"
        "before = set(sys.modules)\n"
        "import atvos_plugin\n"
        f"print([n for n in {HEAVY!r} if n in set(sys.modules) - before])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(PLUGINS)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"
