"""Sees what Airflow makes of the files it was given."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from atvos import names
from atvos.deploy.errors import RefusedError
from atvos.deploy.manifest import Manifest
from atvos.oncall.airflow_api import Airflow
from atvos.oncall.facts import ImportFailure
from atvos.oncall.sessions import ServiceError

_SHOWN = 5
_SHOWN_LINES = 8
# Airflow's clock is asked in whole seconds.
_TICK = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is waited, in seconds.

    What Airflow read within ``settle`` after the upload is not believed, neither success nor
    error: the bucket reaches Airflow's disks file by file.
    """

    settle: float = 120
    limit: float = 600
    pause: float = 5


class Watcher:
    """The Airflow at one address. RefusedError where it cannot be asked."""

    def __init__(
        self,
        url: str,
        patience: Patience,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Ask once for everything that will be asked: afterwards it is too late to find out."""
        self._patience = patience
        self._clock, self._sleep = clock, sleep
        try:
            self._airflow = Airflow(url)
            self._airflow.now()
            self._airflow.import_failures()
            self._airflow.dags_tagged(names.release_tag("0" * 40))
        except ServiceError as error:
            raise RefusedError(
                f"Airflow cannot be asked what it makes of a deploy: {error}; "
                "with --no-wait it is not asked"
            ) from None

    def wait(self, manifest: Manifest) -> str | None:
        """Wait until Airflow has read all that is in place now; what is wrong, None if nothing."""
        settled: datetime | None = None
        end = self._clock() + self._patience.limit
        while True:
            try:
                if settled is None:
                    settled = self._settled()
                broken, missing = self._judged(manifest, settled)
            except ServiceError as error:  # it restarts when plugins change
                broken, missing = [], [str(error)]
            if broken:
                return "\n".join(broken)
            if not missing:
                return None
            if self._clock() >= end:
                return _timed_out(missing, self._patience.limit)
            self._sleep(self._patience.pause)

    def _settled(self) -> datetime:
        return self._airflow.now() + _TICK + timedelta(seconds=self._patience.settle)

    def _judged(self, manifest: Manifest, settled: datetime) -> tuple[list[str], list[str]]:
        tag = names.release_tag(manifest.commit)
        dags = self._airflow.pages("dags", "dags", f"&tags={tag}")
        found = broken(self._airflow.import_failures(), manifest, settled)
        return found, missing({dag["dag_id"]: dag for dag in dags}, manifest, settled)


def broken(failures: Iterable[ImportFailure], manifest: Manifest, settled: datetime) -> list[str]:
    """The files of a deploy that Airflow cannot import, with the end of the traceback."""
    ours = {entry.path for entry in manifest.files}
    return [
        f"{path} cannot be imported:\n{_end_of(failure.text)}"
        for failure in failures
        if failure.at > settled and (path := _object(failure.file, ours))
    ]


def missing(
    tagged: Mapping[str, Mapping[str, Any]], manifest: Manifest, settled: datetime
) -> list[str]:
    """The DAGs of a deploy that Airflow has not read since then.

    ``tagged`` is what its API says of those that have the deploy's tag.
    """
    return [
        f"{dag_id} ({file}) was not read yet"
        for dag_id, file in manifest.dags.items()
        if not _is_read(tagged.get(dag_id), settled)
    ]


def _is_read(dag: Mapping[str, Any] | None, settled: datetime) -> bool:
    """Whether a look at the file that began after ``settled`` found the DAG in it."""
    if dag is None or dag["is_stale"] or dag["has_import_errors"] or not dag["last_parsed_time"]:
        return False
    taken = timedelta(seconds=dag["last_parse_duration"] or 0)
    return datetime.fromisoformat(dag["last_parsed_time"]) - taken > settled


def _object(file: str, ours: set[str]) -> str | None:
    """The object that Airflow means: it names files from the DAGs folder on, or from the root."""
    found = (path for path in ours if path == f"dags/{file}" or file.endswith(f"/{path}"))
    return next(found, None)


def _end_of(trace: str) -> str:
    lines = [line for line in trace.rstrip().splitlines() if line.strip()]
    return "\n".join(f"  {line}" for line in lines[-_SHOWN_LINES:])


def _timed_out(missing: list[str], seconds: float) -> str:
    shown = [f"  {line}" for line in missing[:_SHOWN]]
    if len(missing) > _SHOWN:
        shown.append(f"  and {len(missing) - _SHOWN} more")
    return "\n".join([f"Airflow did not take it within {seconds:.0f} s:", *shown])
