"""A stub of BigQuery's REST API, as far as jobs are launched once.

It behaves as the reference says of jobs.insert, jobs.get and tables.get: a job id that exists is
answered 409 with the reason ``duplicate``, whatever became of the job, and a job that is not known
404. The emulator takes the same id twice, so it cannot show any of this.
https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/insert
"""

from dataclasses import dataclass, field
from typing import Any

from tests.dags.api_stub import Answer, error

FAILURE = {"reason": "quotaExceeded", "message": "Quota exceeded"}


@dataclass
class BigQueryStub:
    """The jobs and tables of one project. A new job is left in ``state_of_new``."""

    state_of_new: str = "RUNNING"
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    tables: set[str] = field(default_factory=set)
    """``dataset.table`` of those that exist."""
    launched: list[str] = field(default_factory=list)
    """The ids of the jobs that were launched, not only found."""

    def respond(
        self, method: str, path: str, _query: dict[str, str], body: dict[str, Any]
    ) -> Answer:
        """Answer one request."""
        parts = path.split("/projects/", 1)[1].split("/")
        match (method, parts):
            case ("POST", [project, "jobs"]):
                return self._insert(project, body)
            case ("GET", [_, "jobs", job_id]) if job_id in self.jobs:
                return 200, self.jobs[job_id]
            case ("GET", [project, "datasets", dataset, "tables", table]):
                if f"{dataset}.{table}" in self.tables:
                    names = {"projectId": project, "datasetId": dataset, "tableId": table}
                    return 200, {"tableReference": names}
        return error(404, "notFound", f"Not found: {path}")

    def add(self, job_id: str, configuration: dict[str, Any], state: str, failed: bool) -> None:
        """Put a job there that was launched before."""
        status: dict[str, Any] = {"state": state}
        if failed:
            status |= {"errorResult": FAILURE, "errors": [FAILURE]}
        kind = next(name for name in ("load", "query") if name in configuration)
        self.jobs[job_id] = {
            "kind": "bigquery#job",
            "id": f"atvos:southamerica-east1.{job_id}",
            "jobReference": {
                "projectId": "atvos",
                "jobId": job_id,
                "location": "southamerica-east1",
            },
            "configuration": {"jobType": kind.upper(), **configuration},
            "status": status,
            "statistics": {},
        }

    def end(self, job_id: str, billed_bytes: int) -> None:
        """Let a job end, billed for so many bytes."""
        self.jobs[job_id]["status"] = {"state": "DONE"}
        self.jobs[job_id]["statistics"] = {"query": {"totalBytesBilled": str(billed_bytes)}}

    def _insert(self, project: str, body: dict[str, Any]) -> Answer:
        job_id = body["jobReference"]["jobId"]
        if job_id in self.jobs:
            return error(409, "duplicate", f"Already Exists: Job {project}:{job_id}")
        self.add(job_id, body["configuration"], self.state_of_new, failed=False)
        self.launched.append(job_id)
        return 200, self.jobs[job_id]
