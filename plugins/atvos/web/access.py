"""Who may see what: Airflow's own users, and their rights to read DAGs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeAlias

from starlette.requests import Request


class Reader(Protocol):
    """Somebody who looks at the page."""

    def may_read(self, dag_id: str) -> bool:
        """Whether the logs of that DAG's tasks are open to the reader: samples are as telling."""
        ...


Access: TypeAlias = Callable[[Request], Awaitable[Reader]]
"""Who sends a request. HTTPException with 401 or 403 where that is nobody."""


class AirflowUser:
    """A user of Airflow."""

    def __init__(self, user: Any) -> None:
        """Take a user as Airflow's authentication gives it."""
        self._user = user

    def may_read(self, dag_id: str) -> bool:
        """As Airflow decides who may read the logs of the DAG's tasks."""
        from airflow.api_fastapi.app import get_auth_manager
        from airflow.api_fastapi.auth.managers.models.resource_details import (
            DagAccessEntity,
            DagDetails,
        )
        from airflow.models.dag import DagModel

        return get_auth_manager().is_authorized_dag(
            method="GET",
            access_entity=DagAccessEntity.TASK_LOGS,
            details=DagDetails(id=dag_id, team_name=DagModel.get_team_name(dag_id)),
            user=self._user,
        )


async def airflow_user(request: Request) -> Reader:
    """The user whose token the request carries, in a cookie or a header, as for Airflow's API."""
    from airflow.api_fastapi.core_api.security import bearer_scheme, get_user

    bearer = await bearer_scheme(request)
    return AirflowUser(await get_user(request, oauth_token=None, bearer_credentials=bearer))
