"""A stub of Dataflow's jobs service: it records each job that is created.

As the reference says of projects.locations.jobs.create, a second active job of a name is
refused with 409.
https://cloud.google.com/dataflow/docs/reference/rest/v1b3/projects.locations.jobs/create
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.dags.api_stub import Answer, error


@dataclass
class DataflowService:
    """The jobs of a project, as they were posted."""

    created: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    refused: int = 0

    def respond(
        self, method: str, path: str, query: dict[str, str], body: dict[str, Any]
    ) -> Answer:
        """Answer one request."""
        del query
        if method == "POST" and path.endswith("/jobs"):
            return self._create(path, body)
        if method == "GET" and "/jobs/" in path:
            return 200, {"id": path.rsplit("/", 1)[1], "currentState": "JOB_STATE_DONE"}
        return error(404, "notFound", f"Not found: {path}")

    def _create(self, path: str, body: dict[str, Any]) -> Answer:
        if any(job["name"] == body["name"] for job in self.created):
            self.refused += 1
            return error(409, "alreadyExists", f"There is already an active job {body['name']}")
        self.created.append(body)
        self.paths.append(path)
        place = path.split("/")
        job = {
            "id": f"2025-06-10_{len(self.created)}",
            "name": body["name"],
            "projectId": place[place.index("projects") + 1],
            "location": place[place.index("locations") + 1],
            "currentState": "JOB_STATE_PENDING",
        }
        return 200, job
