"""What the real APIs are documented to do, and the emulators do not.

BigQuery answers 409 where a job id exists, and shows a job while it runs. Cloud Storage answers
404 for a generation that is not the live one, and 412 where ``ifGenerationMatch=0`` meets an
object. Exactly-once rests on all of them, so the proxy adds them. It also notes what BigQuery
would do and the emulator forgets: after how long the tables of a dataset go.

https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/insert
https://cloud.google.com/storage/docs/request-preconditions
"""

import json
import re
import time
from collections.abc import Callable
from threading import Lock
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from local.faults.rules import Kind, Request, Rule
from local.services import Service

OK, NOT_FOUND, CONFLICT, PRECONDITION = 200, 404, 409, 412
_FAILURE = {"reason": "backendError", "message": "The job failed on purpose"}
FAILED = {"state": "DONE", "errorResult": _FAILURE, "errors": [_FAILURE]}
_JOBS = re.compile(r"/projects/(?P<project>[^/]+)/(?P<what>jobs|queries)(?:/(?P<id>[^/?]+))?$")
_OBJECT = re.compile(r"/b/(?P<bucket>[^/]+)/o/(?P<name>[^/?]+)$")
_UPLOAD = re.compile(r"/upload/storage/v1/b/(?P<bucket>[^/]+)/o$")
_EXPIRY = re.compile(
    rb"CREATE SCHEMA IF NOT EXISTS `(\w+)` OPTIONS\([^)]*default_table_expiration_days=(\d+)"
)
_NAME = re.compile(rb'"name"\s*:\s*("(?:[^"\\]|\\.)*")')


class Answer:
    """A status, headers and a body."""

    def __init__(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        """Keep them."""
        self.status = status
        self.body = body
        self.headers = headers or {"Content-Type": "application/json"}


Forward = Callable[[Request], Answer]
"""Has the emulator answer."""


def error(status: int, reason: str, message: str) -> Answer:
    """An error as Google's APIs write it."""
    item = {"reason": reason, "message": message, "domain": "global"}
    content = {"error": {"code": status, "message": message, "errors": [item]}}
    return Answer(status, json.dumps(content).encode())


class Strict:
    """Answers a request as the real API would, with the emulator doing the work."""

    def __init__(self, forward: Forward, *, job_ids: bool = True) -> None:
        """Without ``job_ids`` a job id may be used again, as the emulator has it."""
        self.job_ids = job_ids
        self.conflicts = 0
        """How many jobs were refused because their id was taken."""
        self.attached = 0
        """How often somebody was told that a job is still running."""
        self.expirations: dict[str, int] = {}
        """After how many days the tables of a dataset go, as it was created."""
        self._forward = forward
        self._running: dict[str, dict[str, Any]] = {}
        self._failed: dict[str, dict[str, Any]] = {}
        self._lock = Lock()
        self._creating = Lock()

    def answer(self, request: Request, meanwhile: Rule | None = None) -> Answer:
        """The answer. Raises OSError where the emulator does not answer.

        ``meanwhile`` is what happens to a job that was taken, before it is done or has failed.
        """
        if request.service is Service.BIGQUERY:
            return self._bigquery(request, meanwhile)
        return self._storage(request)

    def _bigquery(self, request: Request, meanwhile: Rule | None) -> Answer:
        found = _JOBS.search(urlsplit(request.target).path)
        if not self.job_ids or found is None:
            return self._forward(request)
        if request.method == "POST" and found["what"] == "jobs" and not found["id"]:
            return self._insert(request, found["project"], meanwhile)
        with self._lock:
            running = self._running.get(found["id"] or "")
            known = running or self._failed.get(found["id"] or "")
        if known is None or request.method != "GET":
            return self._forward(request)
        self.attached += running is not None
        if found["what"] == "queries":
            content = {"jobReference": known["jobReference"], "jobComplete": running is None}
            return Answer(OK, json.dumps(content).encode())
        return Answer(OK, json.dumps(known).encode())

    def _insert(self, request: Request, project: str, meanwhile: Rule | None) -> Answer:
        body = json.loads(request.body)
        job_id = body.get("jobReference", {}).get("jobId")
        for dataset, days in _EXPIRY.findall(request.body):
            self.expirations.setdefault(dataset.decode(), int(days))
        if not job_id or body["configuration"].get("dryRun"):
            return self._forward(request)
        with self._lock:
            known = job_id in self._running or job_id in self._failed
            taken = known or self._exists(project, job_id)
            if taken:
                self.conflicts += 1
                return error(CONFLICT, "duplicate", f"Already Exists: Job {project}:{job_id}")
            job = self._running[job_id] = _running_job(project, body)
        try:
            if meanwhile is not None:
                meanwhile.call()
                time.sleep(meanwhile.seconds)
                if meanwhile.kind is Kind.FAIL:
                    self._failed[job_id] = {**job, "status": FAILED}
                    return Answer(OK, json.dumps(self._failed[job_id]).encode())
            return self._forward(request)
        finally:
            with self._lock:
                del self._running[job_id]

    def _exists(self, project: str, job_id: str) -> bool:
        target = f"/bigquery/v2/projects/{project}/jobs/{job_id}"
        return self._forward(_get(Service.BIGQUERY, target)).status == OK

    def _storage(self, request: Request) -> Answer:
        address = urlsplit(request.target)
        query = {name: values[-1] for name, values in parse_qs(address.query).items()}
        if request.method == "GET" and "generation" in query:
            found = _OBJECT.search(address.path)
            live = self._generation(found["bucket"], found["name"]) if found else None
            if live not in (None, query["generation"]):
                return error(NOT_FOUND, "notFound", f"No such object: {address.path}")
        upload = _UPLOAD.search(address.path)
        if request.method == "POST" and upload and query.get("ifGenerationMatch") == "0":
            return self._create(request, upload["bucket"], query.get("name"))
        return self._forward(request)

    def _create(self, request: Request, bucket: str, name: str | None) -> Answer:
        written = _NAME.search(request.body)
        if name is None and written:
            name = json.loads(written[1])
        with self._creating:
            if name and self._generation(bucket, quote(name, safe="")) is not None:
                message = "At least one of the pre-conditions you specified did not hold."
                return error(PRECONDITION, "conditionNotMet", message)
            return self._forward(request)

    def _generation(self, bucket: str, quoted_name: str) -> str | None:
        """The live generation of an object, None where there is none."""
        answer = self._forward(_get(Service.GCS, f"/storage/v1/b/{bucket}/o/{quoted_name}"))
        return str(json.loads(answer.body)["generation"]) if answer.status == OK else None


def _get(service: Service, target: str) -> Request:
    return Request(service, "GET", target, {"Accept": "application/json"}, b"")


def _running_job(project: str, body: dict[str, Any]) -> dict[str, Any]:
    """The resource of a job that was taken and has not ended."""
    reference = {"projectId": project, "location": "southamerica-east1", **body["jobReference"]}
    configuration = body["configuration"]
    kind = next(name for name in ("load", "query", "copy", "extract") if name in configuration)
    return {
        "kind": "bigquery#job",
        "id": f"{project}:{reference['location']}.{reference['jobId']}",
        "jobReference": reference,
        "configuration": {"jobType": kind.upper(), **configuration},
        "status": {"state": "RUNNING"},
        "statistics": {},
    }
