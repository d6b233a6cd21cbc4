"""Makes the application when it is first asked: every process of Airflow imports the plugin."""

from __future__ import annotations

from functools import cached_property
from typing import Any


class LazyApp:
    """An ASGI application that imports its parts with its first request."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request."""
        await self._app(scope, receive, send)

    @cached_property
    def _app(self) -> Any:
        from atvos.web.access import airflow_user
        from atvos.web.app import create_app
        from atvos.web.data import Stored

        return create_app(Stored.of_environment(), airflow_user)
