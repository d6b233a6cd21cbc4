"""Asks Airflow's REST API about health, DAGs, runs, tasks and their logs."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

import requests

from atvos.oncall import sessions, words
from atvos.oncall.facts import Component, Dag, Health, ImportFailure, Run, TaskFailure
from atvos.oncall.sessions import ServiceError

VARIABLE = "ATVOS_AIRFLOW_URL"
_RUNS = 10
_PAGE = 100
_UNFINISHED = ("queued", "running")
_AT_WORK = ("queued", "running", "deferred", "restarting")
_FAILED = ("failed", "up_for_retry")
_ERROR_LINES = 2


class Airflow:
    """The Airflow at one address."""

    def __init__(self, url: str) -> None:
        """Nothing is asked yet. ServiceError where credentials may not or cannot be sent."""
        self._url = url.rstrip("/")
        self._session = sessions.session_for(VARIABLE, self._url)
        self._errors: list[dict[str, Any]] | None = None

    def health(self) -> Health:
        """The processes of Airflow. ServiceError where it does not answer."""
        answer = self._get("monitor/health")
        return Health(
            {
                title: _component(answer[key], f"latest_{key}_heartbeat")
                for key, title in _COMPONENTS.items()
                if (answer.get(key) or {}).get("status")
            }
        )

    def now(self) -> datetime:
        """Airflow's own clock, to the second. ServiceError where it does not answer."""
        url = f"{self._url}/api/v2/monitor/health"
        answer = sessions.get(self._session, url, headers=self._headers())
        try:
            return parsedate_to_datetime(answer.headers["Date"])
        except (KeyError, ValueError):
            raise ServiceError(f"{url} answers without a date") from None

    def import_failures(self) -> list[ImportFailure]:
        """Every DAG file that cannot be imported. ServiceError where Airflow does not answer."""
        return [
            ImportFailure(found["filename"], _time(found["timestamp"]), found["stack_trace"])
            for found in self.pages("importErrors", "import_errors")
        ]

    def dags_tagged(self, tag: str) -> set[str]:
        """The ids of the DAGs that were last read with this tag. ServiceError as above."""
        found = self.pages("dags", "dags", f"&tags={quote(tag)}")
        return {dag["dag_id"] for dag in found if not dag["is_stale"]}

    def dag(self, dag_id: str, file: str, prefix: str = "") -> Dag:
        """The DAG of that id, written in ``file``.

        Only tasks whose id begins with ``prefix`` are looked at. ServiceError where Airflow
        does not answer.
        """
        url = f"{self._url}/dags/{quote(dag_id)}"
        import_error = self._import_error(file)
        found = self._find(f"dags/{quote(dag_id)}")
        if found is None or found["is_stale"]:
            return Dag(dag_id, url, is_known=False, import_error=import_error)
        path = f"dags/{quote(dag_id)}/dagRuns?order_by=-run_after&limit={_RUNS}"
        runs = self._get(path)["dag_runs"]
        current = next((run for run in runs if run["state"] in _UNFINISHED), None)
        last = next((run for run in runs if run["state"] not in _UNFINISHED), None)
        return Dag(
            dag_id,
            url,
            is_paused=found["is_paused"],
            import_error=import_error,
            current=self._run(current, prefix) if current else None,
            last=self._run(last, prefix) if last else None,
        )

    def _run(self, run: Mapping[str, Any], prefix: str) -> Run:
        path = f"dags/{quote(run['dag_id'])}/dagRuns/{quote(run['dag_run_id'], safe='')}"
        tasks = self._get(f"{path}/taskInstances?limit=1000")["task_instances"]
        own = [task for task in tasks if task["task_id"].startswith(prefix)]
        failed = min(filter(_has_failed, own), key=_started, default=None)
        return Run(
            run["dag_run_id"],
            run["state"],
            _time(run["run_after"]),
            tuple(task["task_id"] for task in own if task["state"] in _AT_WORK),
            self._failure(path, failed) if failed else None,
        )

    def _failure(self, run_path: str, task: Mapping[str, Any]) -> TaskFailure:
        """The last failed try: of a task that runs again, the one before."""
        task_id, is_over = task["task_id"], task["state"] in _FAILED
        number = task["try_number"] if is_over else task["try_number"] - 1
        path = f"{run_path}/taskInstances/{quote(task_id)}/logs/{number}"
        page = f"{self._url}/{run_path.replace('/dagRuns/', '/runs/')}/tasks/{quote(task_id)}"
        again = task["state"] != "failed"
        return TaskFailure(task_id, number, again, self._error_lines(path), page)

    def _error_lines(self, path: str) -> tuple[str, ...]:
        """The last error lines of a log, which is read line by line: it may be long."""
        found: deque[str] = deque(maxlen=_ERROR_LINES)
        headers = {**self._headers(), "Accept": "application/x-ndjson"}
        url = f"{self._url}/api/v2/{path}"
        answer = sessions.get(self._session, url, headers=headers, stream=True)
        if answer.status_code != requests.codes.ok:
            return ()
        with answer:
            try:
                found.extend(_errors(answer.iter_lines()))
            except requests.RequestException as error:
                raise ServiceError(f"{url} breaks off ({type(error).__name__})") from None
        return tuple(dict.fromkeys(found))

    def _import_error(self, file: str) -> str | None:
        if self._errors is None:
            self._errors = list(self._get("importErrors?limit=100")["import_errors"])
        traces = [
            error["stack_trace"]
            for error in self._errors
            if error["filename"].rpartition("/")[2] == file
        ]
        return words.plain(_exception_of(traces[0])) if traces else None

    def pages(self, path: str, key: str, more: str = "") -> Iterator[dict[str, Any]]:
        """Everything of a list, which Airflow gives in pages. ServiceError as above."""
        place, total = 0, 1
        while place < total:
            page = self._get(f"{path}?limit={_PAGE}&offset={place}{more}")
            yield from page[key]
            place, total = place + _PAGE, page["total_entries"]

    def _get(self, path: str) -> Any:
        url = f"{self._url}/api/v2/{path}"
        return sessions.json_of(sessions.get(self._session, url, headers=self._headers()))

    def _find(self, path: str) -> Any | None:
        url = f"{self._url}/api/v2/{path}"
        answer = sessions.get(self._session, url, headers=self._headers())
        return None if answer.status_code == requests.codes.not_found else sessions.json_of(answer)

    def _headers(self) -> dict[str, str]:
        """The embedded stack's Airflow gives everybody on this machine a token."""
        if not sessions.is_loopback(self._url):
            return {}
        if not hasattr(self, "_token"):
            answer = sessions.get(self._session, f"{self._url}/auth/token")
            found = sessions.json_of(answer) if answer.ok else {}
            self._token = str(found.get("access_token", ""))
        return {"Authorization": f"Bearer {self._token}"} if self._token else {}


