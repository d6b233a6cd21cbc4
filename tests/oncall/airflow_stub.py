"""An Airflow as its REST API shows it: payloads with the attributes of version 3.3."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import unquote, urlsplit

BEAT = "2025-06-02T11:59:55.123456+00:00"


def health(**other: Any) -> dict[str, Any]:
    """``HealthInfoResponse`` of an Airflow that is well."""
    return {
        "metadatabase": {"status": "healthy"},
        "scheduler": {"status": "healthy", "latest_scheduler_heartbeat": BEAT},
        "triggerer": {"status": "healthy", "latest_triggerer_heartbeat": BEAT},
        "dag_processor": {"status": "healthy", "latest_dag_processor_heartbeat": BEAT},
        **other,
    }


def dag(dag_id: str, **other: Any) -> dict[str, Any]:
    """``DAGResponse`` of a DAG that is not paused."""
    return {
        "dag_id": dag_id,
        "dag_display_name": dag_id,
        "is_paused": False,
        "is_stale": False,
        "last_parsed_time": BEAT,
        "last_parse_duration": 0.2,
        "last_expired": None,
        "bundle_name": "dags-folder",
        "bundle_version": None,
        "relative_fileloc": "ingest.py",
        "fileloc": "/home/airflow/gcs/dags/ingest.py",
        "description": None,
        "timetable_summary": "*/5 * * * *",
        "timetable_description": "Every 5 minutes",
        "timetable_partitioned": False,
        "timetable_periodic": True,
        "tags": [],
        "max_active_tasks": 16,
        "max_active_runs": 1,
        "max_consecutive_failed_dag_runs": 0,
        "has_task_concurrency_limits": False,
        "has_import_errors": False,
        "next_dagrun_logical_date": None,
        "next_dagrun_data_interval_start": None,
        "next_dagrun_data_interval_end": None,
        "next_dagrun_run_after": None,
        "allowed_run_types": None,
        "owners": ["data-platform"],
        "is_backfillable": False,
        "file_token": "t",
        **other,
    }


def run(dag_id: str, run_id: str, state: str, **other: Any) -> dict[str, Any]:
    """``DAGRunResponse`` of a scheduled run."""
    return {
        "dag_run_id": run_id,
        "dag_id": dag_id,
        "logical_date": "2025-06-02T11:55:00Z",
        "queued_at": "2025-06-02T11:55:00.100000Z",
        "start_date": "2025-06-02T11:55:01Z",
        "end_date": None,
        "duration": None,
        "data_interval_start": "2025-06-02T11:55:00Z",
        "data_interval_end": "2025-06-02T11:55:00Z",
        "run_after": "2025-06-02T11:55:00Z",
        "last_scheduling_decision": None,
        "run_type": "scheduled",
        "state": state,
        "triggered_by": "timetable",
        "triggering_user_name": None,
        "conf": {},
        "note": None,
        "dag_versions": [],
        "bundle_version": None,
        "dag_display_name": dag_id,
        "partition_key": None,
        "partition_date": None,
        **other,
    }


def task(run_id: str, task_id: str, state: str | None, **other: Any) -> dict[str, Any]:
    """``TaskInstanceResponse`` of the first try of a task."""
    return {
        "id": "019757a0-0000-7000-8000-000000000000",
        "task_id": task_id,
        "dag_id": "ingest__positions",
        "dag_run_id": run_id,
        "map_index": -1,
        "logical_date": "2025-06-02T11:55:00Z",
        "run_after": "2025-06-02T11:55:00Z",
        "start_date": "2025-06-02T11:55:02Z",
        "end_date": None,
        "duration": None,
        "state": state,
        "try_number": 1,
        "max_tries": 3,
        "task_display_name": task_id,
        "dag_display_name": "ingest__positions",
        "hostname": "worker",
        "unixname": "airflow",
        "pool": "default_pool",
        "pool_slots": 1,
        "queue": "default",
        "priority_weight": 1,
        "operator": "CurateLocallyOperator",
        "operator_name": "CurateLocallyOperator",
        "queued_when": None,
        "scheduled_when": None,
        "pid": 7,
        "executor": None,
        "executor_config": "{}",
        "note": None,
        "rendered_map_index": None,
        "rendered_fields": {},
        "trigger": None,
        "triggerer_job": None,
        "dag_version": None,
        **other,
    }


def import_error(filename: str, trace: str) -> dict[str, Any]:
    """``ImportErrorResponse`` of a DAG file."""
    return {
        "import_error_id": 1,
        "timestamp": BEAT,
        "filename": filename,
        "bundle_name": "dags-folder",
        "stack_trace": trace,
    }


def log_line(event: str, level: str = "info", raised: str | None = None) -> dict[str, Any]:
    """A line of a task's log; ``raised`` is ``type: text`` of its exception."""
    line: dict[str, Any] = {"timestamp": BEAT, "event": event, "level": level, "logger": "task"}
    if raised:
        kind, _, text = raised.partition(": ")
        detail: dict[str, Any] = {
            "exc_type": kind,
            "exc_value": text,
            "exc_notes": [],
            "syntax_error": None,
        }
        detail |= {"is_cause": False, "frames": [], "is_group": False, "exceptions": []}
        line["error_detail"] = [detail]
    return line


@dataclass
class AirflowStub:
    """What Airflow answers. ``logs`` are by ``run/task/try``, ``tasks`` by run."""

    health: dict[str, Any] = field(default_factory=health)
    dags: dict[str, dict[str, Any]] = field(default_factory=dict)
    runs: list[dict[str, Any]] = field(default_factory=list)
    tasks: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    logs: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    import_errors: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def answer(self, path: str, token: str | None) -> tuple[int, str]:
        """Status and body of a GET."""
        if path == "/auth/token":
            return 201, json.dumps({"access_token": "local"})
        if path == "/api/v2/monitor/health":
            return 200, json.dumps(self.health)
        if token != "Bearer local":
            return 401, json.dumps({"detail": "Not authenticated"})
        return self._resource(path.removeprefix("/api/v2/").split("/"))

    def _resource(self, parts: list[str]) -> tuple[int, str]:
        match parts:
            case ["importErrors"]:
                return self._some("import_errors", self.import_errors)
            case ["dags", dag_id] if dag_id in self.dags:
                return 200, json.dumps(self.dags[dag_id])
            case ["dags", dag_id, "dagRuns"]:
                return self._some("dag_runs", [r for r in self.runs if r["dag_id"] == dag_id])
            case ["dags", _, "dagRuns", run_id, "taskInstances"]:
                return self._some("task_instances", self.tasks[run_id])
            case ["dags", _, "dagRuns", run_id, "taskInstances", task_id, "logs", number]:
                lines = self.logs.get(f"{run_id}/{task_id}/{number}")
                if lines is not None:
                    return 200, "".join(json.dumps(line) + "\n" for line in lines)
        return 404, json.dumps({"detail": "not found"})

    @staticmethod
    def _some(name: str, items: list[dict[str, Any]]) -> tuple[int, str]:
        return 200, json.dumps({name: items, "total_entries": len(items)})


@contextmanager
def served(stub: AirflowStub) -> Iterator[str]:
    """Serve the stub on a free port of the loopback interface; gives the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            stub.asked.append(self.path)
            path = unquote(urlsplit(self.path).path)
            status, body = stub.answer(path, self.headers.get("Authorization"))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing: a test tells what it expected."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
