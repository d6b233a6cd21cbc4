"""What the proxy does to requests, and what it adds to the emulators."""

import json
import time
from collections.abc import Iterator
from threading import Event, Thread

import pytest
import requests

from local.faults.proxy import Proxy, serving
from local.faults.rules import Kind, Plan, Rule
from local.services import Service
from tests.dags.api_stub import Answer, error, served
from tests.dags.bigquery_stub import BigQueryStub

JOBS = "/bigquery/v2/projects/atvos/jobs"
JOB = {
    "jobReference": {"projectId": "atvos", "jobId": "one"},
    "configuration": {"query": {"query": "SELECT 1"}},
}


class Lenient(BigQueryStub):
    """Takes a job id twice, as the emulator does."""

    def respond(
        self, method: str, path: str, query: dict[str, str], body: dict[str, object]
    ) -> Answer:
        if method == "POST":
            self.jobs.clear()
        return super().respond(method, path, query, body)


class Stand:
    """What stands behind the proxy, another for each test: a server takes long to end."""

    upstream: Lenient

    def respond(
        self, method: str, path: str, query: dict[str, str], body: dict[str, object]
    ) -> Answer:
        """The answer of the test's upstream."""
        return self.upstream.respond(method, path, query, body)


@pytest.fixture(scope="module")
def stand() -> Iterator[tuple[Stand, int]]:
    """A server for all tests, and its port."""
    stand = Stand()
    with served(stand.respond) as address:
        yield stand, int(address.rpartition(":")[2])


@pytest.fixture
def upstream(stand: tuple[Stand, int]) -> Lenient:
    """A BigQuery that takes everything."""
    stand[0].upstream = Lenient(state_of_new="DONE")
    return stand[0].upstream


@pytest.fixture
def proxy(stand: tuple[Stand, int], upstream: Lenient) -> Iterator[Proxy]:
    """A proxy before it."""
    with serving(Proxy(Service.BIGQUERY, stand[1], Plan())) as ready:
        yield ready


def _launch(proxy: Proxy) -> requests.Response:
    return requests.post(f"{proxy.url}{JOBS}", json=JOB, timeout=10)


def _rule(proxy: Proxy, kind: Kind, **more: object) -> Rule:
    return proxy.plan.add(Rule(kind, Service.BIGQUERY, "POST .*/jobs", **more))  # type: ignore[arg-type]


def test_without_a_rule_a_request_is_answered(proxy: Proxy, upstream: Lenient) -> None:
    assert _launch(proxy).json()["jobReference"]["jobId"] == "one"
    assert upstream.launched == ["one"]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_an_error_is_answered_in_place_of_the_emulator(
    proxy: Proxy, upstream: Lenient, status: int
) -> None:
    rule = _rule(proxy, Kind.ANSWER, status=status)
    assert _launch(proxy).status_code == status
    assert upstream.launched == []
    assert rule.struck == 1
    assert _launch(proxy).status_code == 200


def test_a_rule_lets_the_first_requests_pass_and_strikes_as_often_as_it_says(
    proxy: Proxy,
) -> None:
    _rule(proxy, Kind.ANSWER, skip=1, times=2)
    proxy.strict.job_ids = False
    assert [_launch(proxy).status_code for _ in range(4)] == [200, 500, 500, 200]


def test_a_rule_is_for_the_step_that_it_names(proxy: Proxy) -> None:
    _rule(proxy, Kind.ANSWER, step="publish")
    proxy.plan.step = "audit"
    assert _launch(proxy).status_code == 200
    proxy.plan.step = "publish"
    assert _launch(proxy).status_code == 500


def test_a_rule_is_for_the_bodies_that_it_names(proxy: Proxy) -> None:
    rule = _rule(proxy, Kind.ANSWER, body="SELECT 2")
    assert _launch(proxy).status_code == 200
    assert rule.struck == 0


def test_a_dropped_connection_has_acted(proxy: Proxy, upstream: Lenient) -> None:
    _rule(proxy, Kind.DROP)
    with pytest.raises(requests.ConnectionError):
        _launch(proxy)
    assert upstream.launched == ["one"]


def test_a_reset_has_not_acted_and_others_are_refused_for_a_while(
    proxy: Proxy, upstream: Lenient
) -> None:
    _rule(proxy, Kind.RESET, seconds=0.5)
    for _ in range(2):
        with pytest.raises(requests.ConnectionError):
            _launch(proxy)
        time.sleep(0.2)
    assert upstream.launched == []
    time.sleep(0.6)
    assert _launch(proxy).status_code == 200


def test_a_request_hangs_until_the_case_is_over(proxy: Proxy, upstream: Lenient) -> None:
    _rule(proxy, Kind.HANG, seconds=30)
    with pytest.raises(requests.Timeout):
        requests.post(f"{proxy.url}{JOBS}", json=JOB, timeout=0.3)
    assert upstream.launched == []


