"""Takes the notifications that Alertmanager sends, and writes each as a line of JSON.

    python run_alert_relay.py PORT FILE [HOST]

In production a receiver is PagerDuty, Teams or mail; here one can see what they would be told.
The path of a request is the receiver's name, as in ``POST /page``.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock

_LOOPBACK = "127.0.0.1"
_LARGEST = 1 << 20


class Relay(BaseHTTPRequestHandler):
    """One request of Alertmanager."""

    file: Path
    lock = Lock()

    def do_GET(self) -> None:
        """Say that the relay is there."""
        self._answer(200)

    def do_POST(self) -> None:
        """Keep a notification; 400 where it is none."""
        length = int(self.headers.get("Content-Length", 0))
        if length > _LARGEST:
            self._answer(413)
            return
        try:
            notification = json.loads(self.rfile.read(length))
        except ValueError:
            self._answer(400)
            return
        line = json.dumps({"receiver": self.path.strip("/"), "notification": notification})
        with self.lock, self.file.open("a", encoding="utf-8") as kept:
            kept.write(line + "\n")
        alerts = [alert["labels"]["alertname"] for alert in notification.get("alerts", [])]
        print(self.path, notification.get("status"), *alerts, flush=True)
        self._answer(200)

    def log_message(self, *_: object) -> None:
        """Say nothing of the requests themselves."""

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()


def main() -> None:
    """Serve until the process is ended."""
    port, file, host = [*sys.argv[1:], _LOOPBACK][:3]
    Relay.file = Path(file)
    ThreadingHTTPServer((host, int(port)), Relay).serve_forever()


if __name__ == "__main__":
    main()
