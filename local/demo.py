"""The demo: sample files land, become checked tables, and are compared with the right answer."""

import json
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from local import reading, show
from local.client import Client
from local.environment import LANDING_BUCKET
from local.errors import StackError
from local.outcome import Outcome
from local.progress import progress
from local.repository import dag_ids
from local.sample import WAVES, Answer, Sample, SampleObject, Settings
from local.services import Service
from local.stack import Stack, say
from local.waiting import wait

_LIMIT_SECONDS = 540


def main(stack: Stack) -> int:
    """Run the demo on a stack of its own, left running; 0 where every number is right."""
    started = time.monotonic()
    state_dir = stack.state_dir
    say("1/5 starting the embedded stack")
    stack.stop()
    if state_dir.exists():
        shutil.rmtree(state_dir)  # numbers of an earlier demo would not add up with this one's
    stack.start()
    client = Client(stack)
    sample = Sample(Settings(until=datetime.now(UTC)))
    objects = list(sample.objects())
    for wave in WAVES:
        say(f"{wave + 1}/5 landing wave {wave} of the sample files, and waiting for the DAGs")
        land(client, objects, wave)
        wait_for_publish(client, sample.answer.after_wave(wave), _LIMIT_SECONDS)
    say("4/5 reconciling, and waiting for Prometheus to scrape it all")
    found = reading.read(client, sample.answer)
    say("5/5 comparing with the generator's answer")
    code = report(client, found, sample.answer, state_dir / "demo.json")
    say(f"after {time.monotonic() - started:.0f} s")
    _say_where(stack)
    return code


def land(client: Client, objects: list[SampleObject], wave: int) -> None:
    """Upload the objects of a wave."""
    landing = [item for item in objects if item.wave == wave]
    for item in landing:
        client.upload(item.name, item.content)
    size = sum(len(item.content) for item in landing)
    say(f"    {len(landing)} objects, {size / 1e6:.1f} MB, in gs://{LANDING_BUCKET}")


def wait_for_publish(client: Client, answer: Answer, limit: float) -> None:
    """Wait until the ledger has every object and the marts every change.

    StackError where a run fails, or after ``limit`` seconds.
    """

    def look() -> tuple[bool, str]:
        failed = client.runs(dag_ids(), "failed")
        if failed:
            raise StackError(f"a DAG run failed: {client.run_url(*failed[0])}")
        found = progress(client, answer)
        return found.is_done(answer), found.describe(answer)

    try:
        wait(look, limit)
    except StackError as error:
        problems = client.import_errors()
        raise StackError("\n".join([str(error), *problems])) from error


def report(client: Client, found: Outcome, answer: Answer, file: Path) -> int:
    """Write and show the outcome and all that is wrong with it; 0 where nothing is."""
    write(file, found)
    show.objects(found.objects)
    show.tables(found.tables)
    show.findings(client)
    return verdict(found, answer, file)


def verdict(found: Outcome, answer: Answer, file: Path, tell: Callable[[str], None] = say) -> int:
    """Tell of every number that is wrong; 0 where none is."""
    problems = found.problems(answer)
    for problem in problems:
        tell(f"WRONG  {problem}")
    text = "every number is right" if not problems else f"{len(problems)} numbers are wrong"
    tell(f"\n{text}; written to {file}")
    return 1 if problems else 0


def write(file: Path, found: Outcome) -> None:
    """Write the outcome as a JSON document."""
    document: dict[str, Any] = {
        "objects": [asdict(item) for item in found.objects],
        "tables": [asdict(item) for item in found.tables],
        "divergences": [{**key._asdict(), **asdict(row)} for key, row in found.divergences],
    }
    text = json.dumps(document, ensure_ascii=False, indent=1, default=str)
    file.write_text(text + "\n", encoding="utf-8")


def _say_where(stack: Stack) -> None:
    say(f"Airflow     {stack.url(Service.API_SERVER)}  (no login on this machine)")
    if stack.services[Service.PROMETHEUS].state == "running":
        say(f"Prometheus  {stack.url(Service.PROMETHEUS)}")
    say("`make status` lists the services and their logs, `make down` ends them.")
