"""Where a drill takes place: a stack with Alertmanager, and rules that are sped up."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import psutil
import requests
import yaml

from atvos import contract, models
from atvos.contract.calendar import ZONE
from atvos.models import Model
from atvos.monitoring.rules import rules
from atvos.monitoring.timing import Timing
from atvos.monitoring.written import text
from local.client import Client
from local.drill import systems
from local.environment import LANDING_BUCKET
from local.errors import StackError
from local.layout import CONTRACTS, SQL
from local.ports import LOOPBACK, choose
from local.services import Service
from local.state import StackState
from local.supervision import Supervisor

TELEMETRY, REGISTRY, REPORT = "telemetry_events", "vehicles", "rpt_d1"
SCALE = 1 / 20
"""How much faster than production the rules are."""
HEARTBEAT = timedelta(seconds=40)
_POLL_SECONDS = 1.0
_BAD_EVERY = 2
_ROWS = 40
_DEVICE = "drill-001"


@dataclass
class Ground:
    """A running stack, and what a drill does to it."""

    client: Client
    number: int = field(default=0, init=False)
    """Objects that were landed."""

    def use_rules(
        self, *, slo_scale: float = 1.0, report_due: bool = False, datasets: bool = True
    ) -> None:
        """Load production's rules at the drill's pace, about the datasets of the drill.

        ``report_due`` makes the report of the day before late from now on. Without
        ``datasets`` only the systems are watched.
        """
        feeds = contract.load_feeds([CONTRACTS])
        chosen = {name: feeds[name] for name in (TELEMETRY, REGISTRY)} if datasets else {}
        marts: dict[str, Model] = {}
        due = {}
        if report_due:
            marts = {REPORT: models.load_models(SQL)[REPORT]}
            due = {REPORT: datetime.now(ZONE).time().replace(second=0, microsecond=0)}
        timing = Timing(scale=SCALE, slo_scale=slo_scale, heartbeat=HEARTBEAT, alert_at=due)
        folder = self.client.stack.state_dir / "prometheus"
        (folder / "rules").mkdir(exist_ok=True)
        for name, document in rules(chosen, marts, timing).items():
            (folder / "rules" / name).write_text(text(document), encoding="utf-8")
        fast = systems.rules(SCALE)
        (folder / "rules" / "systems.yml").write_text(text(fast), encoding="utf-8")
        file = folder / "prometheus.yml"
        configuration = yaml.safe_load(file.read_text(encoding="utf-8"))
        configuration["rule_files"] = ["rules/*.yml"]
        file.write_text(yaml.safe_dump(configuration, sort_keys=False), encoding="utf-8")
        self.signal(Service.PROMETHEUS, signal.SIGHUP)

    def watch_application(self, port: int) -> None:
        """Have Prometheus scrape an application, as one of production: others page nobody."""
        folder = self.client.stack.state_dir / "prometheus" / "targets" / "applications"
        target = [{"targets": [f"{LOOPBACK}:{port}"], "labels": {"system": systems.NAME}}]
        (folder / "production.yml").write_text(yaml.safe_dump(target), encoding="utf-8")

    def land_registry(self) -> None:
        """Land the registry with the drill's vehicle."""
        header = "deviceId,placa,tipo,frota,unidade,transportadora,assentos"
        row = f"{_DEVICE},ABC1D23,Onibus,F1,UAE,Sertran,40"
        self.client.upload(f"{REGISTRY}/drill.csv", f"{header}\n{row}\n".encode())

    def land_telemetry(self, *, bad: bool = False) -> None:
        """Land telemetry of this minute; of ``bad`` telemetry half has no odometer."""
        self.number += 1
        now = datetime.now(UTC)
        lines = []
        for place in range(_ROWS):
            at = now - timedelta(seconds=_ROWS - place)
            event: dict[str, Any] = {
                "deviceId": _DEVICE,
                "timestamp": at.isoformat(),
                "tipoVeiculo": "urbano",
                "odometroKm": 1000 + self.number + place / 1000,
                "custoVariavel": 1.5,
                "custoFixo": 10,
                "viagemId": None,
            }
            if bad and place % _BAD_EVERY:
                event["odometroKm"] = -1
            lines.append(json.dumps(event))
        name = f"{TELEMETRY}/drill-{self.number:03}.ndjson"
        self.client.upload(name, ("\n".join(lines) + "\n").encode())

    def objects(self, feed: str) -> int:
        """How many objects of the feed the ledger has."""
        rows = self.client.rows(
            "SELECT COUNT(*) AS n FROM ops.object_ledger "
            f"WHERE landed_date > '2000-01-01' AND feed = '{feed}'"
        )
        return int(rows[0]["n"]) if rows else 0

    def forget_held(self) -> None:
        """Take held objects out of ledger and bucket, as if they had never landed."""
        held = "landed_date > '2000-01-01' AND state = 'held'"
        rows = self.client.rows(f"SELECT object FROM ops.object_ledger WHERE {held}")
        for row in rows:
            self.client.storage.bucket(LANDING_BUCKET).blob(row["object"]).delete()
        self.client.rows(f"DELETE FROM ops.object_ledger WHERE {held}")

    def beat(self) -> None:
        """Have the heartbeat run now, unless it is about to."""
        waiting = [
            run for state in ("queued", "running") for run in self.client.runs(["heartbeat"], state)
        ]
        if not waiting:
            self.client.trigger("heartbeat")

    def pause(self, dag_id: str, *, paused: bool) -> None:
        """Pause a DAG, or let it go on."""
        self.client.pause(dag_id, paused=paused)

    def free_port(self) -> int:
        """A port of this machine that nobody listens on."""
        return choose(preferred=None, needed=(), report=lambda _: None).node

    def stop(self, service: Service) -> None:
        """Stop a service."""
        self._supervisor.stop(service.value)

    def start(self, service: Service) -> None:
        """Start a service again."""
        self._supervisor.start(service.value)

    def signal(self, service: Service, number: signal.Signals) -> None:
        """Send a service's process a signal."""
        pid = self.client.stack.services[service].pid
        if pid is not None:
            os.kill(pid, number)

    def kill_curate(self) -> int:
        """Kill every curate job of telemetry that this stack runs; how many there were."""
        pid = self.client.stack.services[Service.SCHEDULER].pid
        killed = 0
        for process in psutil.Process(pid).children(recursive=True) if pid else []:
            with _gone_is_fine():
                command = " ".join(process.cmdline())
                if "main.py" in command and f"/{TELEMETRY}/" in command:
                    process.kill()
                    killed += 1
        return killed

    def paging(self) -> set[str]:
        """The alerts that page now, as Prometheus sees it or as Alertmanager still does.

        A reload of the rules may lose what Prometheus sends, until it is sent again a minute later.
        """
        url = f"{self.client.stack.url(Service.PROMETHEUS)}/api/v1/alerts"
        found = requests.get(url, timeout=10).json()["data"]["alerts"]
        firing = [alert["labels"] for alert in found if alert["state"] == "firing"]
        url = f"{self.client.stack.url(Service.ALERTMANAGER)}/api/v2/alerts"
        told = [alert["labels"] for alert in requests.get(url, timeout=10).json()]
        return {item["alertname"] for item in (*firing, *told) if item["severity"] == "page"}

    def notifications(self) -> list[dict[str, Any]]:
        """All that Alertmanager has sent: receiver, and the labels of a firing alert."""
        file = self.client.stack.state_dir / "alertmanager" / "notifications.ndjson"
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        return [
            {"receiver": item["receiver"], **alert["labels"]}
            for item in map(json.loads, lines)
            for alert in item["notification"]["alerts"]
            if alert["status"] == "firing"
        ]

    def until(self, what: str, look: Callable[[], bool], limit: float) -> float:
        """Seconds until ``look`` is true. StackError after ``limit`` seconds."""
        began = time.monotonic()
        while not look():
            if time.monotonic() - began > limit:
                raise StackError(f"after {limit:.0f} s still not: {what}")
            time.sleep(_POLL_SECONDS)
        return time.monotonic() - began

    @property
    def _supervisor(self) -> Supervisor:
        state = StackState.read(self.client.stack.state_dir)
        if state is None:
            raise StackError("the stack of the drill is gone")
        return Supervisor(state.socket)


@contextmanager
def _gone_is_fine() -> Iterator[None]:
    try:
        yield
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return
