"""The seven ways in which a drill breaks the platform, and who must be told what."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from local.drill import systems
from local.drill.ground import REPORT, TELEMETRY, Ground
from local.services import Service


@dataclass(frozen=True, slots=True)
class Scenario:
    """A way to break the platform.

    ``alert`` is the one that must page, ``about`` what ``atvos why`` is asked about, and
    ``says`` words of its finding. ``happen`` breaks the platform for as long as it is entered.
    """

    title: str
    alert: str
    about: str
    says: str
    happen: Callable[[Ground], "Incident"]


Incident = Iterator[Callable[[], None]]
"""Gives what is done again and again while one waits for the alert, then mends."""


def _nothing() -> None:
    return


def _fresh(ground: Ground) -> None:
    """Telemetry of this minute is published, and Prometheus knows."""
    before = ground.objects(TELEMETRY)
    ground.land_telemetry()
    landed = time.time()
    ground.until("telemetry is published", lambda: ground.objects(TELEMETRY) > before, 240)
    event = f'dataset_last_event_timestamp_seconds{{dataset="{TELEMETRY}"}} > {landed - 5:.0f}'

    def is_known() -> bool:
        ground.beat()
        return bool(ground.client.measure(event))

    ground.until("Prometheus knows of it", is_known, 120)


def source_stops(ground: Ground) -> Incident:
    """No object lands any more; it pages when the table is older than its contract promises."""
    yield ground.beat
    _fresh(ground)


def curate_fails(ground: Ground) -> Incident:
    """Every try of the curate job is killed; it pages when the table is stale of it.

    A try takes as long as ever while the rules wait a twentieth, so it must have failed before.
    """
    ground.land_telemetry()
    failed = f'dataset_step:failing:timestamp_seconds{{dataset="{TELEMETRY}", step="curate"}}'

    def kill() -> None:
        ground.kill_curate()
        ground.beat()

    def is_known() -> bool:
        kill()
        return bool(ground.client.measure(failed))

    ground.until("a failed try is known", is_known, 120)
    yield kill
    _fresh(ground)


def audit_fails(ground: Ground) -> Incident:
    """Half of an object's rows are invalid, which the contract does not allow."""
    _fresh(ground)
    ground.use_rules()
    ground.land_telemetry(bad=True)
    yield ground.beat
    ground.forget_held()
    _fresh(ground)


def exporter_restarts(ground: Ground) -> Incident:
    """The exporter is gone for a while, and has forgotten all gauges when it is back."""
    _fresh(ground)
    ground.use_rules()
    ground.stop(Service.STATSD)
    yield _nothing
    ground.start(Service.STATSD)
    ground.beat()


def scheduler_stops(ground: Ground) -> Incident:
    """No task is started any more, the heartbeat's neither."""
    _fresh(ground)
    ground.use_rules()
    ground.stop(Service.SCHEDULER)
    yield _nothing
    ground.start(Service.SCHEDULER)
    ground.until("the scheduler runs", lambda: _beats_again(ground), 240)


def _beats_again(ground: Ground) -> bool:
    ground.beat()
    return bool(ground.client.measure("platform:reporting:bool == 1"))


def report_is_late(ground: Ground) -> Incident:
    """The report of the day before was not built, and it is time."""
    _fresh(ground)
    ground.use_rules(report_due=True)
    yield ground.beat


def application_fails(ground: Ground) -> Incident:
    """An application answers one request in three with 503."""
    _fresh(ground)
    ground.use_rules()
    port = ground.free_port()
    log = ground.client.stack.state_dir / "logs" / "application.log"
    with systems.application(port, log) as url:
        ground.watch_application(port)
        ground.until(
            "Prometheus scrapes the application",
            lambda: bool(ground.client.measure(f'up{{system="{systems.NAME}"}} == 1')),
            60,
        )
        systems.behave(url, fail_every=3)
        yield ground.beat
        systems.behave(url, fail_every=0)


SCENARIOS = (
    Scenario("the source stops", "SourceSilent", TELEMETRY, "no new object", source_stops),
    Scenario("the curate job fails", "StepFailing", TELEMETRY, "curate", curate_fails),
    Scenario("an audit fails", "BatchHeld", TELEMETRY, "valid_ratio", audit_fails),
    Scenario("the exporter restarts", "ExporterDown", TELEMETRY, "exporter", exporter_restarts),
    Scenario("the scheduler stops", "HeartbeatMissing", TELEMETRY, "scheduler", scheduler_stops),
    Scenario("the D-1 report is late", "ReportMissing", REPORT, REPORT, report_is_late),
    Scenario("an application answers 5xx", "SystemErrors", systems.NAME, "5xx", application_fails),
)


@contextmanager
def incident(scenario: Scenario, ground: Ground) -> Iterator[Callable[[], None]]:
    """Break the platform; what is given is to be done again and again, and it is mended after."""
    happening = scenario.happen(ground)
    meanwhile = next(happening)
    try:
        yield meanwhile
    finally:
        next(happening, None)
