"""Every task tells how long it took, how it ended, and what it was billed for."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from atvos import settings
from atvos.step_metrics import StepMetrics
from tests.atvos.examples import positions

TAGS = "#dataset:positions,layer:curated,step:{step},tier:1"


@dataclass
class TaskInstance:
    """The part of a task instance that is measured."""

    task_id: str = "curate"
    start_date: datetime = datetime.now(UTC) - timedelta(seconds=90)


@pytest.fixture
def exporter() -> Iterator[socket.socket]:
    """A UDP socket that stands for the StatsD exporter."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.settimeout(5)
        yield listening


@pytest.fixture
def measured(exporter: socket.socket) -> StepMetrics:
    """What measures the tasks of a feed."""
    host, port = exporter.getsockname()
    told = replace(settings.load({}), statsd_host=host, statsd_port=port)
    return StepMetrics(told, positions().metric_labels)


def lines(exporter: socket.socket, count: int) -> list[str]:
    found: list[str] = []
    while len(found) < count:
        found += exporter.recv(4096).decode().splitlines()
    return found


def test_a_success_is_counted_and_its_duration_observed(
    exporter: socket.socket, measured: StepMetrics
) -> None:
    measured.succeeded({"ti": TaskInstance()})
    counted, observed = lines(exporter, 2)
    assert counted == (
        "dataset_step_runs_total:1|c|#dataset:positions,layer:curated,state:success,"
        "step:curate,tier:1"
    )
    name, _, rest = observed.partition(":")
    seconds, _, tags = rest.partition("|d|")
    assert (name, tags) == ("dataset_step_duration_seconds", TAGS.format(step="curate"))
    assert 90 <= float(seconds) < 3600


def test_a_failed_try_is_counted_alone(exporter: socket.socket, measured: StepMetrics) -> None:
    measured.failed({"ti": TaskInstance("fct_vehicle_day.build")})
    assert lines(exporter, 1)[0] == (
        "dataset_step_runs_total:1|c|#dataset:positions,layer:curated,state:failed,"
        "step:build,tier:1"
    )


def test_a_retry_is_a_failed_try(measured: StepMetrics) -> None:
    assert measured.callbacks == {
        "on_success_callback": measured.succeeded,
        "on_retry_callback": measured.failed,
        "on_failure_callback": measured.failed,
    }


def test_billed_bytes_add_up_by_step(exporter: socket.socket, measured: StepMetrics) -> None:
    measured.billed("publish", 10485760)
    assert lines(exporter, 1) == [
        f"dataset_billed_bytes_total:10485760|c|{TAGS.format(step='publish')}"
    ]