@pytest.mark.parametrize(("kind", "launched"), [(Kind.CALL_BEFORE, []), (Kind.CALL_AFTER, ["one"])])
def test_a_call_comes_before_or_after_the_emulator_acts(
    proxy: Proxy, upstream: Lenient, kind: Kind, launched: list[str]
) -> None:
    seen: list[list[str]] = []
    _rule(proxy, kind, call=lambda: seen.append(list(upstream.launched)))
    with pytest.raises(requests.ConnectionError):
        _launch(proxy)
    assert seen == [launched]
    assert upstream.launched == launched


@pytest.mark.parametrize(
    ("kind", "launched"), [(Kind.GO_ON_AFTER, []), (Kind.GO_ON_BEFORE, ["one"])]
)
def test_a_request_goes_on_all_the_same(
    proxy: Proxy, upstream: Lenient, kind: Kind, launched: list[str]
) -> None:
    seen: list[list[str]] = []
    _rule(proxy, kind, call=lambda: seen.append(list(upstream.launched)))
    assert _launch(proxy).status_code == 200
    assert seen == [launched]
    assert upstream.launched == ["one"]


def test_an_answer_is_rewritten(proxy: Proxy) -> None:
    _rule(proxy, Kind.REWRITE, rewrite=lambda body: body.replace(b"one", b"two"))
    assert _launch(proxy).json()["jobReference"]["jobId"] == "two"


def test_an_emulator_that_is_gone_is_a_reset() -> None:
    with (
        serving(Proxy(Service.BIGQUERY, 1, Plan())) as alone,
        pytest.raises(requests.ConnectionError),
    ):
        _launch(alone)


def test_a_job_id_is_taken_once(proxy: Proxy, upstream: Lenient) -> None:
    _launch(proxy)
    again = _launch(proxy)
    assert again.status_code == 409
    assert again.json()["error"]["errors"][0]["reason"] == "duplicate"
    assert upstream.launched == ["one"]
    assert proxy.strict.conflicts == 1


def test_a_job_that_was_taken_is_shown_as_running_until_it_is_done(
    proxy: Proxy, upstream: Lenient
) -> None:
    goes_on = Event()
    _rule(proxy, Kind.SLOW, call=goes_on.wait)
    launching = Thread(target=_launch, args=(proxy,))
    launching.start()
    states: list[str | None] = []
    while not states or states[-1] is None:
        states.append(_state(proxy))
    assert states[-1] == "RUNNING"
    assert _launch(proxy).status_code == 409
    goes_on.set()
    launching.join(10)
    assert _state(proxy) == "DONE"
    assert upstream.launched == ["one"]


def _state(proxy: Proxy) -> str | None:
    answer = requests.get(f"{proxy.url}{JOBS}/one", timeout=10)
    return str(answer.json()["status"]["state"]) if answer.ok else None


def test_a_job_that_failed_keeps_its_id(proxy: Proxy, upstream: Lenient) -> None:
    _rule(proxy, Kind.FAIL)
    assert "errorResult" in _launch(proxy).json()["status"]
    assert "errorResult" in requests.get(f"{proxy.url}{JOBS}/one", timeout=10).json()["status"]
    assert _launch(proxy).status_code == 409
    assert upstream.launched == []


def test_what_a_dataset_is_told_of_its_tables_is_noted(proxy: Proxy) -> None:
    options = "location='x', default_table_expiration_days=7"
    sql = f"CREATE SCHEMA IF NOT EXISTS `staging` OPTIONS({options});"
    body = {**JOB, "configuration": {"query": {"query": sql}}}
    requests.post(f"{proxy.url}{JOBS}", json=body, timeout=10)
    assert proxy.strict.expirations == {"staging": 7}


def _storage(method: str, path: str, query: dict[str, str], body: dict[str, object]) -> Answer:
    """Cloud Storage with one object, of generation 2, which answers for every generation."""
    if path.endswith("/o/there"):
        return 200, {"generation": "2"}
    if method == "POST":
        return 200, {"name": "new"}
    return error(404, "notFound", path)


@pytest.fixture
def storage() -> Iterator[Proxy]:
    """A proxy before that Cloud Storage."""
    with (
        served(_storage) as address,
        serving(Proxy(Service.GCS, int(address.rpartition(":")[2]), Plan())) as ready,
    ):
        yield ready


@pytest.mark.parametrize(("generation", "status"), [("1", 404), ("2", 200)])
def test_only_the_live_generation_is_read(storage: Proxy, generation: str, status: int) -> None:
    url = f"{storage.url}/download/storage/v1/b/landing/o/there?generation={generation}&alt=media"
    assert requests.get(url, timeout=10).status_code == status


@pytest.mark.parametrize(("name", "status"), [("there", 412), ("elsewhere", 200)])
def test_an_object_is_not_created_where_there_is_one(
    storage: Proxy, name: str, status: int
) -> None:
    url = f"{storage.url}/upload/storage/v1/b/work/o?ifGenerationMatch=0"
    answer = requests.post(url, data=json.dumps({"name": name}), timeout=10)
    assert answer.status_code == status
