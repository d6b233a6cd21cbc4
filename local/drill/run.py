"""Goes through the scenarios: who was told what, how soon, and what ``atvos why`` said."""

import json
import shutil
import subprocess
import time
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

from atvos.monitoring.timing import duration
from local.client import Client
from local.drill.ground import REGISTRY, SCALE, TELEMETRY, Ground
from local.drill.scenarios import SCENARIOS, Scenario, incident
from local.environment import process_environment
from local.errors import StackError
from local.layout import AIRFLOW_BIN
from local.repository import dag_ids
from local.stack import Stack, say

ALERT_LIMIT_SECONDS = 480
"""Some pages wait until telemetry is older than promised, which is five minutes."""
CALM_LIMIT_SECONDS = 420
KEPT_FRESH_SECONDS = 120
"""How often telemetry lands while one waits for calm: it may not become stale meanwhile."""
SETTLE_SECONDS = 20
"""How long one waits whether another page comes."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a scenario led to. ``pages`` are the alerts that paged, ``why`` the first words."""

    title: str
    expected: str
    seconds: float | None
    pages: list[str]
    why: str
    names_the_cause: bool

    @property
    def is_right(self) -> bool:
        """Whether exactly the right alert paged, and the cause is named."""
        return self.pages == [self.expected] and self.names_the_cause


def main(stack: Stack, only: list[str]) -> int:
    """Run the drill on a stack of its own; 0 where every scenario went as it should."""
    chosen = [s for s in SCENARIOS if not only or s.alert in only]
    stack.stop()
    # What an earlier drill did must not be remembered by Prometheus.
    shutil.rmtree(stack.state_dir, ignore_errors=True)
    stack.start()
    try:
        ground = Ground(Client(stack))
        _prepare(ground)
        outcomes = [_outcome(ground, scenario) for scenario in chosen]
    finally:
        stack.stop()
    file = stack.state_dir / "drill.json"
    text = json.dumps([asdict(outcome) for outcome in outcomes], indent=1, ensure_ascii=False)
    file.write_text(text + "\n", encoding="utf-8")
    return report(outcomes, file)


def report(outcomes: list[Outcome], file: Path) -> int:
    """Show what came of every scenario; 0 where all is right."""
    say("")
    for outcome in outcomes:
        took = "never" if outcome.seconds is None else f"{outcome.seconds:.0f} s"
        mark = "ok   " if outcome.is_right else "WRONG"
        pages = ", ".join(outcome.pages) or "nobody was paged"
        say(f"{mark}  {outcome.title:<28} {outcome.expected:<18} {took:>6}  pages: {pages}")
        say(f"       why: {outcome.why}")
    wrong = sum(not outcome.is_right for outcome in outcomes)
    say(f"\n{len(outcomes) - wrong} of {len(outcomes)} as they should be; written to {file}")
    return 1 if wrong else 0


def _prepare(ground: Ground) -> None:
    """A registry and telemetry are there; models are not built, which would take all slots."""
    say("preparing: registry and telemetry")
    for dag_id in (name for name in dag_ids() if name.startswith("transform__")):
        ground.pause(dag_id, paused=True)
    ground.use_rules()
    ground.land_registry()
    ground.until("the registry is published", lambda: ground.objects(REGISTRY) > 0, 240)
    ground.land_telemetry()
    ground.until("telemetry is published", lambda: ground.objects(TELEMETRY) > 0, 240)
    ground.beat()


def _outcome(ground: Ground, scenario: Scenario) -> Outcome:
    """What the scenario led to; one that breaks does not take the others with it."""
    try:
        return _drill(ground, scenario)
    except StackError as error:
        say(f"    {error}")
        return Outcome(scenario.title, scenario.alert, None, [], str(error), False)


def _drill(ground: Ground, scenario: Scenario) -> Outcome:
    say(f"\n{scenario.title}: {scenario.alert} must page")
    _calm(ground)
    with incident(scenario, ground) as meanwhile:
        before = len(ground.notifications())
        began = time.monotonic()

        def pages() -> list[str]:
            meanwhile()
            sent = ground.notifications()[before:]
            return sorted({item["alertname"] for item in sent if item["receiver"] == "page"})

        seconds = None
        while not pages() and time.monotonic() - began < ALERT_LIMIT_SECONDS:
            time.sleep(1)
        if pages():
            seconds = time.monotonic() - began
            say(f"    paged after {seconds:.0f} s: {', '.join(pages())}")
        settled = time.monotonic() + SETTLE_SECONDS
        while time.monotonic() < settled:
            pages()
            time.sleep(1)
        why = _why(ground, scenario.about)
        paged = pages()
    return Outcome(
        scenario.title,
        scenario.alert,
        seconds,
        paged,
        why.splitlines()[0] if why else "",
        scenario.says in why,
    )


def _calm(ground: Ground) -> None:
    """Wait until nothing pages any more of what was before, and an hour of the rules is over.

    A table that was stale in one scenario and is in the next comes and goes: that pages, too.
    """
    ground.use_rules()
    changing = f"changes(dataset:fresh:bool[{duration(timedelta(hours=SCALE))}]) > 0"
    landed = time.monotonic()

    def is_calm() -> bool:
        nonlocal landed
        if time.monotonic() - landed > KEPT_FRESH_SECONDS:
            ground.land_telemetry()
            landed = time.monotonic()
        ground.beat()
        return not ground.paging() and not ground.client.measure(changing)

    ground.until("nothing pages, and every table keeps its state", is_calm, CALM_LIMIT_SECONDS)


def _why(ground: Ground, name: str) -> str:
    """What the command says."""
    done = subprocess.run(
        [str(AIRFLOW_BIN / "python"), "-m", "atvos", "why", name],
        env=process_environment(ground.client.stack.environment()),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return (done.stdout or done.stderr).strip()