def _exception_of(trace: str) -> str:
    """What a traceback ends with: the lines behind the last indented one are the exception."""
    found = ""
    for line in trace.strip().splitlines():
        is_inner = line.startswith((" ", "Traceback"))
        found = "" if is_inner else found or line
    return found


_COMPONENTS = {
    "scheduler": "scheduler",
    "triggerer": "triggerer",
    "dag_processor": "DAG processor",
}


def _component(answer: Mapping[str, Any], heartbeat: str) -> Component:
    beat = answer.get(heartbeat)
    return Component(answer["status"] == "healthy", _time(beat) if beat else None)


def _has_failed(task: Mapping[str, Any]) -> bool:
    """Whether the task failed, or is tried again since it did."""
    if task["state"] in _FAILED:
        return True
    return task["try_number"] > 1 and task["state"] in ("queued", "running", "scheduled")


def _started(task: Mapping[str, Any]) -> str:
    return str(task["start_date"] or "9999")


def _errors(lines: Iterable[bytes]) -> Iterable[str]:
    """What the error lines of a log say."""
    for line in lines:
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict) and entry.get("level") in ("error", "critical"):
            yield words.plain(_raised(entry.get("error_detail")) or str(entry.get("event")))


def _raised(detail: Any) -> str:
    """Type and text of the outermost exception, empty where there is none."""
    outermost = detail[0] if isinstance(detail, list) and detail else {}
    return f"{outermost['exc_type']}: {outermost.get('exc_value')}" if outermost else ""


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
