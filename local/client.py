"""What a person would do with a running stack: upload, query, trigger a run, ask Prometheus."""

import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import requests
from google.api_core.exceptions import NotFound
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery, storage

from local.environment import LANDING_BUCKET, LOCATION, PROJECT
from local.errors import StackError
from local.services import Service
from local.stack import Stack

_TIMEOUT_SECONDS = 30
_BUSY_ATTEMPTS, _BUSY_SECONDS = 5, 2


class Client:
    """A client of every service of one stack."""

    def __init__(self, stack: Stack) -> None:
        """Make the clients; nothing is asked of the services yet."""
        self.stack = stack
        self.storage = storage.Client(
            project=PROJECT,
            credentials=AnonymousCredentials(),
            client_options={"api_endpoint": stack.url(Service.GCS)},
        )
        self.bigquery = bigquery.Client(
            project=PROJECT,
            credentials=AnonymousCredentials(),
            location=LOCATION,
            client_options={"api_endpoint": stack.url(Service.BIGQUERY)},
        )

    def upload(self, name: str, content: bytes) -> None:
        """Put an object into the landing bucket."""
        self.storage.bucket(LANDING_BUCKET).blob(name).upload_from_string(
            content, "application/octet-stream"
        )

    def rows(self, sql: str, *parameters: Any) -> list[dict[str, Any]]:
        """The rows of a query; none where a table is not there yet."""
        config = bigquery.QueryJobConfig(query_parameters=list(parameters))
        try:
            job = self.bigquery.query(sql, job_config=config, timeout=_TIMEOUT_SECONDS)
            return [dict(row.items()) for row in job.result(timeout=_TIMEOUT_SECONDS)]
        except NotFound:
            return []

    def measure(self, expression: str) -> dict[str, float]:
        """What Prometheus says of an expression now, by the label ``dataset``."""
        answer = requests.get(
            f"{self.stack.url(Service.PROMETHEUS)}/api/v1/query",
            params={"query": expression},
            timeout=_TIMEOUT_SECONDS,
        ).json()
        return {
            sample["metric"].get("dataset", ""): float(sample["value"][1])
            for sample in answer["data"]["result"]
        }

    def trigger(self, dag_id: str) -> str:
        """Start a run of a DAG; returns its id."""
        logical_date = datetime.now(UTC).isoformat()
        run = self._airflow("POST", f"dags/{dag_id}/dagRuns", {"logical_date": logical_date})
        return str(run["dag_run_id"])

    def pause(self, dag_id: str, *, paused: bool) -> None:
        """Pause a DAG, or let it go on."""
        self._airflow("PATCH", f"dags/{dag_id}", {"is_paused": paused})

    def has_dag(self, dag_id: str) -> bool:
        """Whether Airflow has read the DAG from its file and would run it."""
        answer = self._get(f"dags/{dag_id}")
        return answer.status_code == requests.codes.ok and not answer.json()["is_stale"]

    def import_errors(self) -> list[str]:
        """What keeps DAG files from being read."""
        errors = self._airflow("GET", "importErrors")["import_errors"]
        return [f"{error['filename']}: {error['stack_trace']}" for error in errors]

    def run_state(self, dag_id: str, run_id: str) -> str:
        """The state of a run: queued, running, success, failed."""
        return str(self._airflow("GET", f"dags/{dag_id}/dagRuns/{run_id}")["state"])

    def task_states(self, dag_id: str, run_id: str) -> dict[str, str]:
        """The states of a run's tasks."""
        tasks = self._task_instances(dag_id, run_id)
        return {task["task_id"]: str(task["state"]) for task in tasks}

    def attempts(self, dag_id: str, run_id: str) -> dict[str, int]:
        """How often a run's tasks have been started."""
        tasks = self._task_instances(dag_id, run_id)
        return {task["task_id"]: int(task["try_number"]) for task in tasks}

    def clear_run(self, dag_id: str, run_id: str) -> None:
        """Let every task of a run run again."""
        self._airflow(
            "POST",
            f"dags/{dag_id}/dagRuns/{run_id}/clear",
            {"dry_run": False, "only_failed": False},
        )

    def clear_task(self, dag_id: str, run_id: str, task_id: str) -> None:
        """Let one task of a run run again, and no other."""
        self._airflow(
            "POST",
            f"dags/{dag_id}/clearTaskInstances",
            {
                "dry_run": False,
                "only_failed": False,
                "dag_run_id": run_id,
                "task_ids": [task_id],
            },
        )

    def end_run(self, dag_id: str, run_id: str) -> None:
        """End a run where it stands, as a success: what it had not done yet is left out."""
        self._airflow("PATCH", f"dags/{dag_id}/dagRuns/{run_id}", {"state": "success"})

    def runs(self, dag_ids: Iterable[str], state: str) -> list[tuple[str, str]]:
        """``(dag_id, run_id)`` of the runs in that state."""
        found = []
        for dag_id in dag_ids:
            if self.has_dag(dag_id):
                answer = self._airflow("GET", f"dags/{dag_id}/dagRuns?state={state}&limit=100")
                found += [(dag_id, run["dag_run_id"]) for run in answer["dag_runs"]]
        return found

    def run_url(self, dag_id: str, run_id: str) -> str:
        """Where a browser shows the run."""
        return f"{self.stack.url(Service.API_SERVER)}/dags/{dag_id}/runs/{run_id}"

    def _task_instances(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        answer = self._airflow("GET", f"dags/{dag_id}/dagRuns/{run_id}/taskInstances")
        tasks: list[dict[str, Any]] = answer["task_instances"]
        return tasks

    def _airflow(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        for _ in range(_BUSY_ATTEMPTS):
            answer = requests.request(
                method,
                f"{self.stack.url(Service.API_SERVER)}/api/v2/{path}",
                json=body,
                headers=self._headers(),
                timeout=_TIMEOUT_SECONDS,
            )
            if answer.status_code != requests.codes.server_error:
                break
            # SQLite takes one writer at a time: a request that lost changed nothing.
            time.sleep(_BUSY_SECONDS)
        if not answer.ok:
            raise StackError(f"Airflow answers {answer.status_code} to {path}: {answer.text}")
        return answer.json()

    def _get(self, path: str) -> requests.Response:
        return requests.get(
            f"{self.stack.url(Service.API_SERVER)}/api/v2/{path}",
            headers=self._headers(),
            timeout=_TIMEOUT_SECONDS,
        )

    def _headers(self) -> dict[str, str]:
        """A token of the local Airflow, where everyone on the loopback interface is admin."""
        if not hasattr(self, "_token"):
            answer = requests.get(
                f"{self.stack.url(Service.API_SERVER)}/auth/token", timeout=_TIMEOUT_SECONDS
            )
            self._token = answer.json()["access_token"]
        return {"Authorization": f"Bearer {self._token}"}
