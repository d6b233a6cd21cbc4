"""Grafana's dashboards, made with the builders of grafana-foundation-sdk.

Titles are Portuguese, as the people on call are; descriptions are English, as the code is.
"""

from __future__ import annotations

FOLDER = "monitoring/grafana/dashboards"
"""Where the repository keeps them; Grafana is provisioned from there."""


def files() -> dict[str, str]:
    """Every dashboard's JSON by its file, relative to the repository."""
    # The builders are only in this repository's environment, not in Airflow's image.
    from atvos.monitoring.dashboards.document import text
    from atvos.monitoring.dashboards.every import every

    return {f"{FOLDER}/{name}.json": text(dashboard) for name, dashboard in every().items()}
