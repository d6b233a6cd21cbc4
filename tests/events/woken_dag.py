"""A DAG whose one task is woken by a message; run as a program it tells what became of it.

It is copied into a DAGs folder of its own. The subscriber is a stub, and whether something waits is
said here: the second look finds a batch.
"""

import json
import sys
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from airflow.sdk import DAG

from atvos import settings
from atvos.contract import load_feeds
from atvos.events.sensors import WokenObjectsSensor

IMPORTED = "google.cloud.pubsub_v1" in sys.modules
BATCH = "b" * 20

_settings = settings.load()
_feed = load_feeds(_settings.contract_dirs)["trips"]

with DAG("woken", schedule=None, start_date=datetime(2026, 1, 1, tzinfo=UTC)) as dag:
    sense = WokenObjectsSensor(
        task_id="sense", settings=_settings, feed=_feed, subscription="landing-trips"
    )


def resumed(method: str, arguments: dict[str, Any]) -> Any:
    """The trigger that the task waits with when it was resumed like that, or its batch."""
    from airflow.exceptions import TaskDeferred  # noqa: PLC0415  not where DAGs are parsed

    context = {"run_id": "r", "dag_run": SimpleNamespace(start_date=datetime.now(UTC))}
    try:
        return sense.resume_execution(method, arguments, context)
    except TaskDeferred as waits:
        return waits.trigger.serialize()[0].rpartition(".")[2]


def main() -> None:
    """Resume the task in every way, and run the DAG."""
    import airflow  # noqa: PLC0415
    from airflow.providers.google.cloud.triggers.pubsub import PubsubPullTrigger  # noqa: PLC0415

    from tests.events.payloads import received  # noqa: PLC0415
    from tests.events.subscriber import Subscriber  # noqa: PLC0415

    looks = [None, None, BATCH, None, BATCH]
    sensor_class: Any = WokenObjectsSensor
    sensor_class._batch_id = lambda _self, _run_id: looks.pop(0)
    ways = [
        resumed("__fail__", {"error": "Trigger timeout"}),
        resumed("__fail__", {"error": "Trigger failure"}),
        resumed("execute_complete", {"event": {}}),
    ]
    subscriber = Subscriber([[], [received("trips/a.ndjson", 7)]])
    trigger_class: Any = PubsubPullTrigger
    trigger_class.hook = subscriber
    run = dag.test()
    found = [airflow.__version__, IMPORTED, ways, str(run.state), subscriber.acknowledged, looks]
    sys.stdout.write(f"\n{json.dumps(found)}\n")


if __name__ == "__main__":
    main()
