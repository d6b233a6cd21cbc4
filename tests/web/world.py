"""The application over hand-made states, for a reader with chosen rights."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import Mount
from starlette.testclient import TestClient

from atvos.contract import Feed
from atvos.dataset_state import DatasetState
from atvos.web.access import Reader
from atvos.web.app import PREFIX, create_app
from tests.oncall.worlds import ago, audit, batch, feed_state, mart_state, result, stale

HOSTILE = "<script>alert(1)</script>"


def sample(**other: Any) -> dict[str, Any]:
    """A record of the quarantine."""
    values: dict[str, Any] = {
        "quarantined_at": ago(minutes=5),
        "source_object": "positions/a.ndjson",
        "source_position": 40,
        "reasons": ["missing:device"],
        "detail": None,
        "line_encoding": "utf-8",
        "line": f'{{"device": "{HOSTILE}"}}',
    }
    return values | other


@dataclass
class HandMade:
    """Data that a test has written down."""

    known: Mapping[str, DatasetState] = field(
        default_factory=lambda: {
            "positions": feed_state(
                **stale(),
                batches=(batch("held", detail=HOSTILE, rejected=3),),
                held_batches=1,
                rejected={"missing:device": 3},
                audit=audit(result(observed=HOSTILE)),
            ),
            "fct_positions": mart_state(),
        }
    )
    records: list[dict[str, Any]] = field(default_factory=lambda: [sample()])
    pages: dict[tuple[str, str], str] = field(
        default_factory=lambda: {("positions", "0a"): "<!DOCTYPE html><p>checks</p>"}
    )
    error: Exception | None = None

    def states(self) -> Mapping[str, DatasetState]:
        if self.error is not None:
            raise self.error
        return self.known

    def samples(self, feed: Feed) -> list[dict[str, Any]]:
        assert feed.name in self.known
        return self.records

    def docs(self, dataset: str, run_ids: Iterable[str]) -> list[tuple[str, datetime]]:
        return [(run, ago(minutes=2)) for run in run_ids if (dataset, run) in self.pages]

    def page(self, dataset: str, run_id: str) -> str | None:
        return self.pages.get((dataset, run_id))


@dataclass(frozen=True)
class Person:
    """A reader who may read some DAGs."""

    dags: frozenset[str]

    def may_read(self, dag_id: str) -> bool:
        return dag_id in self.dags


EVERYBODY = Person(frozenset({"ingest__positions", "transform__fleet"}))


def client(
    data: HandMade | None = None, reader: Reader | None = EVERYBODY, code: int = 401
) -> TestClient:
    """A browser of ``reader``, who is nobody where it is None; Airflow then says ``code``."""

    async def access(_request: Request) -> Reader:
        if reader is None:
            raise HTTPException(code)
        return reader

    airflow = Starlette(routes=[Mount(PREFIX, create_app(data or HandMade(), access))])
    return TestClient(airflow, f"http://testserver{PREFIX}", follow_redirects=False)
