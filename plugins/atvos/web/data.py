"""What the page shows, read from BigQuery and the work bucket, and kept for a few seconds."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from atvos import data_docs, jobs, names, settings
from atvos.contract import Feed
from atvos.dataset_state import DatasetState
from atvos.settings import Settings

if TYPE_CHECKING:
    from google.cloud import bigquery, storage

    from atvos.oncall.gather import Repository

KEPT_SECONDS = 15
SAMPLES_PER_REASON = 3
SAMPLES = 60
_SAMPLE_DAYS = timedelta(days=30)
_RUN_ID = re.compile(r"[0-9a-f]{1,64}")
_Value = TypeVar("_Value")

_SAMPLES_SQL = """\
SELECT quarantined_at, source_object, source_position, reasons, detail, line_encoding,
  SUBSTR(line, 1, 500) AS line
FROM `{table}`
WHERE landed_date >= @since
QUALIFY ROW_NUMBER() OVER (
  PARTITION BY ARRAY_TO_STRING(reasons, ' ')
  ORDER BY quarantined_at DESC, source_object, source_position
) <= {per_reason}
ORDER BY quarantined_at DESC, source_object, source_position
LIMIT {limit}"""


def samples_query(feed: Feed, today: date, chosen: Settings) -> dict[str, Any]:
    """The job configuration that reads the latest records of every reason in quarantine."""
    sql = _SAMPLES_SQL.format(
        table=names.quarantine_table(feed.name), per_reason=SAMPLES_PER_REASON, limit=SAMPLES
    )
    labels = {"feed": feed.name, "step": "show"}
    since = jobs.date_parameter("since", today - _SAMPLE_DAYS)
    return jobs.query(sql, labels, chosen.maximum_bytes_billed, [since])


class Data(Protocol):
    """Where the page gets what it shows. Raises what Google's clients raise."""

    def states(self) -> Mapping[str, DatasetState]:
        """Every dataset's state by name."""
        ...

    def samples(self, feed: Feed) -> list[dict[str, Any]]:
        """The latest records of every reason in the feed's quarantine, as they are kept there."""
        ...

    def docs(self, dataset: str, run_ids: Iterable[str]) -> list[tuple[str, datetime]]:
        """Those of the runs that have Data Docs, and when these were written."""
        ...

    def page(self, dataset: str, run_id: str) -> str | None:
        """The Data Docs of a run as HTML, None where there are none."""
        ...


@dataclass
class Cached(Generic[_Value]):
    """A value that is read at most every ``seconds``, by one thread at a time."""

    read: Callable[[], _Value]
    seconds: float = KEPT_SECONDS
    clock: Callable[[], float] = time.monotonic
    _lock: Lock = field(default_factory=Lock)
    _kept: tuple[float, _Value] | None = None

    def get(self) -> _Value:
        """The value; what ``read`` raises passes on, and nothing is kept of it."""
        with self._lock:
            if self._kept is None or self.clock() - self._kept[0] >= self.seconds:
                self._kept = (self.clock(), self.read())
            return self._kept[1]


class Stored:
    """The data of one environment, by way of the Airflow connection."""

    def __init__(self, chosen: Settings) -> None:
        """Nothing is read yet."""
        self._settings = chosen
        self._states = Cached(self._read_states)
        self._samples: dict[str, Cached[list[dict[str, Any]]]] = {}

    @classmethod
    def of_environment(cls) -> Stored:
        """The data that the environment's settings point to."""
        return cls(settings.load())

    def states(self) -> Mapping[str, DatasetState]:
        """Every dataset's state by name, up to 15 seconds old."""
        return self._states.get()

    def samples(self, feed: Feed) -> list[dict[str, Any]]:
        """The latest records of every reason in quarantine, up to 15 seconds old."""
        cached = self._samples.setdefault(feed.name, Cached(lambda: self._read_samples(feed)))
        return cached.get()

    def docs(self, dataset: str, run_ids: Iterable[str]) -> list[tuple[str, datetime]]:
        """Those of the runs that have Data Docs, and when these were written."""
        bucket = self._gcs.bucket(self._settings.work_bucket)
        # Asked for one by one: ids are hashes, so that a listing does not begin with the latest.
        found = {run: bucket.get_blob(data_docs.object_name(dataset, run)) for run in run_ids}
        return [(run, blob.updated) for run, blob in found.items() if blob is not None]

    def page(self, dataset: str, run_id: str) -> str | None:
        """The Data Docs of a run; ``run_id`` is anybody's input, and must look like one."""
        from google.api_core.exceptions import NotFound

        if not _RUN_ID.fullmatch(run_id) or dataset not in self.states():
            return None
        blob = self._gcs.bucket(self._settings.work_bucket).blob(
            data_docs.object_name(dataset, run_id)
        )
        try:
            text: str = blob.download_as_text(encoding="utf-8")
        except NotFound:
            return None
        return text

    def _read_states(self) -> Mapping[str, DatasetState]:
        from atvos.oncall.gather import Clients
        from atvos.oncall.reach import reach

        reach(self._bq)
        clients = Clients(self._bq, self._gcs, self._settings)
        return clients.states(self._repository, datetime.now(UTC))

    def _read_samples(self, feed: Feed) -> list[dict[str, Any]]:
        from google.api_core.exceptions import NotFound

        try:
            return jobs.run(self._bq, samples_query(feed, datetime.now(UTC).date(), self._settings))
        except NotFound:  # the feed has never run
            return []

    @cached_property
    def _repository(self) -> Repository:
        from atvos.oncall.gather import Repository

        return Repository.load(self._settings)

    @cached_property
    def _bq(self) -> bigquery.Client:
        from atvos.clients import bigquery_client

        return bigquery_client(self._settings)

    @cached_property
    def _gcs(self) -> storage.Client:
        from atvos.clients import storage_client

        return storage_client(self._settings)
