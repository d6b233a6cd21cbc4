"""What is made of what Airflow says. The real one is in test_with_airflow.py."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from atvos.deploy import watch
from atvos.deploy.errors import RefusedError
from atvos.deploy.manifest import Entry, Manifest, Origin, new
from atvos.deploy.watch import Patience, Watcher
from atvos.oncall.facts import ImportFailure
from tests.dags.api_stub import Answer, error, served

SETTLED = datetime(2026, 9, 10, 12, 0, tzinfo=UTC)
COMMIT = "0f1e2d3c4b5a69788796a5b4c3d2e1f0a1b2c3d4"
TRACE = 'Traceback (most recent call last):\n  File "a.py", line 3\nValueError: no such feed\n'


def _manifest() -> Manifest:
    entries = [Entry.of(path, b"x") for path in ("dags/a.py", "dags/sub/b.py")]
    dags = {"a": "dags/a.py", "b": "dags/sub/b.py"}
    return new(Origin(COMMIT, "ana", SETTLED), entries, dags, None)


def _dag(seconds: float, **other: Any) -> dict[str, Any]:
    parsed = SETTLED + timedelta(seconds=seconds)
    return {
        "is_stale": False,
        "has_import_errors": False,
        "last_parsed_time": parsed.isoformat(),
        "last_parse_duration": 2.0,
        **other,
    }


def _failure(file: str, seconds: float) -> ImportFailure:
    return ImportFailure(file, SETTLED + timedelta(seconds=seconds), TRACE)


@pytest.mark.parametrize("file", ["a.py", "/home/airflow/gcs/dags/a.py"])
def test_a_file_of_ours_that_cannot_be_imported_is_named_with_its_error(file: str) -> None:
    (found,) = watch.broken([_failure(file, 1)], _manifest(), SETTLED)
    assert found.startswith("dags/a.py cannot be imported:\n")
    assert found.endswith("\n  ValueError: no such feed")


@pytest.mark.parametrize(
    "failure",
    [
        _failure("a.py", -1),
        _failure("airflow_monitoring.py", 1),
        _failure("b.py", 1),
    ],
    ids=["read before the files were there", "Composer's own", "of another folder"],
)
def test_an_error_that_is_not_of_this_deploy_does_not_count(failure: ImportFailure) -> None:
    assert watch.broken([failure], _manifest(), SETTLED) == []


def test_all_is_read_when_every_dag_was_read_since() -> None:
    assert watch.missing({"a": _dag(3), "b": _dag(9)}, _manifest(), SETTLED) == []


@pytest.mark.parametrize(
    "dag",
    [
        None,
        _dag(1),
        _dag(3, is_stale=True),
        _dag(3, has_import_errors=True),
        _dag(3, last_parsed_time=None),
    ],
    ids=["unknown", "begun before", "stale", "broken", "never"],
)
def test_a_dag_that_was_not_read_since_is_missing(dag: dict[str, Any] | None) -> None:
    tagged = {"b": _dag(3), **({"a": dag} if dag else {})}
    assert watch.missing(tagged, _manifest(), SETTLED) == ["a (dags/a.py) was not read yet"]


@dataclass
class Airflow:
    """An Airflow whose clock and DAGs a test sets; its ``status`` is that of every answer."""

    parsed: datetime | None = None
    errors: list[dict[str, Any]] = field(default_factory=list)
    status: int = 200
    asked: list[dict[str, str]] = field(default_factory=list)

    def respond(
        self, _method: str, path: str, query: dict[str, str], _body: dict[str, Any]
    ) -> Answer:
        """Answer one request."""
        if self.status != 200:
            return error(self.status, "unavailable", "it restarts")
        match path.removeprefix("/api/v2/"):
            case "dags":
                self.asked.append(query)
                dags = [{"dag_id": name, **_dag(0)} for name in ("a", "b")] if self.parsed else []
                for dag in dags:
                    dag["last_parsed_time"] = str(self.parsed)
                return 200, {"dags": dags, "total_entries": len(dags)}
            case "importErrors":
                return 200, {"import_errors": self.errors, "total_entries": len(self.errors)}
        return 200, {}


@contextmanager
def _watching(
    airflow: Airflow, limit: float = 60, settle: float = 0, after_a_look: Callable[[], object] = int
) -> Iterator[Watcher]:
    """A watcher for whom every look takes ten seconds, and none of the test's time."""
    time = 0.0

    def sleep(_seconds: float) -> None:
        nonlocal time
        time += 10
        after_a_look()

    with served(airflow.respond) as url:
        yield Watcher(url, Patience(settle, limit), clock=lambda: time, sleep=sleep)


def _in_an_hour() -> datetime:
    return datetime.now(UTC) + timedelta(hours=1)


def test_waiting_ends_when_all_is_read() -> None:
    airflow = Airflow(parsed=_in_an_hour())
    with _watching(airflow) as watcher:
        assert watcher.wait(_manifest()) is None
    assert airflow.asked[-1]["tags"] == "release-0f1e2d3c4b5a"


def test_what_was_read_before_the_files_can_be_there_does_not_count() -> None:
    airflow = Airflow(parsed=_in_an_hour())
    with _watching(airflow, settle=7200) as watcher:
        found = watcher.wait(_manifest())
    assert found == (
        "Airflow did not take it within 60 s:\n"
        "  a (dags/a.py) was not read yet\n"
        "  b (dags/sub/b.py) was not read yet"
    )


def test_an_import_error_ends_the_waiting() -> None:
    failed = {"filename": "a.py", "timestamp": str(_in_an_hour()), "stack_trace": TRACE}
    with _watching(Airflow(errors=[failed])) as watcher:
        assert "ValueError: no such feed" in (watcher.wait(_manifest()) or "")


def test_an_airflow_that_restarts_is_waited_for() -> None:
    airflow = Airflow(parsed=_in_an_hour())

    def well() -> None:
        airflow.status = 200

    with _watching(airflow, after_a_look=well) as watcher:
        airflow.status = 503
        assert watcher.wait(_manifest()) is None


def test_an_airflow_that_stays_away_is_told_at_the_end() -> None:
    airflow = Airflow()
    with _watching(airflow) as watcher:
        airflow.status = 503
        found = watcher.wait(_manifest()) or ""
    assert re.fullmatch(r"Airflow did not take it within 60 s:\n  http://\S+ answers \S+.*", found)


def test_an_airflow_that_cannot_be_asked_is_found_out_before_anything_is_written() -> None:
    with (
        served(Airflow(status=403).respond) as url,
        pytest.raises(RefusedError, match=r"cannot be asked .* 403; with --no-wait"),
    ):
        Watcher(url, Patience())
