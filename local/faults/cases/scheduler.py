"""kill -9 under the real scheduler: Airflow itself sees to the retries."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from threading import Thread

from local.faults.airflow_ground import AirflowGround, Watched
from local.faults.killing import CURATE_MAIN, command_of
from local.faults.landings import Mark
from local.faults.rules import Kind
from local.services import Service


@dataclass(frozen=True, slots=True)
class ScheduledCase:
    """One fault: ``act`` lands objects and breaks something; Airflow does the rest."""

    name: str
    title: str
    act: Callable[[Watched], None]


def _land_two(feed: Watched) -> None:
    feed.land(0)
    feed.land(1)


def _task_in_publish(feed: Watched) -> None:
    """BigQuery has published, and the task never hears of it."""
    feed.rule(Kind.CALL_AFTER, "publish", feed.killing(feed.ground.kill_tasks))
    _land_two(feed)
    feed.settle()


def _workers_in_publish(feed: Watched) -> None:
    feed.rule(Kind.CALL_AFTER, "publish", feed.killing(feed.ground.kill_workers))
    _land_two(feed)
    feed.settle()


def _job_runs(feed: Watched) -> None:
    """The task is killed while its job runs: the next try attaches, under a real triggerer."""
    feed.rule(Kind.SLOW, "publish", feed.killing(feed.ground.kill_tasks), seconds=40.0)
    _land_two(feed)
    feed.settle()


def _scheduler_in_publish(feed: Watched, *, with_tasks: bool) -> None:
    ground = feed.ground
    back = feed.mark()

    def kill() -> None:
        ground.kill(Service.SCHEDULER, with_children=with_tasks)
        Thread(target=_back, args=(ground, Service.SCHEDULER, back), daemon=True).start()

    feed.rule(Kind.CALL_AFTER, "publish", kill)
    _land_two(feed)
    feed.settle()


def _scheduler_in_curate(feed: Watched) -> None:
    killed = feed.mark()
    _land_two(feed)
    feed.until("Beam runs", partial(_beam_runs, feed))
    feed.ground.kill(Service.SCHEDULER)
    killed()
    feed.ground.restart(Service.SCHEDULER)
    feed.settle()


def _emulator_in_publish(feed: Watched) -> None:
    ground = feed.ground
    back = feed.mark()

    def kill() -> None:
        ground.kill(Service.BIGQUERY)
        Thread(target=_back, args=(ground, Service.BIGQUERY, back), daemon=True).start()

    feed.rule(Kind.CALL_MIDST, "publish", kill)
    _land_two(feed)
    feed.settle()


def _triggerer_while_waiting(feed: Watched) -> None:
    """The triggerer is killed while the sensor waits, and objects land before it is back."""
    killed = feed.mark()
    feed.until("the sensor waits", feed.rests)
    feed.ground.kill(Service.TRIGGERER)
    killed()
    _land_two(feed)
    feed.ground.restart(Service.TRIGGERER)
    feed.settle()


def _beam_runs(feed: Watched) -> bool:
    """Whether the curate job of the feed runs."""
    commands = map(command_of, feed.ground.tasks())
    return any(CURATE_MAIN in command and f"/{feed.feed}/" in command for command in commands)


def _back(ground: AirflowGround, service: Service, back: Mark) -> None:
    ground.restart(service)
    back()


SCHEDULED: dict[str, ScheduledCase] = {
    case.name: case
    for case in (
        ScheduledCase(
            "airflow-task-killed", "kill -9 of a task after BigQuery published", _task_in_publish
        ),
        ScheduledCase(
            "airflow-worker-killed",
            "kill -9 of the worker of a task after BigQuery published",
            _workers_in_publish,
        ),
        ScheduledCase(
            "airflow-task-killed-job-runs", "kill -9 of a task while it publishes", _job_runs
        ),
        ScheduledCase(
            "airflow-scheduler-killed-publish",
            "kill -9 of the scheduler after BigQuery published; its task goes on",
            partial(_scheduler_in_publish, with_tasks=False),
        ),
        ScheduledCase(
            "airflow-machine-killed-publish",
            "kill -9 of scheduler and tasks after BigQuery published",
            partial(_scheduler_in_publish, with_tasks=True),
        ),
        ScheduledCase(
            "airflow-machine-killed-curate",
            "kill -9 of scheduler, tasks and Beam while Beam runs",
            _scheduler_in_curate,
        ),
        ScheduledCase(
            "airflow-bigquery-killed",
            "kill -9 of bigquery while it publishes",
            _emulator_in_publish,
        ),
        ScheduledCase(
            "airflow-triggerer-killed",
            "kill -9 of the triggerer while the sensor waits",
            _triggerer_while_waiting,
        ),
    )
}
