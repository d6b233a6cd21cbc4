"""Airflow's plugin: a page with every dataset, in the navigation and at /atvos/."""

from airflow.plugins_manager import AirflowPlugin

from atvos.web.lazy import LazyApp


class AtvosPlugin(AirflowPlugin):
    """Mounts the application and puts it into the navigation."""

    name = "atvos"
    fastapi_apps = [{"app": LazyApp(), "url_prefix": "/atvos", "name": "Datasets"}]  # noqa: RUF012
    external_views = [  # noqa: RUF012
        {
            "name": "Datasets",
            "href": "atvos/",
            "destination": "nav",
            "url_route": "datasets",
            "nav_top_level": True,
        }
    ]
