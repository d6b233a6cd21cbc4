"""A stub of Dataflow's REST API, as far as Flex Templates are launched and jobs listed.

It behaves as the reference says of projects.locations.jobs.list (``filter`` and ``name``) and
projects.locations.flexTemplates.launch, and refuses a second active job of a name.
https://cloud.google.com/dataflow/docs/reference/rest/v1b3/projects.locations.flexTemplates/launch
"""

from dataclasses import dataclass, field
from typing import Any

from tests.dags.api_stub import Answer, error

ACTIVE = ("JOB_STATE_PENDING", "JOB_STATE_QUEUED", "JOB_STATE_RUNNING")


@dataclass
class DataflowStub:
    """The jobs of one region, and the bodies with which jobs were launched."""

    jobs: list[dict[str, Any]] = field(default_factory=list)
    launched: list[dict[str, Any]] = field(default_factory=list)

    def respond(
        self, method: str, path: str, query: dict[str, str], body: dict[str, Any]
    ) -> Answer:
        """Answer one request."""
        _, place = path.split("/locations/", 1)
        match (method, place.split("/")):
            case ("GET", [_, "jobs"]):
                return 200, self._list(query)
            case ("POST", [_, "flexTemplates:launch"]):
                return self._launch(body)
        return error(404, "notFound", f"Not found: {path}")

    def add(self, name: str, state: str) -> dict[str, Any]:
        """Put a job there."""
        job = {"id": f"2026-11-23_{len(self.jobs)}", "name": name, "currentState": state}
        self.jobs.append(job)
        return job

    def _list(self, query: dict[str, str]) -> dict[str, Any]:
        found = [
            job
            for job in self.jobs
            if (query.get("filter") != "ACTIVE" or job["currentState"] in ACTIVE)
            and query.get("name") in (None, job["name"])
        ]
        return {"jobs": found} if found else {}

    def _launch(self, body: dict[str, Any]) -> Answer:
        name = body["launchParameter"]["jobName"]
        if any(job["name"] == name and job["currentState"] in ACTIVE for job in self.jobs):
            return error(409, "alreadyExists", f"There is already an active job named {name}")
        self.launched.append(body)
        return 200, {"job": self.add(name, "JOB_STATE_PENDING")}
