"""What a case is, and the requests by which a run can be hit in the midst of a step."""

from collections.abc import Callable
from dataclasses import dataclass

from atvos.contract import LoadMode
from local.faults.ground import Field
from local.faults.rules import Kind, Rule
from local.services import Service


@dataclass(frozen=True, slots=True)
class Case:
    """One fault: ``act`` lands objects, breaks something, and lets runs follow each other."""

    name: str
    title: str
    act: Callable[[Field], None]
    mode: LoadMode = LoadMode.APPEND_FIRST


@dataclass(frozen=True, slots=True)
class Point:
    """A request that a step sends: the first one with these words in it."""

    name: str
    step: str
    service: Service
    pattern: str
    body: str = ""

    def rule(self, field: Field, kind: Kind, **more: object) -> Rule:
        """Have the request meet with a fault."""
        return field.rule(kind, self.service, self.pattern, step=self.step, body=self.body, **more)


_JOBS = r"POST \S*/jobs\b"
_UPLOAD = r"POST /upload/"
PREPARE = Point("prepare", "prepare", Service.BIGQUERY, _JOBS)
LIST = Point("list", "sense", Service.GCS, r"GET /storage/v1/b/landing/o\?")
LEDGER = Point("ledger", "sense", Service.BIGQUERY, _JOBS)
MANIFEST = Point("manifest", "sense", Service.GCS, _UPLOAD, r"/manifest\.json")
CLAIM = Point("claim", "sense", Service.GCS, _UPLOAD, r'"runs/')
READ = Point("read", "curate", Service.GCS, r"GET \S*/landing/o/\S*generation=")
ROWS = Point("rows", "curate", Service.GCS, r"PUT \S*%2Frows%2F")
COUNTS = Point("counts", "curate", Service.GCS, r"PUT \S*objects\.ndjson")
STATS = Point("stats", "curate", Service.GCS, r"PUT \S*stats\.json|POST \S*uploadType=multipart")
STAGE_ROWS = Point("stage-rows", "stage_rows", Service.BIGQUERY, _JOBS)
STAGE_REJECTS = Point("stage-rejects", "stage_rejects", Service.BIGQUERY, _JOBS)
STAGE_OBJECTS = Point("stage-objects", "stage_objects", Service.BIGQUERY, _JOBS)
QUARANTINE = Point("quarantine", "quarantine", Service.BIGQUERY, _JOBS)
CHECK = Point("check", "audit", Service.BIGQUERY, r"POST \S*/queries\b")
RESULTS = Point("results", "audit", Service.BIGQUERY, _JOBS)
PUBLISH = Point("publish", "publish", Service.BIGQUERY, _JOBS)
REPORT = Point("report", "report", Service.BIGQUERY, _JOBS)
CURATE = (READ, ROWS, COUNTS, STATS)
OTHERS = (
    *(PREPARE, LIST, LEDGER, MANIFEST, CLAIM, STAGE_ROWS, STAGE_REJECTS, STAGE_OBJECTS),
    *(QUARANTINE, CHECK, RESULTS, PUBLISH, REPORT),
)


def land_two(field: Field) -> None:
    """Land two objects: with good rows, refused ones, and keys that both have."""
    field.land(0)
    field.land(1)
