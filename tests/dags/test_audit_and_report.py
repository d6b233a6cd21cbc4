"""An audit that fails holds the batch, one that cannot look does not, and metrics fail nothing."""

import socket
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from atvos import data_docs, names, settings, snapshot
from atvos.audit_operators import AuditOperator
from atvos.batch import Batch
from atvos.batch_store import BatchStore
from atvos.contract import Check, LoadMode, Operator, Severity
from atvos.report_operators import ReportOperator
from atvos.sense import list_objects, waiting_batch
from local.client import Client
from local.environment import LANDING_BUCKET, WORK_BUCKET
from local.stack import Stack
from tests.atvos.desk import Desk, Staged, row
from tests.atvos.examples import check, positions
from tests.dags.running import context_of


@dataclass(frozen=True)
class Bench:
    """A feed whose one landed object is staged, and waits for its audit."""

    desk: Desk
    batch: Batch

    def audit(self, *checks: Check) -> AuditOperator:
        """The audit of the feed with these checks."""
        feed = replace(self.desk.feed, checks=checks)
        return AuditOperator(task_id="audit", settings=settings.load(), feed=feed)

    def context(self) -> dict[str, object]:
        """The context of a run that has claimed the batch."""
        return context_of(sense=self.batch.batch_id)

    def waiting(self) -> Batch | None:
        """The batch that the next run would get."""
        client = self.desk.client
        now = datetime.now(UTC)
        return waiting_batch(
            client.storage, client.bigquery, settings.load(), self.desk.feed.name, now
        )


@pytest.fixture
def bench(emulators: Stack) -> Bench:
    """One object with one row."""
    client = Client(emulators)
    desk = Desk.open(client, LoadMode.APPEND_FIRST)
    client.upload(f"{names.landing_prefix(desk.feed.name)}a.ndjson", b"{}\n")
    (version,) = list_objects(client.storage, LANDING_BUCKET, desk.feed.name)
    batch, stats = desk.stage(Staged(version, [row("d1")]))
    store = BatchStore(client.storage, WORK_BUCKET, desk.feed)
    store.claim(batch, "run")
    done = names.batch_prefix(desk.feed.name, batch.batch_id) + "stats.json"
    client.storage.bucket(WORK_BUCKET).blob(done).upload_from_string(stats.to_json())
    return Bench(desk, batch)


ROWS = check("rowCount", Operator.MUST_BE, 1, name="one_row")
TOO_FEW = check("rowCount", Operator.GREATER, 1, name="more_than_one_row")
IMPOSSIBLE = check(
    "sql", Operator.MUST_BE, 0, name="no_such_column", query="SELECT COUNT(nothing) FROM ${table}"
)

IMPOSSIBLE_BUT_A_WARNING = replace(IMPOSSIBLE, severity=Severity.WARNING)


def test_a_batch_that_passes_goes_on(bench: Bench) -> None:
    bench.audit(ROWS).execute(bench.context())
    assert bench.desk.ledger() == []


def test_a_failed_check_holds_the_batch_and_is_not_tried_again(bench: Bench) -> None:
    with pytest.raises(AirflowFailException, match="more_than_one_row: observed 1"):
        bench.audit(ROWS, TOO_FEW).execute(bench.context())
    assert bench.desk.ledger("state, detail, batch_id") == [
        ("held", "more_than_one_row", bench.batch.batch_id)
    ]
    assert bench.desk.curated() == []


def test_what_is_held_does_not_come_back_with_the_next_batch(bench: Bench) -> None:
    before = bench.waiting()
    with pytest.raises(AirflowFailException):
        bench.audit(TOO_FEW).execute(bench.context())
    assert before is not None
    assert [o.name for o in before.objects] == [o.name for o in bench.batch.objects]
    assert bench.waiting() is None


def test_a_check_that_cannot_be_made_is_tried_again_and_holds_nothing(bench: Bench) -> None:
    with pytest.raises(AirflowException, match="no_such_column") as caught:
        bench.audit(IMPOSSIBLE, TOO_FEW).execute(bench.context())
    assert not isinstance(caught.value, AirflowFailException)
    assert bench.desk.ledger() == []
    assert bench.waiting() is not None


def test_the_outcome_of_every_check_is_kept_beside_the_batch(bench: Bench) -> None:
    bench.audit(ROWS).execute(bench.context())
    store = BatchStore(bench.desk.client.storage, WORK_BUCKET, bench.desk.feed)
    assert {item["name"]: item["state"] for item in store.audit(bench.batch.batch_id)} == {
        "valid_ratio": "passed",
        "duplicate_ratio": "passed",
        "objects_readable": "passed",
        "one_row": "passed",
    }


def test_the_last_audit_is_in_the_state_of_the_dataset(bench: Bench) -> None:
    bench.audit(ROWS).execute(bench.context())
    with pytest.raises(AirflowFailException):
        bench.audit(ROWS, TOO_FEW).execute(bench.context())
    feed, client = bench.desk.feed, bench.desk.client
    now = datetime.now(UTC)
    found = snapshot.read(
        client.bigquery, client.storage, settings.load(), {feed.name: feed}, {}, now
    )
    audit = found[feed.name].audit
    assert audit is not None
    assert audit.run_id == bench.batch.batch_id
    assert {result.name: result.state.value for result in audit.results} == {
        "valid_ratio": "passed",
        "duplicate_ratio": "passed",
        "objects_readable": "passed",
        "one_row": "passed",
        "more_than_one_row": "failed",
    }


def test_data_docs_of_the_batch_are_in_the_bucket(bench: Bench) -> None:
    bench.audit(ROWS, IMPOSSIBLE_BUT_A_WARNING).execute(bench.context())
    name = data_docs.object_name(bench.desk.feed.name, bench.batch.batch_id)
    page = bench.desk.client.storage.bucket(WORK_BUCKET).blob(name).download_as_text()
    assert "one_row" in page
    assert "no_such_column" in page


@pytest.fixture
def report(emulators: Stack) -> ReportOperator:
    """The report of a feed that has published nothing, to a port where nobody listens."""
    deaf = replace(settings.load(), statsd_host="127.0.0.1", statsd_port=9)
    feed = positions(name="positions_unpublished")
    return ReportOperator(task_id="report", settings=deaf, feeds={feed.name: feed}, heartbeat=True)


def test_a_report_that_nobody_hears_succeeds(report: ReportOperator) -> None:
    report.execute(context_of())


def test_a_report_to_a_host_that_is_not_known_succeeds_and_says_that_nothing_was_sent(
    report: ReportOperator, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve = socket.getaddrinfo

    def unknown(host: str, *rest: Any, **options: Any) -> Any:
        if host == "statsd.invalid":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return resolve(host, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    report.settings = replace(report.settings, statsd_host="statsd.invalid")
    assert report.execute(context_of()) == 0
