"""A real Alertmanager with the repository's configuration, and somebody who is called by it."""

from __future__ import annotations

import json
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import requests

from atvos.monitoring import written
from atvos.monitoring.alertmanager import Receivers, alertmanager
from tests.monitoring.programs import feeds, marts, program

WAIT = timedelta(seconds=1)
"""How long alerts are collected; whatever is told at all is told within two of it."""
_LIMIT = 20

Told = tuple[str, tuple[str, ...]]
"""A notification: the receiver, and the alerts that it is about."""


class _Calls(BaseHTTPRequestHandler):
    """Takes notifications."""

    told: list[Told]

    def do_POST(self) -> None:
        """Note down what fires, by the last part of the path."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        firing = [a["labels"]["alertname"] for a in body["alerts"] if a["status"] == "firing"]
        if firing:
            self.told.append((self.path.strip("/"), tuple(sorted(firing))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002
        """Say nothing."""


class Office:
    """Alertmanager and the telephone."""

    def __init__(self, url: str, told: list[Told]) -> None:
        self._url = url
        self._told = told

    def hear(self, *alerts: Mapping[str, str]) -> list[Told]:
        """What is told when all these alerts begin to fire at once; sorted."""
        now = datetime.now(UTC)
        marker = {"alertname": "Marker", "severity": "info"}
        posted = [
            {"labels": labels, "startsAt": now.isoformat(), "endsAt": _later(now)}
            for labels in (*alerts, marker)
        ]
        requests.post(f"{self._url}/api/v2/alerts", json=posted, timeout=5).raise_for_status()
        end = time.monotonic() + _LIMIT
        while ("info", ("Marker",)) not in self._told and time.monotonic() < end:
            time.sleep(0.05)
        time.sleep(WAIT.total_seconds())
        return sorted(told for told in self._told if told[1] != ("Marker",))


@contextmanager
def office(folder: Path) -> Iterator[Office]:
    """An Alertmanager on a free port that knows nothing yet."""
    told: list[Told] = []
    handler = type("Calls", (_Calls,), {"told": told})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = _free_port()
    receivers = Receivers(f"http://127.0.0.1:{server.server_address[1]}", WAIT, WAIT)
    configuration = folder / "alertmanager.yml"
    configuration.write_text(written.text(alertmanager(feeds(), marts(), receivers)))
    process = subprocess.Popen(
        [
            program("prometheus-alertmanager", "alertmanager"),
            f"--config.file={configuration}",
            f"--storage.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",
        ],
        stdout=subprocess.DEVNULL,
        stderr=(folder / "log").open("wb"),
    )
    try:
        url = f"http://127.0.0.1:{port}"
        _await_ready(url, folder / "log")
        yield Office(url, told)
    finally:
        process.terminate()
        process.wait(timeout=10)
        server.shutdown()
        server.server_close()


def _await_ready(url: str, log: Path) -> None:
    end = time.monotonic() + _LIMIT
    while time.monotonic() < end:
        try:
            if requests.get(f"{url}/-/ready", timeout=1).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.05)
    raise AssertionError(f"Alertmanager is not ready: {log.read_text()}")


def _later(now: datetime) -> str:
    return (now + timedelta(hours=1)).isoformat()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
